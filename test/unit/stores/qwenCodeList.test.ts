import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { isSubagentRun, type SessionInfo } from '../../../src/core/model.ts';
import { sessionCapabilities } from '../../../src/core/store.ts';
import { qwenCode } from '../../../src/stores/qwenCode/index.ts';
import { startOf } from '../../../src/stores/qwenCode/live.ts';
import {
  answer,
  ask,
  call,
  damagedHome,
  emptyHome,
  fixtureHome,
  infoOf,
  nameOf,
  pathOf,
  type QwenHome,
  result,
  writeSession,
} from './qwenCodeHome.ts';

const one = '11111111-1111-4111-8111-111111111111';
const two = '22222222-2222-4222-8222-222222222222';

/** `id (messages) kind@kept`, children below their parent. */
function forest(sessions: readonly SessionInfo[]): string {
  const ids = new Set(sessions.map((info) => info.ref.id));
  const below = (parent: string | undefined, depth: number): string[] =>
    sessions
      .filter(
        (info) =>
          (ids.has(info.lineage?.parent.id ?? info.ref.id) ? info.lineage?.parent.id : undefined) === parent,
      )
      .sort((a, b) => (a.ref.id < b.ref.id ? -1 : 1))
      .flatMap((info) => [
        `${'  '.repeat(depth)}${shortId(info.ref.id)} (${info.messageCount})${info.lineage ? ` ${info.lineage.kind}@${info.lineage.messages}` : ''}`,
        ...below(info.ref.id, depth + 1),
      ]);
  return below(undefined, 0).join('\n');
}

const shortId = (id: string): string =>
  id
    .split('~')
    .map((part) => part.slice(0, 8))
    .join('~');

describe('Listing of real Qwen Code sessions', () => {
  let home: QwenHome;
  let sessions: readonly SessionInfo[] = [];
  before(async () => {
    home = fixtureHome();
    sessions = (await home.store.list()).sessions;
  });
  after(() => home[Symbol.dispose]());
  const info = (start: string): SessionInfo | undefined =>
    sessions.find(({ ref }) => shortId(ref.id) === start);

  it('shows the true fork trees', () => {
    assert.equal(
      forest(sessions),
      `
11dc7434 (6)
1b2f800c (2)
6fd21ee9 (10)
  07c1ce97 (7) fork@5
  133f6de1 (7) fork@5
  cf3079b6 (12) fork@10
    b1ceeaaa (14) fork@12
  d47e6d9b (10) fork@8
  d9863ce4 (7) fork@5
  db067bba (9) fork@5
77b3e7b0 (12)
  40ab05ce (6) fork@4
  54a92566 (14) fork@12
  f20d4fdf (2) fork@0
    f20d4fdf~005ae13e (12) rewound@0
a45a7efe (4)
  230ad3de (6) fork@6
  2fd38e83 (6) fork@4
  445488b4 (6) fork@6
  4a4e091b (6) fork@6
  a45a7efe~0b2b24d4 (13) rewound@2
  a45a7efe~agent-fo (2) subagent@0
  b078d581 (6) fork@6
  f97973ed (2) fork@2
d5a10fbe (2)
f1cc4556 (0)`.trim(),
    );
  });

  it('takes no side file, no subagent and no archive folder for a session (checklist 1.2, trap 17)', () => {
    const own = sessions.filter((each) => !isSubagentRun(each));
    const paths = new Set(own.map(({ file }) => nameOf(file?.path ?? '')));
    assert.equal(paths.size, 23);
    assert.ok([...paths].every((name) => /^[0-9a-f-]{36}\.jsonl$/.test(name)));
  });

  it('shows the run of a subagent read-only under the session that started it, with its own words (trap 17)', async () => {
    const run = sessions.find(isSubagentRun) ?? assert.fail();
    assert.deepEqual(
      [run.title, run.lineage?.parent.id.slice(0, 8), run.lineage?.messages],
      ['do x', 'a45a7efe', 0],
    );
    assert.equal(sessionCapabilities(home.store.capabilities, run).forkAt, 'none');
    const { messages, info: read } = await home.store.read(run.ref.id);
    assert.deepEqual(read, run);
    assert.deepEqual(
      messages.map(({ kind }) => kind),
      ['prompt', 'reply'],
    );
  });

  it('titles by the last title in the file, else by the first prompt', () => {
    assert.deepEqual([info('a45a7efe')?.title, info('a45a7efe')?.titled], ['My Serve Session', true]);
    assert.deepEqual([info('6fd21ee9')?.title, info('6fd21ee9')?.titled], ['First question: say hi', false]);
  });

  it('previews a fork by its own first prompt, and by nothing while it has none', () => {
    assert.equal(info('b1ceeaaa')?.preview, 'Fork B question');
    assert.equal(info('4a4e091b')?.preview, '');
    assert.equal(info('a45a7efe~0b2b24d4')?.preview, 'Serve Q2 beta');
  });

  it('tells folder and times: a fork begins with its own first record', () => {
    assert.equal(info('6fd21ee9')?.cwd, '/srv/dev/qwen/ws1');
    assert.equal(info('6fd21ee9')?.created, Date.parse('2026-11-21T01:51:05.578Z'));
    const fork = info('cf3079b6');
    const source = info('6fd21ee9');
    assert.ok(fork && source && fork.created >= source.updated && fork.updated >= fork.created);
  });

  it('says of a prompt without an answer that its turn is open', () => {
    assert.deepEqual(
      sessions.filter(({ openTurn }) => openTurn).map(({ ref }) => shortId(ref.id)),
      ['d5a10fbe'],
    );
  });

  it('finds only the file whose only record follows a missing one damaged', () => {
    assert.deepEqual(
      sessions.filter(({ problem }) => problem).map(({ ref }) => shortId(ref.id)),
      ['f1cc4556'],
    );
  });

  it('never shows ipcToken, and takes no session for live whose process is gone', () => {
    assert.doesNotMatch(JSON.stringify(sessions), /ipcToken|REDACTED|"live"/);
  });

  it('bears the prefix that keeps samples apart', async () => {
    const folders = { 'sample-qwen-code': home.folder };
    const store = qwenCode({ home: '/nowhere', variables: {}, folders, idPrefix: 'sample-' });
    const listed = await store.list();
    assert.equal(listed.sessions.length, sessions.length);
    assert.ok(listed.sessions.every(({ ref }) => ref.agent === 'sample-qwen-code'));
  });
});

