import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
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
import { SessionForksError } from '../../../src/core/errors.ts';
import { sessionId } from '../../../src/core/model.ts';
import { sessionCapabilities } from '../../../src/core/store.ts';
import { goose } from '../../../src/stores/goose/index.ts';

const fixture = join(import.meta.dirname, '../../fixtures/goose/sessions.db');
const first = '20261121_1';

/** A throwaway copy of the database, changed by `sql`, and the store on it. */
function home(...sql: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'session-forks-goose-'));
  const data = join(folder, '.local/share/goose/sessions');
  mkdirSync(data, { recursive: true });
  const file = join(data, 'sessions.db');
  copyFileSync(fixture, file);
  change(file, sql);
  return {
    file,
    data,
    store: goose({ home: folder, variables: {}, folders: {} }),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function change(file: string, sql: readonly string[]): void {
  if (sql.length > 0) {
    const database = new DatabaseSync(file);
    for (const statement of sql) {
      database.exec(statement);
    }
    database.exec('PRAGMA journal_mode=delete');
    database.close();
  }
}

/** Parent, fork@N and the number of messages of each session that goose's own use made. */
const trueTree = [
  ['20261121_1', undefined, 0, 8],
  ['20261121_2', undefined, 0, 2],
  ['20261121_3', '20261121_1', 8, 10],
  ['20261121_4', undefined, 0, 7],
  ['20261121_5', '20261121_4', 5, 7],
  ['20261121_6', '20261121_1', 3, 5],
  ['20261121_7', '20261121_1', 8, 10],
  ['20261121_8', '20261121_1', 5, 7],
  ['20261121_9', undefined, 0, 12],
  ['20261121_10', undefined, 0, 11],
  ['20261121_11', undefined, 0, 4],
  ['20261121_12', '20261121_1', 5, 7],
] as const;

const summary = (role: string, text: string, second: number): string =>
  `INSERT INTO messages (message_id, session_id, role, content_json, created_timestamp, metadata_json) VALUES
   ('sum_${role}', '20261121_2', '${role}', '[{"type":"text","text":"${text}"}]', ${second},
    '{"userVisible":false,"agentVisible":true}')`;

describe('goose sessions', () => {
  it('stand in the true tree, with the number of messages that each fork kept', async () => {
    using at = home();
    const { sessions, problems } = await at.store.list();
    assert.deepEqual(problems, []);
    const tree = sessions.map(({ ref, lineage, messageCount }) => [
      ref.id,
      lineage?.parent.id,
      lineage?.messages ?? 0,
      messageCount,
    ]);
    assert.deepEqual(tree, trueTree);
    assert.ok(sessions.every(({ lineage }) => lineage === undefined || lineage.how === 'inferred'));
  });

  it('the older of two that were made in one second is the parent, whatever their ids', async () => {
    using at = home(
      `UPDATE sessions SET created_at = '2026-11-21 02:12:04' WHERE id IN ('20261121_1', '20261121_3')`,
      'PRAGMA foreign_keys = off',
      `UPDATE sessions SET id = '20261121_10x' WHERE id = '20261121_3'`,
      `UPDATE messages SET session_id = '20261121_10x' WHERE session_id = '20261121_3'`,
      `UPDATE sessions SET id = '20261121_9x' WHERE id = '20261121_1'`,
      `UPDATE messages SET session_id = '20261121_9x' WHERE session_id = '20261121_1'`,
    );
    const { sessions } = await at.store.list();
    assert.equal(sessions.find(({ ref }) => ref.id === '20261121_10x')?.lineage?.parent.id, '20261121_9x');
  });

  it('of subagents stand read-only under the session that started them, and are never forks (trap 17)', async () => {
    using at = home(
      `UPDATE sessions SET session_type = 'sub_agent', parent_session_id = '20261121_12' WHERE id = '20261121_3'`,
    );
    const { sessions } = await at.store.list();
    assert.equal(sessions.length, trueTree.length);
    const run = sessions.find(({ ref }) => ref.id === '20261121_3') ?? assert.fail();
    assert.deepEqual(
      [run.lineage?.kind, run.lineage?.parent.id, run.lineage?.messages],
      ['subagent', '20261121_12', 0],
    );
    assert.equal(sessionCapabilities(at.store.capabilities, run).forkAt, 'none');
    const { messages } = await at.store.read(run.ref.id);
    assert.equal(messages.length, run.messageCount);
    assert.ok(sessions.every(({ lineage }) => lineage?.parent.id !== '20261121_3'));
  });

  it('of subagents that name no session stay hidden, as goose hides them', async () => {
    using at = home(`UPDATE sessions SET session_type = 'sub_agent' WHERE id = '20261121_3'`);
    assert.equal((await at.store.list()).sessions.length, trueTree.length - 1);
  });

  it('read without hidden rows, a tool’s call and its result as one reply', async () => {
    using at = home();
    const { messages, info, total } = await at.store.read(sessionId(first));
    assert.equal(total, info.messageCount);
    assert.doesNotMatch(JSON.stringify(messages.filter(({ kind }) => kind === 'prompt')), /turn-context/);
    const [, reply] = messages;
    assert.partialDeepStrictEqual(reply, {
      kind: 'reply',
      id: 'c1',
      at: 1_795_227_085_000,
      parts: [
        {
          kind: 'tool',
          name: 'shell',
          action: 'run',
          target: 'echo tool-ran; ls',
          output: 'tool-ran\na.txt',
          status: 'done',
        },
      ],
      finished: true,
      endsTurn: false,
    });
    const last = await at.store.read(sessionId(first), { last: 1 });
    assert.deepEqual([last.first, last.messages], [7, messages.slice(7)]);
  });

  it('two calls of one answer are one reply, though goose splits them into rows', async () => {
    const call = (place: number): string =>
      JSON.stringify([
        {
          type: 'toolRequest',
          id: `call_${place}`,
          toolCall: { status: 'success', value: { name: 'shell', arguments: { command: 'ls' } } },
          _meta: { 'goose.toolCall.providerIndex': place },
        },
      ]);
    const result = (place: number): string =>
      JSON.stringify([
        {
          type: 'toolResponse',
          id: `call_${place}`,
          toolResult: { status: 'success', value: { content: [] } },
        },
      ]);
    const rows = [0, 1].flatMap((place) => [
      ['assistant', call(place)],
      ['user', result(place)],
    ]);
    using at = home(
      ...rows.map(
        ([role, content], index) =>
          `INSERT INTO messages (message_id, session_id, role, content_json, created_timestamp, metadata_json)
           VALUES ('two_${index}', '20261121_2', '${role}', '${content}', 1795299999, '{}')`,
      ),
    );
    const { messages } = await at.store.read(sessionId('20261121_2'));
    assert.equal(messages.length, 3);
    const reply = messages[2];
    assert.deepEqual(reply?.kind === 'reply' && [reply.parts.length, reply.finished, reply.endsTurn], [
      2,
      true,
      false,
    ]);
  });

  it('a call without a result is not finished, and its turn is open', async () => {
    using at = home(`DELETE FROM messages WHERE session_id = '${first}' AND id > 3`);
    const { messages, info } = await at.store.read(sessionId(first));
    assert.equal(info.openTurn, true);
    assert.partialDeepStrictEqual(messages.at(-1), { finished: false, parts: [{ status: 'running' }] });
  });

  it('the first message behind a compaction says so', async () => {
    using at = home(
      `UPDATE messages SET metadata_json = json_set(metadata_json, '$.agentVisible', json('false')) WHERE session_id = '20261121_2'`,
      summary('user', 'A summary', 1_795_299_998),
      summary('assistant', 'A note', 1_795_299_998),
      `INSERT INTO messages (message_id, session_id, role, content_json, created_timestamp, metadata_json) VALUES
       ('next', '20261121_2', 'user', '[{"type":"text","text":"Next"}]', 1795299999, '{"userVisible":true,"agentVisible":true}')`,
    );
    const { messages } = await at.store.read(sessionId('20261121_2'));
    assert.deepEqual(
      messages.map(({ kind, afterCompaction }) => [kind, afterCompaction]),
      [
        ['prompt', undefined],
        ['reply', undefined],
        ['prompt', true],
      ],
    );
  });

  it('messages of one id are told apart', async () => {
    using at = home(
      `UPDATE messages SET message_id = 'same' WHERE session_id = '${first}' AND role = 'assistant'`,
    );
    const { messages } = await at.store.read(sessionId(first));
    assert.equal(new Set(messages.map(({ id }) => id)).size, messages.length);
    assert.equal(messages.length, 8);
  });

  it('are reused while the database is the same', async () => {
    using at = home();
    const { sessions } = await at.store.list();
    assert.equal((await at.store.list(sessions)).sessions, sessions);
    change(at.file, [`UPDATE sessions SET name = 'Another' WHERE id = '${first}'`]);
    assert.equal((await at.store.list(sessions)).sessions[0]?.title, 'Another');
  });

  it('reading them changes no file', async () => {
    using at = home();
    const state = () =>
      readdirSync(at.data).map((name) => [
        name,
        createHash('sha256')
          .update(readFileSync(join(at.data, name)))
          .digest('hex'),
      ]);
    const before = state();
    await at.store.list();
    await at.store.read(sessionId(first));
    assert.deepEqual(state(), before);
  });

  it('that do not exist are refused', async () => {
    using at = home();
    await assert.rejects(
      at.store.read(sessionId('none')),
      (error) => error instanceof SessionForksError && error.code === 'no_such_session',
    );
  });
});

describe('a goose database that is not as expected', () => {
  const problemOf = async (at: ReturnType<typeof home>): Promise<string> => {
    const { sessions, problems } = await at.store.list();
    assert.deepEqual(sessions, []);
    return problems.map(({ text }) => text).join();
  };

  it('of an older version, without columns that were added since, is listed and read', async () => {
    using at = home(
      'DROP INDEX idx_messages_message_id',
      'ALTER TABLE messages DROP COLUMN message_id',
      'DROP INDEX idx_sessions_type',
      'DROP INDEX idx_sessions_parent',
      ...['session_type', 'archived_at', 'user_set_name', 'parent_session_id'].map(
        (name) => `ALTER TABLE sessions DROP COLUMN ${name}`,
      ),
    );
    const { sessions, problems } = await at.store.list();
    assert.deepEqual([sessions.length, problems], [trueTree.length, []]);
    assert.equal((await at.store.read(sessionId(first))).total, 8);
  });

  it('of a newer version, with more columns and kinds of content, is listed and read', async () => {
    using at = home(
      'INSERT INTO schema_version (version) VALUES (99)',
      'ALTER TABLE sessions ADD COLUMN mood text',
      `UPDATE messages SET content_json = '[{"type":"hologram"},{"type":"text","text":"Kept"}]' WHERE id = 5`,
    );
    assert.equal((await at.store.list()).problems.length, 0);
    const { messages } = await at.store.read(sessionId(first));
    assert.partialDeepStrictEqual(messages[2], { parts: [{ kind: 'text', text: 'Kept' }] });
  });

  it('with one damaged row lists all sessions and reads the rest', async () => {
    using at = home(`UPDATE messages SET content_json = '[{"type":' WHERE id = 5`);
    assert.equal((await at.store.list()).sessions.length, trueTree.length);
    assert.equal((await at.store.read(sessionId(first))).total, 7);
  });

  it('of another schema is a problem that names what is missing', async () => {
    using at = home('ALTER TABLE messages RENAME COLUMN role TO speaker');
    assert.match(await problemOf(at), /“messages” lacks role/);
  });

  it('of 0 bytes is a problem', async () => {
    using at = home();
    writeFileSync(at.file, '');
    assert.match(await problemOf(at), /is empty/);
  });

  it('that is missing is neither a session nor a problem', async () => {
    using at = home();
    rmSync(at.data, { recursive: true });
    assert.deepEqual(await at.store.list(), { sessions: [], problems: [] });
  });
});

describe('the place of goose’s database', () => {
  const rootOf = (variables: Readonly<Record<string, string>>, setting?: string): readonly string[] =>
    goose({ home: '/home/a', variables, folders: setting ? { goose: setting } : {} })
      .watchRoots()
      .map(({ path }) => path);

  it('is told by the setting, GOOSE_PATH_ROOT, XDG_DATA_HOME and the home, in this order', () => {
    assert.deepEqual(rootOf({}), ['/home/a/.local/share/goose/sessions']);
    assert.deepEqual(rootOf({ XDG_DATA_HOME: '/data' }), ['/data/goose/sessions']);
    assert.deepEqual(rootOf({ XDG_DATA_HOME: '/data', GOOSE_PATH_ROOT: '/root' }), ['/root/data/sessions']);
    assert.deepEqual(rootOf({ GOOSE_PATH_ROOT: '/root' }, '/set/goose'), ['/set/goose/sessions']);
  });
});
