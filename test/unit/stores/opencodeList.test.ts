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
import { isSubagentRun, type SessionInfo, sessionId } from '../../../src/core/model.ts';
import { sessionCapabilities } from '../../../src/core/store.ts';
import { opencode } from '../../../src/stores/opencode/index.ts';

const fixtures = join(import.meta.dirname, '../../fixtures/opencode');
const root = 'ses_e0433551fffeWbqc5YI2yR7Nwr';

/** A throwaway copy of the database, changed by `sql`, and the store on it. */
function home(...sql: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'session-forks-opencode-'));
  const data = join(folder, '.local/share/opencode');
  mkdirSync(data, { recursive: true });
  const file = join(data, 'opencode.db');
  copyFileSync(join(fixtures, 'opencode.db'), file);
  change(file, sql);
  return {
    file,
    data,
    store: opencode({ home: folder, variables: {}, folders: {} }),
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

const short = (info: SessionInfo | undefined): string => info?.ref.id.slice(4, 12) ?? '';
const find = (sessions: readonly SessionInfo[], start: string): SessionInfo | undefined =>
  sessions.find((info) => short(info) === start);

/** `<id> <kind> parent=<id> copied=<count>`, as the program's own use made them. */
const trueTree = readFileSync(join(fixtures, 'fork-tree.txt'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => /^(\S+)\s+(\S+)\s+parent=(\S+)\s+copied=(\d+)/.exec(line) ?? [])
  .map(([, id = '', kind = '', parent = '', copied = '0']) => ({ id, kind, parent, copied: Number(copied) }));

describe('OpenCode sessions', () => {
  it('stand in the true tree, with the number of messages that each fork kept', async () => {
    using at = home();
    const { sessions, problems } = await at.store.list();
    assert.deepEqual(problems, []);
    assert.equal(sessions.length, 56);
    // Its copies fit ten sessions alike; its maker left in its metadata that it came from the oldest of them.
    const imported = 'e041a736';
    for (const { id, kind, parent, copied } of trueTree.filter((row) => row.kind !== 'subagent')) {
      const lineage = find(sessions, id)?.lineage;
      const found = lineage ? [lineage.parent.id.slice(4, 12), lineage.messages, lineage.how] : [];
      const how = kind === 'fork(metadata)' ? 'recorded' : 'inferred';
      const wanted = id === imported ? 'e0433551' : parent;
      assert.deepEqual(found, parent === '-' ? [] : [wanted, copied, how], id);
    }
  });

  it('of subagents stand read-only under the session that started them, and are never forks (trap 17)', async () => {
    // A run whose first message has the time of its session's: what it has in common is no copy.
    using at = home(
      `UPDATE message SET time_created = (SELECT min(time_created) FROM message WHERE session_id = '${root}')
       WHERE id = (SELECT id FROM message WHERE session_id LIKE 'ses_e04245de%' ORDER BY time_created, id LIMIT 1)`,
    );
    const { sessions } = await at.store.list();
    const run = find(sessions, 'e04245de') ?? assert.fail();
    assert.deepEqual(run.lineage, {
      parent: { agent: run.ref.agent, id: root },
      kind: 'subagent',
      messages: 0,
      how: 'recorded',
    });
    assert.equal(run.title, 'child job (@general subagent)');
    assert.equal(sessionCapabilities(at.store.capabilities, run).forkAt, 'none');
    assert.deepEqual(
      trueTree.flatMap(({ id, kind }) => (kind === 'subagent' ? [id] : [])),
      sessions.filter(isSubagentRun).map(short),
    );
    const { messages, info } = await at.store.read(run.ref.id);
    assert.deepEqual(
      [messages.length, messages[0]?.kind, info.lineage],
      [run.messageCount, 'prompt', run.lineage],
    );
  });

  it('metadata that a fork copied from its source names no parent', async () => {
    const copied = JSON.stringify({ forkedFrom: { session: 'ses_other', parent: 'ses_elsewhere' } });
    using at = home(`UPDATE session SET metadata = '${copied}' WHERE id LIKE 'ses_e0422ec9%'`);
    const lineage = find((await at.store.list()).sessions, 'e0422ec9')?.lineage;
    assert.equal(lineage?.parent.id.slice(4, 12), 'e04231b0');
    assert.equal(lineage?.how, 'inferred');
  });

  it('are ordered by time and never by id', async () => {
    using at = home(
      'PRAGMA foreign_keys = off',
      `UPDATE part SET message_id = 'msg_0' WHERE message_id = 'msg_1fbdbaee4001kscLpb92EiMJjI'`,
      `UPDATE message SET id = 'msg_0' WHERE id = 'msg_1fbdbaee4001kscLpb92EiMJjI'`,
    );
    const { messages } = await at.store.read(sessionId(root));
    assert.equal(messages.at(-1)?.id, 'msg_0');
  });

  it('read as prompts and replies, one reply for each answer of the model', async () => {
    using at = home();
    const { messages, info, total } = await at.store.read(sessionId(root));
    assert.equal(total, info.messageCount);
    assert.deepEqual(
      messages.map(({ kind }) => kind),
      ['prompt', 'reply', 'reply', 'prompt', 'reply', 'prompt', 'reply', 'reply', 'prompt', 'reply'],
    );
    const [, reply] = messages;
    const [call] = reply?.kind === 'reply' ? reply.parts : [];
    assert.partialDeepStrictEqual(call, {
      kind: 'tool',
      name: 'bash',
      action: 'run',
      target: 'echo tool-ran',
      output: 'tool-ran\n',
      status: 'done',
    });
    assert.partialDeepStrictEqual(reply, { finished: true, endsTurn: false, model: 'stub-1' });
    assert.partialDeepStrictEqual(messages[2], { finished: true, endsTurn: true });
    const last = await at.store.read(sessionId(root), { last: 2 });
    assert.deepEqual([last.first, last.messages], [8, messages.slice(8)]);
  });

  it('a fork shows its first prompt after the fork point', async () => {
    using at = home();
    assert.equal(find((await at.store.list()).sessions, 'e041582a')?.preview, 'in the fork');
  });

  it('messages that were taken back are not shown and not counted', async () => {
    const revert = JSON.stringify({ messageID: 'msg_1fbdbae69001J7ugCtvVsoEDRz' });
    using at = home(`UPDATE session SET revert = '${revert}' WHERE id = '${root}'`);
    const { info, messages } = await at.store.read(sessionId(root));
    assert.deepEqual([info.messageCount, messages.length], [8, 8]);
  });

  it('a reply that was never completed is not finished, and its turn is open', async () => {
    using at = home(
      `UPDATE message SET data = json_remove(data, '$.time.completed', '$.finish') WHERE id = 'msg_1fbdbaee4001kscLpb92EiMJjI'`,
    );
    const { info, messages } = await at.store.read(sessionId(root));
    assert.equal(info.openTurn, true);
    assert.partialDeepStrictEqual(messages.at(-1), { finished: false, endsTurn: false });
  });

  it('are reused while the database is the same, and only what changed is read anew', async () => {
    using at = home();
    const first = await at.store.list();
    assert.equal((await at.store.list(first.sessions)).sessions, first.sessions);
    change(at.file, [`UPDATE session SET title = 'Another' WHERE id = '${root}'`]);
    const second = await at.store.list(first.sessions);
    assert.equal(find(second.sessions, 'e0433551')?.title, 'Another');
    assert.equal(second.sessions.length, first.sessions.length);
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
    await at.store.read(sessionId(root));
    assert.deepEqual(state(), before);
  });

  it('that do not exist are refused', async () => {
    using at = home();
    await assert.rejects(
      at.store.read(sessionId('ses_none')),
      (error) => error instanceof SessionForksError && error.code === 'no_such_session',
    );
  });
});

describe('an OpenCode database that is not as expected', () => {
  const problemOf = async (at: ReturnType<typeof home>): Promise<string> => {
    const { sessions, problems } = await at.store.list();
    assert.deepEqual(sessions, []);
    return problems.map(({ text }) => text).join();
  };

  it('without columns that later versions added is listed all the same', async () => {
    using at = home(
      'DROP INDEX session_parent_idx',
      ...['parent_id', 'metadata', 'revert', 'time_archived'].map(
        (name) => `ALTER TABLE session DROP COLUMN ${name}`,
      ),
    );
    const { sessions, problems } = await at.store.list();
    assert.deepEqual(problems, []);
    assert.equal(sessions.length, 56);
  });

  it('of a newer version, with more columns and kinds of parts, is listed and read', async () => {
    using at = home(
      'ALTER TABLE session ADD COLUMN mood text',
      `UPDATE part SET data = '{"type":"hologram"}' WHERE message_id = 'msg_1fbdbaee4001kscLpb92EiMJjI'`,
    );
    assert.equal((await at.store.list()).problems.length, 0);
    const { messages } = await at.store.read(sessionId(root));
    assert.partialDeepStrictEqual(messages.at(-1), { kind: 'reply', parts: [] });
  });

  it('with one damaged row lists all sessions and reads the rest', async () => {
    using at = home(`UPDATE message SET data = '{"role":' WHERE id = 'msg_1fbdbaee4001kscLpb92EiMJjI'`);
    assert.equal((await at.store.list()).sessions.length, 56);
    assert.equal((await at.store.read(sessionId(root))).total, 10);
  });

  it('of another schema is a problem that names what is missing', async () => {
    using at = home('ALTER TABLE message RENAME COLUMN data TO body');
    assert.match(await problemOf(at), /“message” lacks data/);
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

describe('the place of OpenCode’s database', () => {
  const rootOf = (variables: Readonly<Record<string, string>>, setting?: string): readonly string[] =>
    opencode({ home: '/home/a', variables, folders: setting ? { opencode: setting } : {} })
      .watchRoots()
      .map(({ path }) => path);

  it('is told by the setting, OPENCODE_DB, XDG_DATA_HOME and the home, in this order', () => {
    assert.deepEqual(rootOf({}), ['/home/a/.local/share/opencode']);
    assert.deepEqual(rootOf({ XDG_DATA_HOME: '/data' }), ['/data/opencode']);
    assert.deepEqual(rootOf({ XDG_DATA_HOME: '/data', OPENCODE_DB: '/db/x.db' }), ['/db']);
    assert.deepEqual(rootOf({ OPENCODE_DB: '/db/x.db' }, '/set'), ['/set']);
  });
});