describe('Listing of damaged Qwen Code sessions', () => {
  const expected: Readonly<Record<string, RegExp | undefined>> = {
    empty: /no record/,
    noCwd: /names no folder.*crashes.*lists no session/,
    noVersion: /has no time.*crashes/,
    mixedSid: /two sessions/,
    oldSid: /another session|file's name says/,
    wrongCwd: /ws2.*No saved session found/,
    wrongCwdFirst: /ws2.*No saved session found/,
    badParent: /Line 6 follows a record that is missing.*forgets/,
    unknownType: /Line 2 .*unknown type "weird".*forgets/,
    tornTail: /Line 15 cannot be read.*forgets/,
    badLine: /Line 3 cannot be read.*passes over/,
  };

  it('lists every file as far as it can be read, and says what the agent does with it', async () => {
    using home = damagedHome();
    const { sessions, problems } = await home.store.list();
    assert.deepEqual(problems, []);
    const whole = sessions.filter(({ ref }) => !ref.id.includes('~'));
    assert.equal(whole.length, home.damage.size - ['badName', 'shortName'].length);
    for (const { ref, problem } of whole) {
      const what = home.damage.get(ref.id) ?? '';
      const pattern = expected[what];
      assert.ok(pattern ? pattern.test(problem?.text ?? '') : !problem, `${what}: ${problem?.text}`);
    }
  });

  it('counts the messages before the damage', async () => {
    using home = damagedHome();
    const { sessions } = await home.store.list();
    const at = (what: string) =>
      sessions
        .filter(({ ref, problem }) => home.damage.get(ref.id) === what && problem)
        .map(({ problem }) => [problem?.line, problem?.readable]);
    assert.deepEqual(at('tornTail'), [[15, 5]]);
    assert.deepEqual(at('badParent'), [
      [6, 2],
      [6, 2],
    ]);
  });

  it('still shows what the agent forgets, as a branch of its own', async () => {
    using home = damagedHome();
    const { sessions } = await home.store.list();
    const left = sessions.filter(({ ref }) => ref.id.startsWith('10691dcb') && ref.id.includes('~'));
    assert.deepEqual(
      left.map(({ messageCount, lineage }) => [messageCount, lineage?.kind]),
      [[5, 'rewound']],
    );
  });

  it('reads every listed session and branch', async () => {
    using home = damagedHome();
    for (const { ref, messageCount } of (await home.store.list()).sessions) {
      assert.equal((await home.store.read(ref.id)).total, messageCount);
    }
  });

  it('names a torn last line', async () => {
    using home = emptyHome();
    appendFileSync(writeSession(home, one, [ask('a'), answer('b')]), '{"uuid":"x","pare');
    const { problem } = await infoOf(home.store, one);
    assert.deepEqual([problem?.line, problem?.readable], [3, 2]);
    assert.match(problem?.text ?? '', /breaks off/);
  });

  it('breaks a circle of parents (trap 22)', async () => {
    using home = emptyHome();
    writeSession(home, one, [
      ask('a', { uuid: 'a', parentUuid: 'b' }),
      answer('b', { uuid: 'b', parentUuid: 'a' }),
    ]);
    const { problem, messageCount } = await infoOf(home.store, one);
    assert.match(problem?.text ?? '', /circle/);
    assert.equal(messageCount, 2);
  });

  // A link to itself cannot be opened by anyone, root included.
  it('makes a file that cannot be opened a problem, and lists the others', async () => {
    using home = emptyHome();
    symlinkSync(pathOf(home, one), pathOf(home, one));
    writeSession(home, two, [ask('b'), answer('c')]);
    assert.match((await infoOf(home.store, one)).problem?.text ?? '', /ELOOP/);
    assert.equal((await infoOf(home.store, two)).problem, undefined);
  });

  it('makes a folder with a transcript’s name a problem', async () => {
    using home = emptyHome();
    mkdirSync(pathOf(home, one));
    assert.match((await infoOf(home.store, one)).problem?.text ?? '', /not a regular file/);
  });
});

