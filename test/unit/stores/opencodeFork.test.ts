import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
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
import { isRunning } from '../../../src/stores/common/runningProcess.ts';
import { forsakenName, temporaryName } from '../../../src/stores/common/temporaries.ts';
import { opencode } from '../../../src/stores/opencode/index.ts';

const fixtures = join(import.meta.dirname, '../../fixtures/opencode');
const root = sessionId('ses_e0433551fffeWbqc5YI2yR7Nwr');

interface Asked {
  readonly method?: string;
  readonly path?: string;
  readonly directory?: string;
  readonly body?: Readonly<Record<string, unknown>>;
  readonly isAllowed?: boolean;
  readonly args?: readonly string[];
  readonly pid?: number;
  readonly password?: string;
}

/** A copy of the database, and a stand-in for the program that behaves as `mode` says. */
function home(mode: string, count = 0) {
  const folder = mkdtempSync(join(tmpdir(), 'session-forks-opencode-'));
  const data = join(folder, '.local/share/opencode');
  const log = join(folder, 'log');
  mkdirSync(data, { recursive: true });
  copyFileSync(join(fixtures, 'opencode.db'), join(data, 'opencode.db'));
  const fake = { FAKE_MODE: mode, FAKE_LOG: log, FAKE_COUNT: String(count) };
  const variables = { ...fake, PATH: '', OPENCODE_BIN_PATH: join(fixtures, 'fakeServer.mjs') };
  return {
    store: opencode({ home: folder, variables, folders: {} }),
    asked: (): readonly Asked[] =>
      existsSync(log)
        ? // The last piece is empty, or a line that is still being written.
          readFileSync(log, 'utf8')
            .split('\n')
            .slice(0, -1)
            .map((line) => JSON.parse(line))
        : [],
    folder,
    data,
    notes: () => readdirSync(data).filter((name) => name.endsWith('.tmp')),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** A cut of the root session after `keep` messages. */
async function cutAt({ store }: ReturnType<typeof home>, keep: number): Promise<ForkCut> {
  const { messages } = await store.read(root);
  const last = messages[keep - 1]?.id;
  const next = messages[keep]?.id;
  return { keep, ...(last ? { last } : {}), ...(next ? { next } : {}) };
}

const withCode = (code: ErrorCode, text?: RegExp) => (error: unknown) =>
  error instanceof SessionForksError && error.code === code && (text?.test(error.message) ?? true);

describe('forking an OpenCode session', { timeout: 60_000 }, () => {
  it('names the first message to leave out, the title, and the parent in the metadata', async () => {
    using at = home('', 3);
    const cut = await cutAt(at, 3);
    assert.equal(await at.store.fork(root, cut, 'A title'), 'ses_child');
    const asked = at.asked();
    const fork = asked.find(({ path }) => path?.endsWith('/fork'));
    assert.deepEqual(fork?.body, { messageID: cut.next });
    assert.equal(fork?.directory, '/srv/dev/opencode/ws/alpha');
    assert.deepEqual(asked.find(({ method }) => method === 'PATCH')?.body, {
      title: 'A title',
      metadata: { tag: 'kept', forkedFrom: { session: 'ses_child', parent: root, message: cut.next } },
    });
    assert.equal(
      asked.some(({ method }) => method === 'DELETE'),
      false,
    );
  });

  it('starts the server on loopback under a new random password, and ends it', async () => {
    const passwords = [];
    for (const title of ['One', 'Two']) {
      using at = home('', 3);
      await at.store.fork(root, await cutAt(at, 3), title);
      const [start, ...requests] = at.asked();
      assert.deepEqual(start?.args, ['serve', '--hostname', '127.0.0.1', '--port', '0']);
      assert.ok(requests.length > 0 && requests.every(({ isAllowed }) => isAllowed));
      assert.throws(() => process.kill(start?.pid ?? 0, 0), /ESRCH/);
      passwords.push(start?.password);
    }
    assert.notEqual(passwords[0], passwords[1]);
    assert.ok((passwords[0] ?? '').length >= 32);
  });

  it('keeps all messages by naming none', async () => {
    using at = home('');
    await at.store.fork(root, await cutAt(at, 10), 'All');
    assert.deepEqual(at.asked().find(({ path }) => path?.endsWith('/fork'))?.body, {});
  });

  it('a message that is gone is refused before the server is started: it would copy everything', async () => {
    using at = home('', 3);
    const cut = { ...(await cutAt(at, 3)), next: messageId('msg_gone') };
    await assert.rejects(at.store.fork(root, cut, 'Never'), withCode('fork_point_invalid'));
    assert.deepEqual(at.asked(), []);
  });

  it('a child that holds more than was asked for is deleted', async () => {
    using at = home('copies all');
    const fork = at.store.fork(root, await cutAt(at, 3), 'Too much');
    await assert.rejects(fork, withCode('fork_failed', /10 messages instead of 3/));
    const deleted = at.asked().filter(({ method }) => method === 'DELETE');
    assert.deepEqual(
      deleted.map(({ path }) => path),
      ['/session/ses_child'],
    );
  });

  it('asks again when the server accepts a connection and never answers it', async () => {
    using at = home('silent at first', 3);
    assert.equal(await at.store.fork(root, await cutAt(at, 3), 'Late'), 'ses_child');
  });

  it('a server that ends says why', async () => {
    using at = home('ends');
    const fork = at.store.fork(root, await cutAt(at, 3), 'Never');
    await assert.rejects(fork, withCode('fork_failed', /ended with code 3: no port is free/));
  });

  it('can be cancelled until the server is asked, which ends it', async () => {
    using at = home('never up');
    const cancel = new AbortController();
    const fork = at.store.fork(root, await cutAt(at, 3), 'Never', cancel.signal);
    const refused = assert.rejects(fork, withCode('cancelled'));
    await until(() => at.asked().length > 0);
    cancel.abort();
    await refused;
    assert.throws(() => process.kill(at.asked()[0]?.pid ?? 0, 0), /ESRCH/);
  });

  it('is brought to its end when it is cancelled while the server writes: no half child is left', async () => {
    using at = home('', 3);
    const cancel = new AbortController();
    const fork = at.store.fork(root, await cutAt(at, 3), 'Too late', cancel.signal);
    await until(() => at.asked().some(({ path }) => path?.endsWith('/fork')));
    cancel.abort();
    assert.equal(await fork, 'ses_child');
  });

  it('without the program says what to install', async () => {
    using at = home('');
    const store = opencode({ home: at.folder, variables: { PATH: '/nowhere' }, folders: {} });
    const fork = store.fork(root, await cutAt(at, 3), 'Never');
    await assert.rejects(fork, withCode('agent_missing', /npm install -g opencode-ai/));
  });
});

type Home = ReturnType<typeof home>;

const copyTitle = 'Title: "first question USE_TOOL" (fork #1)';

interface Copy {
  /** How many messages of the source it has, and of how many of them the parts. */
  readonly messages: number;
  readonly withParts: number;
  readonly created?: number;
  readonly title?: string;
  /** Whose messages it has. */
  readonly source?: string;
}

/** A session as OpenCode leaves it when its server ends while it copies. */
function addCopy({ data }: Home, id: string, { messages, withParts, ...more }: Copy): void {
  const { created = Date.now(), title = copyTitle, source = root } = more;
  const database = new DatabaseSync(join(data, 'opencode.db'));
  database
    .prepare(
      `INSERT INTO session (id, project_id, slug, directory, title, version, time_created, time_updated)
        SELECT ?, project_id, slug, directory, ?, version, ?, ? FROM session WHERE id = ?`,
    )
    .run(id, title, created, created, root);
  const kept = 'SELECT id FROM message WHERE session_id = ? ORDER BY time_created, id LIMIT ?';
  database
    .prepare(
      `INSERT INTO message SELECT id || ?, ?, time_created, time_updated, data FROM message WHERE id IN (${kept})`,
    )
    .run(id, id, source, messages);
  database
    .prepare(
      `INSERT INTO part SELECT id || ?, message_id || ?, ?, time_created, time_updated, data FROM part WHERE message_id IN (${kept})`,
    )
    .run(id, id, id, source, withParts);
  database.close();
}

/** The name of a note of a process that was killed. */
function killedName(): string {
  const ended = spawnSync(process.execPath, ['-e', '']).pid;
  return temporaryName('fork').replace(`${process.pid}@`, `${ended}@`);
}

/** Notes a fork that keeps the first 3 messages, with 1, 3 and 3 parts. */
function putNote({ data }: Home, name: string): void {
  const [after, until] = [Date.now() - 60_000, Date.now() + 60_000];
  const note = { source: root, names: [copyTitle, 'A title'], after, until, keep: 3 + 7 };
  writeFileSync(join(data, name), JSON.stringify(note));
}

const listed = async ({ store }: Home): Promise<readonly string[]> =>
  (await store.list()).sessions.map(({ ref }) => ref.id);

describe('an OpenCode session that a fork left unfinished', { timeout: 60_000 }, () => {
  it('is in no list while it is copied, up to the last part of its last message, and then as it is', async () => {
    using at = home('');
    putNote(at, temporaryName('fork'));
    addCopy(at, 'ses_half', { messages: 2, withParts: 1 });
    addCopy(at, 'ses_nearly', { messages: 3, withParts: 2 });
    addCopy(at, 'ses_whole', { messages: 3, withParts: 3 });
    const known = await listed(at);
    assert.deepEqual(
      ['ses_half', 'ses_nearly', 'ses_whole'].map((id) => known.includes(id)),
      [false, false, true],
    );
    rmSync(join(at.data, temporaryName('fork')));
    const database = new DatabaseSync(join(at.data, 'opencode.db'));
    database.exec(
      `INSERT INTO part SELECT replace(id, 'whole', 'nearly'), replace(message_id, 'whole', 'nearly'), 'ses_nearly', time_created, time_updated, data FROM part WHERE session_id = 'ses_whole' ON CONFLICT DO NOTHING`,
    );
    database.close();
    const { sessions } = await at.store.list();
    const [nearly, whole] = ['ses_nearly', 'ses_whole'].map((id) =>
      sessions.find(({ ref }) => ref.id === id),
    );
    assert.equal(nearly?.size, whole?.size);
  });

  it('is in no list when the process was killed, and the next fork deletes it with the note of it', async () => {
    using at = home('', 3);
    putNote(at, killedName());
    addCopy(at, 'ses_half', { messages: 2, withParts: 2 });
    assert.ok(!(await listed(at)).includes('ses_half'));
    await at.store.fork(root, await cutAt(at, 3), 'Another title');
    const asked = at.asked().filter(({ method }) => method === 'DELETE' || method === 'POST');
    assert.deepEqual(
      asked.map(({ method, path }) => [method, path]),
      [
        ['DELETE', '/session/ses_half'],
        ['POST', `/session/${root}/fork`],
      ],
    );
    assert.deepEqual(at.notes(), []);
  });

  it('is told from what a person made: of another session, earlier, of another name, or whole', async () => {
    using at = home('');
    putNote(at, killedName());
    const half = { messages: 2, withParts: 2 };
    addCopy(at, 'ses_other', { ...half, source: 'ses_e041d1a3bffecrRe4LebH3vlZK' });
    addCopy(at, 'ses_earlier', { ...half, created: Date.now() - 3_600_000 });
    addCopy(at, 'ses_named', { ...half, title: 'Mine' });
    addCopy(at, 'ses_whole', { messages: 3, withParts: 3 });
    addCopy(at, 'ses_half', half);
    const known = await listed(at);
    assert.deepEqual(
      ['ses_other', 'ses_earlier', 'ses_named', 'ses_whole', 'ses_half'].map((id) => known.includes(id)),
      [true, true, true, true, false],
    );
  });

  it('stays noted when the fork fails, under nobody’s name and until then alone', async () => {
    using at = home('copies all');
    const cut = await cutAt(at, 3);
    const start = Date.now();
    await assert.rejects(at.store.fork(root, cut, 'A title'), withCode('fork_failed'));
    const [name = '', ...others] = at.notes();
    assert.deepEqual(others, []);
    assert.ok(name.startsWith(forsakenName('').replace('.tmp', '')));
    const note = JSON.parse(readFileSync(join(at.data, name), 'utf8'));
    assert.deepEqual([note.source, note.names, note.keep], [root, [copyTitle, 'A title'], 10]);
    assert.ok(note.after >= start - 1 && note.until <= Date.now());
    await at.store.list();
    assert.deepEqual(at.notes(), []);
  });
});

describe('the server that is started for an OpenCode session', { timeout: 60_000 }, () => {
  it('ends when the process that started it is killed', { skip: process.platform === 'win32' }, async () => {
    using at = home('never up');
    const program = JSON.stringify({
      home: at.folder,
      variables: {
        PATH: '',
        FAKE_MODE: 'never up',
        FAKE_LOG: join(at.folder, 'log'),
        OPENCODE_BIN_PATH: join(fixtures, 'fakeServer.mjs'),
      },
      folders: {},
    });
    const store = join(import.meta.dirname, '../../../src/stores/opencode/index.ts');
    const script = `const { opencode } = await import(${JSON.stringify(store)}); await opencode(${program}).rename('${root}', 'New');`;
    const asking = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' });
    await until(() => at.asked().length > 0);
    const pid = at.asked()[0]?.pid ?? 0;
    assert.ok(isRunning(pid));
    asking.kill('SIGKILL');
    await until(() => !isRunning(pid));
  });
});

describe('changing an OpenCode session', { timeout: 60_000 }, () => {
  it('is left to its server', async () => {
    using at = home('');
    await at.store.rename?.(root, 'New');
    await at.store.archive?.(root, false);
    await at.store.remove?.(root);
    const asked = at.asked().filter(({ path }) => path === `/session/${root}`);
    assert.deepEqual(
      asked.map(({ method, body }) => [method, body]),
      [
        ['PATCH', { title: 'New' }],
        ['PATCH', { time: { archived: 0 } }],
        ['DELETE', undefined],
      ],
    );
  });

  it('that does not exist is refused before the server is started', async () => {
    using at = home('');
    const rename = at.store.rename?.(sessionId('ses_none'), 'New') ?? Promise.resolve();
    await assert.rejects(rename, withCode('no_such_session'));
    assert.deepEqual(at.asked(), []);
  });
});

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
