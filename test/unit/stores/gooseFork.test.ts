import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import { type ErrorCode, SessionForksError } from '../../../src/core/errors.ts';
import { messageId, sessionId } from '../../../src/core/model.ts';
import type { ForkCut } from '../../../src/core/store.ts';
import { temporaryName } from '../../../src/stores/common/temporaries.ts';
import { goose } from '../../../src/stores/goose/index.ts';

const fixtures = join(import.meta.dirname, '../../fixtures/goose');
const source = sessionId('20261121_1');

interface Asked {
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** A copy of the database, changed by `sql`, and a stand-in for the program that behaves as `mode` says. */
function home(mode: string, ...sql: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'session-forks-goose-'));
  const log = join(folder, 'log');
  const file = join(folder, 'goose/sessions/sessions.db');
  mkdirSync(join(folder, 'goose/sessions'), { recursive: true });
  copyFileSync(join(fixtures, 'sessions.db'), file);
  const database = new DatabaseSync(file);
  for (const statement of [`UPDATE sessions SET working_dir = '${folder}'`, ...sql]) {
    database.exec(statement);
  }
  database.close();
  const fake = { FAKE_MODE: mode, FAKE_LOG: log, GOOSE_BINARY: join(fixtures, 'fakeGoose.mjs') };
  const asked = (): readonly Asked[] =>
    existsSync(log)
      ? readFileSync(log, 'utf8')
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line))
      : [];
  return {
    folder,
    store: goose({ home: folder, variables: { ...fake, XDG_DATA_HOME: folder }, folders: {} }),
    asked,
    methods: (): readonly string[] => asked().map(({ method }) => method.replace('_goose/unstable/', '')),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

type Home = ReturnType<typeof home>;

async function cutAt({ store }: Home, keep: number): Promise<ForkCut> {
  const { messages } = await store.read(source);
  const last = messages[keep - 1]?.id;
  const next = messages[keep]?.id;
  return { keep, ...(last ? { last } : {}), ...(next ? { next } : {}) };
}

const sessionCount = async ({ store }: Home): Promise<number> => (await store.list()).sessions.length;

const withCode = (code: ErrorCode, text?: RegExp) => (error: unknown) =>
  error instanceof SessionForksError && error.code === code && (text?.test(error.message) ?? true);

/** What the program was given to import. */
function imported({ asked }: Home): Readonly<Record<string, unknown>> & {
  readonly conversation: readonly {
    readonly id: string;
    readonly metadata: Readonly<Record<string, unknown>>;
  }[];
} {
  const input = asked().find(({ method }) => method.endsWith('/import'))?.params.input;
  return JSON.parse(String(input));
}

describe('forking a goose session', { timeout: 60_000 }, () => {
  it('names the second of the first row to leave out, and checks the count in the reply', async () => {
    using at = home('');
    assert.equal(await at.store.fork(source, await cutAt(at, 3), 'A title'), '20991231_1');
    assert.deepEqual(at.methods(), ['initialize', 'session/fork', 'session/rename']);
    const [, fork, rename] = at.asked();
    assert.deepEqual(fork?.params._meta, { conversationBefore: 1_795_227_101 });
    assert.deepEqual(rename?.params, { sessionId: '20991231_1', title: 'A title' });
  });

  it('cuts the export where goose cannot: at a message of the same second', async () => {
    using at = home('');
    assert.equal(await at.store.fork(source, await cutAt(at, 4), 'A title'), '20991231_2');
    assert.deepEqual(at.methods(), ['initialize', 'session/export', 'session/import']);
    const { conversation, name, user_set_name, unknown } = imported(at);
    assert.deepEqual([name, user_set_name, unknown], ['A title', true, { passes: 'through' }]);
    assert.equal(conversation.at(-1)?.id, 'msg_214ebfed-7708-4f60-964b-eeb895fc5b9d');
  });

  it('a child that holds everything is deleted, and the export is cut in its place', async () => {
    using at = home('ignores the point');
    const known = await sessionCount(at);
    assert.equal(await at.store.fork(source, await cutAt(at, 3), 'A title'), '20991231_2');
    assert.deepEqual(at.methods().slice(1, 3), ['session/fork', 'session/delete']);
    assert.equal(await sessionCount(at), known);
  });

  it('a copy that a failed fork leaves behind is deleted, and the export is cut in its place', async () => {
    using at = home('fails');
    const known = await sessionCount(at);
    assert.equal(await at.store.fork(source, await cutAt(at, 3), 'A title'), '20991231_2');
    assert.deepEqual(at.methods().slice(1), [
      'session/fork',
      'session/delete',
      'session/export',
      'session/import',
    ]);
    assert.equal(await sessionCount(at), known);
  });

  it('shows the model again what a compaction hid that the child does not have', async () => {
    using at = home(
      '',
      `UPDATE messages SET metadata_json = json_set(metadata_json, '$.agentVisible', json('false')) WHERE session_id = '${source}'`,
    );
    await at.store.fork(source, await cutAt(at, 3), 'A title');
    assert.deepEqual(at.methods().slice(1), ['session/export', 'session/import']);
    const { conversation } = imported(at);
    assert.equal(conversation.length, 5);
    assert.ok(conversation.every(({ metadata }) => metadata.agentVisible === true));
  });

  it('a message that is gone is refused before goose is started: it would copy everything', async () => {
    using at = home('');
    const cut = { ...(await cutAt(at, 3)), next: messageId('gone') };
    await assert.rejects(at.store.fork(source, cut, 'Never'), withCode('fork_point_invalid'));
    assert.deepEqual(at.methods(), []);
  });

  it('without the program says what to install', async () => {
    using at = home('');
    const variables = { PATH: '/nowhere', XDG_DATA_HOME: at.folder };
    const store = goose({ home: at.folder, variables, folders: {} });
    const fork = store.fork(source, await cutAt(at, 3), 'Never');
    await assert.rejects(fork, withCode('agent_missing', /was not found\. Run “curl .*download_cli\.sh/));
  });

  it('in a folder that goose cannot be told of is not supported', async () => {
    using at = home('');
    const store = goose({
      home: at.folder,
      variables: {},
      folders: { goose: join(at.folder, 'goose', '..', 'other') },
    });
    const copy = join(at.folder, 'other/sessions');
    mkdirSync(copy, { recursive: true });
    copyFileSync(join(fixtures, 'sessions.db'), join(copy, 'sessions.db'));
    const fork = store.fork(source, await cutAt(at, 3), 'Never');
    await assert.rejects(fork, withCode('not_supported', /“goose” or “data”/));
  });
});

/** The database of a home in which a process was killed while goose copied the source: it noted to keep 3 messages. */
function homeAfterKill(...sql: readonly string[]): Home {
  const at = home('', unfinished('20991231_9'), ...sql);
  putNote(at, Date.now() + 60_000);
  return at;
}

function putNote({ folder }: Home, until: number): void {
  const ended = spawnSync(process.execPath, ['-e', '']).pid;
  const name = temporaryName('fork').replace(`${process.pid}@`, `${ended}@`);
  const note = { source, names: ['alpha-session (copy)', 'A title'], after: 12, until, keep: 3 };
  writeFileSync(join(folder, 'goose/sessions', name), JSON.stringify(note));
}

const notesOf = ({ folder }: Home): readonly string[] =>
  readdirSync(join(folder, 'goose/sessions')).filter((name) => name.endsWith('.tmp'));

const unfinished = (id: string, created = 'CURRENT_TIMESTAMP'): string =>
  `INSERT INTO sessions (id, name, working_dir, created_at) VALUES ('${id}', 'alpha-session (copy)', '', ${created})`;

const ids = async ({ store }: Home): Promise<readonly string[]> =>
  (await store.list()).sessions.map(({ ref }) => ref.id);

describe('a goose session that a killed process left unfinished', { timeout: 60_000 }, () => {
  it('is in no list, and the next fork deletes it with the note of it', async () => {
    using at = homeAfterKill();
    assert.ok(!(await ids(at)).includes('20991231_9'));
    await at.store.fork(source, await cutAt(at, 3), 'Another title');
    assert.deepEqual(at.methods(), ['initialize', 'session/delete', 'session/fork', 'session/rename']);
    assert.equal(at.asked()[1]?.params.sessionId, '20991231_9');
    assert.deepEqual(notesOf(at), []);
  });

  for (const { what, sql, until, left } of [
    { what: 'goes with the next list when goose made nothing', sql: [], until: -1, left: 0 },
    { what: 'stays while goose may yet make it', sql: [], until: 60_000, left: 1 },
    {
      what: 'stays while it hides something',
      sql: [unfinished('20991231_9', `datetime('now', '-1 hour')`)],
      until: -1,
      left: 1,
    },
  ]) {
    it(`leaves a note that ${what}`, async () => {
      using at = home('', ...sql);
      putNote(at, Date.now() + until);
      const { sessions } = await at.store.list();
      assert.equal(notesOf(at).length, left);
      assert.ok(!sessions.some(({ ref }) => ref.id === '20991231_9'));
      assert.deepEqual((await at.store.list(sessions)).sessions, sessions);
      assert.equal(notesOf(at).length, left);
    });
  }

  it('is told from what a person made: with a message of its own, earlier, later, or whole', async () => {
    const messages = (id: string, where: string): string =>
      `INSERT INTO messages (message_id, session_id, role, content_json, created_timestamp, metadata_json) SELECT message_id, '${id}', role, content_json, created_timestamp, metadata_json FROM messages WHERE ${where}`;
    using at = homeAfterKill(
      unfinished('20991231_2'),
      messages('20991231_2', `session_id = '20261121_2'`),
      unfinished('20991231_3', `datetime('now', '+1 hour')`),
      unfinished('20991231_4'),
      messages('20991231_4', `session_id = '${source}' AND id <= 5`),
    );
    const known = await ids(at);
    assert.equal((await at.store.read(sessionId('20991231_4'))).total, 3);
    assert.deepEqual(
      ['20261121_7', '20991231_2', '20991231_3', '20991231_4', '20991231_9'].map((id) => known.includes(id)),
      [true, true, true, true, false],
    );
  });
});

describe('changing a goose session', { timeout: 60_000 }, () => {
  it('is left to goose', async () => {
    using at = home('');
    await at.store.rename?.(source, 'New');
    await at.store.archive?.(source, true);
    await at.store.archive?.(source, false);
    await at.store.remove?.(source);
    assert.deepEqual(
      at.asked().filter(({ method }) => method !== 'initialize'),
      [
        { method: '_goose/unstable/session/rename', params: { sessionId: source, title: 'New' } },
        { method: '_goose/unstable/session/archive', params: { sessionId: source } },
        { method: '_goose/unstable/session/unarchive', params: { sessionId: source } },
        { method: 'session/delete', params: { sessionId: source } },
      ],
    );
  });

  it('deletes the runs of its subagents with it, the last started first, and no fork', async () => {
    const run = (id: string, starter: string): string =>
      `UPDATE sessions SET session_type = 'sub_agent', parent_session_id = '${starter}' WHERE id = '${id}'`;
    using at = home(
      '',
      run('20261121_3', source),
      run('20261121_5', '20261121_3'),
      run('20261121_7', '20261121_6'),
    );
    await at.store.remove?.(source);
    assert.deepEqual(
      at.asked().flatMap(({ method, params }) => (method === 'session/delete' ? [params.sessionId] : [])),
      ['20261121_5', '20261121_3', source],
    );
  });
});