describe('Listing again', () => {
  it('reuses what has the same stamp and reads what changed', async () => {
    using home = emptyHome();
    const path = writeSession(home, one, [ask('a'), answer('b')]);
    writeSession(home, two, [ask('c'), answer('d')]);
    const first = (await home.store.list()).sessions.map((info) => ({
      ...info,
      title: `kept ${info.title}`,
    }));
    const bytes = readFileSync(path, 'utf8');
    writeFileSync(
      path,
      bytes +
        JSON.stringify({ ...JSON.parse(bytes.split('\n')[0] ?? ''), uuid: 'z', parentUuid: '00000002' }),
    );
    const again = (await home.store.list(first)).sessions;
    assert.deepEqual(
      again.map(({ title, messageCount }) => [title, messageCount]),
      [
        ['a', 3],
        ['kept c', 2],
      ],
    );
  });

  it('stops when it is cancelled', async () => {
    using home = fixtureHome();
    await assert.rejects(home.store.list([], AbortSignal.abort()), { code: 'cancelled' });
  });

  it('lists nothing of a folder that does not exist', async () => {
    const store = qwenCode({ home: '/nowhere', variables: {}, folders: {} });
    assert.deepEqual(await store.list(), { sessions: [], problems: [] });
  });
});

describe('Where Qwen Code keeps its sessions', () => {
  const roots = (variables: Record<string, string>, home = '/home/me', folder?: string) =>
    qwenCode({ home, variables, folders: { 'qwen-code': folder } })
      .watchRoots()
      .map(({ path }) => path);

  it('is the setting, QWEN_RUNTIME_DIR, settings.json, QWEN_HOME or ~/.qwen, in this order', () => {
    using home = emptyHome();
    mkdirSync(join(home.folder, '.qwen'));
    const both = { QWEN_RUNTIME_DIR: '/run', QWEN_HOME: '/q' };
    assert.deepEqual(roots(both, '/home/me', '~/set'), ['/home/me/set/projects', '/home/me/set/sessions']);
    assert.deepEqual(roots(both), ['/run/projects', '/q/sessions']);
    assert.deepEqual(roots({ QWEN_HOME: '/q' }), ['/q/projects', '/q/sessions']);
    assert.deepEqual(roots({}), ['/home/me/.qwen/projects', '/home/me/.qwen/sessions']);
    const settings = join(home.folder, '.qwen/settings.json');
    writeFileSync(settings, JSON.stringify({ advanced: { runtimeOutputDir: '/out' } }));
    assert.equal(roots({}, home.folder)[0], '/out/projects');
    assert.equal(roots({ QWEN_RUNTIME_DIR: '/run' }, home.folder)[0], '/run/projects');
    writeFileSync(settings, 'no json');
    assert.equal(roots({}, home.folder)[0], join(home.folder, '.qwen/projects'));
  });

  it('shows a run under the run that started it, and a damaged one with its problem (trap 17)', async () => {
    using home = emptyHome();
    writeSession(home, one, [ask('a'), answer('b')]);
    const runs = join(home.chats, '../subagents', one);
    mkdirSync(runs, { recursive: true });
    const path = writeSession(home, two, [ask('inner'), answer('done')]);
    renameSync(path, join(runs, 'agent-x-1.jsonl'));
    writeFileSync(join(runs, 'agent-x-1.meta.json'), JSON.stringify({ parentAgentId: 'y.2' }));
    mkdirSync(join(runs, 'agent-y_2.jsonl'));
    const { sessions, problems } = await home.store.list();
    assert.deepEqual(problems, []);
    const [inner, outer] = [`${one}~agent-x-1`, `${one}~agent-y_2`].map((id) =>
      sessions.find(({ ref }) => ref.id === id),
    );
    assert.deepEqual([inner?.lineage?.parent.id, inner?.messageCount], [outer?.ref.id, 2]);
    assert.deepEqual([outer?.lineage?.parent.id, outer?.lineage?.kind], [one, 'subagent']);
    assert.match(outer?.problem?.text ?? '', /cannot be read/);
  });

  it('locates transcripts by path, and nothing else', () => {
    using home = emptyHome();
    const { store, chats, folder } = home;
    assert.equal(store.locate?.(join(chats, `${one}.jsonl`)), one);
    assert.equal(store.locate?.(join(chats, 'archive', `${one}.jsonl`)), one);
    const others = [
      join(chats, `${one}.ledger.jsonl`),
      join(folder, `${one}.jsonl`),
      join(chats, '../subagents', one, 'agent-x.jsonl'),
      `/elsewhere/projects/x/chats/${one}.jsonl`,
    ];
    assert.deepEqual(
      others.map((path) => store.locate?.(path)),
      [undefined, undefined, undefined, undefined],
    );
  });
});

describe('Live sessions', () => {
  const register = (home: QwenHome, entry: object): void => {
    mkdirSync(join(home.folder, 'sessions'), { recursive: true });
    writeFileSync(join(home.folder, 'sessions', `${process.pid}-aa.json`), JSON.stringify(entry));
  };

  it('are those of living processes, busy while a turn is open', async () => {
    using home = emptyHome();
    writeSession(home, one, [ask('a'), answer('b')]);
    register(home, { pid: process.pid, sessionId: one, ipcToken: 'SECRET' });
    const listed = await home.store.list();
    assert.equal(listed.sessions[0]?.live, 'idle');
    assert.doesNotMatch(JSON.stringify(listed), /SECRET/);
    writeSession(home, one, [ask('a'), answer('b'), ask('c')]);
    assert.equal((await infoOf(home.store, one)).live, 'busy');
  });

  it('are also those that a status file beside the transcript names, on this machine', async () => {
    using home = emptyHome();
    writeSession(home, one, [ask('a'), answer('b')]);
    const status = (more: object): void =>
      writeFileSync(
        join(home.chats, `${one}.runtime.json`),
        JSON.stringify({ schema_version: 1, pid: process.pid, session_id: one, ...more }),
      );
    status({ hostname: hostname() });
    assert.equal((await infoOf(home.store, one)).live, 'idle');
    status({ hostname: 'another-machine' });
    assert.equal((await infoOf(home.store, one)).live, undefined);
  });

  it('are told afresh for files that did not change', async () => {
    using home = emptyHome();
    writeSession(home, one, [ask('a'), answer('b')]);
    const before = await home.store.list();
    register(home, { pid: process.pid, sessionId: one });
    const during = await home.store.list(before.sessions);
    assert.equal(during.sessions[0]?.live, 'idle');
    register(home, { pid: 2 ** 22 + 1, sessionId: one });
    assert.equal((await home.store.list(during.sessions)).sessions[0]?.live, undefined);
  });

  it('are not those of a later process with the same number', {
    skip: process.platform !== 'linux',
  }, async () => {
    using home = emptyHome();
    writeSession(home, one, [ask('a'), answer('b')]);
    register(home, { pid: process.pid, sessionId: one, procStart: 'other-boot:1' });
    assert.equal((await infoOf(home.store, one)).live, undefined);
    register(home, { pid: process.pid, sessionId: one, procStart: startOf(process.pid) });
    assert.equal((await infoOf(home.store, one)).live, 'idle');
  });

  it('show a call at their end as running, where a dead one shows it stopped', async () => {
    using home = emptyHome();
    writeSession(home, one, [
      ask('a'),
      call({ id: 'c', name: 'glob', args: {} }, { id: 'd', name: 'glob' }),
      result('d', 'glob', {}),
    ]);
    const statuses = async () => {
      const reply = (await home.store.read((await infoOf(home.store, one)).ref.id)).messages[1];
      return reply?.kind === 'reply' ? reply.parts.map((part) => part.kind === 'tool' && part.status) : [];
    };
    assert.deepEqual(await statuses(), ['stopped', 'done']);
    register(home, { pid: process.pid, sessionId: one });
    assert.deepEqual(await statuses(), ['running', 'done']);
  });
});
