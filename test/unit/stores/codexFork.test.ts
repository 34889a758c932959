import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { type Message, messageId, sessionId } from '../../../src/core/model.ts';
import {
  asked,
  bytesOf,
  type CodexHome,
  called,
  complete,
  cutAt,
  emptyHome,
  fixtureHome,
  gave,
  idOf,
  injected,
  legacySaid,
  one,
  said,
  shown,
  started,
  turn,
  two,
  used,
  writeRollout,
} from './codexHome.ts';

const idsOf = (messages: readonly Message[]): string[] => messages.map(({ id }) => id);

/** Forks after `keep` messages and checks what every fork must be; gives the child's id. */
async function forkAndCheck(home: CodexHome, source: string, keep: number): Promise<string> {
  const before = bytesOf(home);
  const { messages } = await home.store.read(sessionId(source));
  const child = await home.store.fork(sessionId(source), cutAt(messages, keep), `Fork at ${keep}`);
  assert.notEqual(child, source);
  assert.deepEqual(idsOf((await home.store.read(child)).messages), idsOf(messages.slice(0, keep)));
  const info = await home.info(child);
  assert.deepEqual(info.lineage, {
    parent: { agent: 'codex', id: source.split('~')[0] },
    kind: 'fork',
    messages: keep,
    how: 'recorded',
  });
  assert.deepEqual([info.messageCount, info.title, info.titled], [keep, `Fork at ${keep}`, true]);
  assert.equal(info.problem, undefined);
  const after = bytesOf(home);
  assert.equal(after.size, before.size + 1);
  for (const [name, bytes] of before) {
    assert.ok(after.get(name)?.equals(bytes), `${name} has changed`);
  }
  return child;
}

/** The records of a child's file, its header first. */
async function recordsOf(home: CodexHome, id: string): Promise<Record<string, unknown>[]> {
  const { file } = await home.info(id);
  return readFileSync(file?.path ?? '', 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** A home where `codex` is a script of ours. It gets the home's path as CODEX_HOME, like the real one. */
function homeWithProgram(script: string): CodexHome {
  const home = emptyHome();
  const path = join(home.path, 'codex.mjs');
  writeFileSync(path, script);
  const again = emptyHome({ CODEX_PATH: path });
  return { ...again, [Symbol.dispose]: () => [home, again].forEach((each) => void each[Symbol.dispose]()) };
}

/** Answers each request by the function body `answer(method, params)`; what it throws is told as an error. */
const server = (answer: string): string => `
import { createInterface } from 'node:readline';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
const home = process.env.CODEX_HOME;
const answer = (method, params) => { ${answer} };
for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, params } = JSON.parse(line);
  if (id === undefined) continue;
  appendFileSync(join(home, 'asked.txt'), method + ' ' + JSON.stringify(params) + '\\n');
  let reply;
  try {
    reply = { id, result: answer(method, params) ?? {} };
  } catch (error) {
    reply = { id, error: { code: -32600, message: error.message } };
  }
  process.stdout.write(JSON.stringify(reply) + '\\n');
}
`;

/** Makes a native child \`${two}\` that keeps \`bytes\` of the source's file. */
const makesChild = (bytes: string): string => `
if (method !== 'thread/fork') return {};
const folder = join(home, 'sessions/2026/01/02');
const payload = { id: '${two}', forked_from_id: params.threadId, history_mode: 'paginated', history_base: { thread_id: params.threadId, end_byte_offset: ${bytes} } };
writeFileSync(join(folder, 'rollout-2026-01-02T03-04-09-${two}.jsonl'), JSON.stringify({ timestamp: '2026-01-02T03:04:09.000Z', ordinal: 6, type: 'session_meta', payload }) + '\\n');
return { thread: { id: '${two}' } };`;

const askedOf = (home: CodexHome): string[] =>
  readFileSync(join(home.path, 'asked.txt'), 'utf8').trimEnd().split('\n');

describe('Forking Codex sessions as a self-contained copy', () => {
  it('keeps exactly the prefix at every turn, and nothing before the first prompt', async () => {
    using home = fixtureHome('native');
    const source = await idOf(home, '5256');
    for (const keep of [0, 3, 5, 8]) {
      await forkAndCheck(home, source, keep);
    }
  });

  it('keeps a tool call with its result and without what the turn said later', async () => {
    using home = fixtureHome('native');
    const child = await forkAndCheck(home, await idOf(home, '5256'), 2);
    const { messages } = await home.store.read(sessionId(child));
    assert.deepEqual(shown(messages), ['P:first prompt alpha USE_TOOL', 'R:T']);
    assert.equal(messages[1]?.kind === 'reply' && messages[1].finished, true);
  });

  it('copies a fork of a fork, and across rewinds, into one file that needs no other', async () => {
    using home = fixtureHome('rewound');
    for (const [piece, keep] of [
      ['e7bc', 8],
      ['e943', 6],
      ['e891', 8],
    ] as const) {
      const child = await forkAndCheck(home, await idOf(home, piece), keep);
      const [header, ...records] = await recordsOf(home, child);
      assert.doesNotMatch(JSON.stringify(header), /history_base/);
      assert.deepEqual(
        records.map(({ ordinal }) => ordinal),
        records.map((_, index) => index + 1),
      );
      await forkAndCheck(home, child, keep);
    }
  });

  it('forks what a rewind left behind as a child of its session', async () => {
    using home = fixtureHome('rewound');
    const rewound = await idOf(home, 'e891');
    await forkAndCheck(home, `${rewound}~${rewound}`, 12);
  });

  it('keeps an archived session’s fork among the active ones', async () => {
    using home = fixtureHome('rewound');
    const child = await forkAndCheck(home, await idOf(home, 'e95b'), 2);
    assert.equal((await home.info(child)).archived, undefined);
  });

  it('keeps the fork point of a child whose parent is rewound or deleted later', async () => {
    using home = emptyHome();
    writeRollout(home, one, [...turn('a'), ...turn('b')]);
    const child = await forkAndCheck(home, one, 4);
    writeRollout(home, one, turn('c'), { segment: two });
    assert.equal((await home.info(child)).lineage?.messages, 4);
    await home.store.remove?.(sessionId(one));
    assert.equal((await home.info(child)).lineage?.messages, 4);
  });

  it('passes unknown records and fields through untouched', async () => {
    using home = emptyHome();
    const odd = { type: 'future_record', payload: { number: 1, list: ['\u2028'] }, extra: { a: 1 } };
    writeRollout(home, one, [...turn('a').slice(0, -1), odd, complete('turn-a'), ...turn('b')]);
    const child = await forkAndCheck(home, one, 2);
    const [source, copy] = [await recordsOf(home, one), await recordsOf(home, child)];
    assert.deepEqual(copy.slice(1), source.slice(1, copy.length));
    assert.equal(copy.at(-1)?.type, 'event_msg');
    const { file } = await home.info(child);
    assert.doesNotMatch(readFileSync(file?.path ?? '', 'utf8'), /\u2028/);
  });

  it('copies a legacy session as a legacy one', async () => {
    using home = emptyHome();
    const lines = (name: string) => [injected(name), legacySaid(name), said('', `answer ${name}`)];
    writeRollout(home, one, [...lines('x'), ...lines('y')], { legacy: true });
    const child = await forkAndCheck(home, one, 2);
    assert.ok((await recordsOf(home, child)).every((record) => !('ordinal' in record)));
  });

  it('cuts between two prompts of one turn', async () => {
    using home = emptyHome();
    writeRollout(home, one, [
      started('t'),
      asked('p1', 'go'),
      called('c', 'exec_command', { cmd: 'ls' }),
      used(),
      gave('c', 'x'),
      asked('p2', 'faster'),
      said('r', 'done'),
      used(),
      complete('t'),
    ]);
    await forkAndCheck(home, one, 2);
  });

  it('refuses a fork point that is gone or has moved, never copying everything in its place', async () => {
    using home = fixtureHome('native');
    const source = await idOf(home, '5256');
    const { messages } = await home.store.read(source);
    const before = bytesOf(home).size;
    const bad = [
      { keep: 3, last: messageId('gone') },
      { ...cutAt(messages, 3), keep: 5 },
      { ...cutAt(messages, 3), next: messageId('gone') },
      { keep: 9, ...(messages[7] && { last: messages[7].id }) },
    ];
    for (const cut of bad) {
      await assert.rejects(home.store.fork(source, cut, 'x'), { code: 'fork_point_invalid' });
    }
    await assert.rejects(home.store.fork(sessionId(two), { keep: 0 }, 'x'), { code: 'no_such_session' });
    assert.equal(bytesOf(home).size, before);
  });

  it('writes nothing once it is cancelled', async () => {
    using home = fixtureHome('native');
    const source = await idOf(home, '5256');
    const cut = cutAt((await home.store.read(source)).messages, 3);
    const before = bytesOf(home).size;
    await assert.rejects(home.store.fork(source, cut, 'x', AbortSignal.abort()), { code: 'cancelled' });
    assert.equal(bytesOf(home).size, before);
  });
});

describe('Forking Codex sessions by Codex itself', { timeout: 120_000 }, () => {
  const forkAfterTurn = async (home: CodexHome, signal?: AbortSignal) => {
    const { messages } = await home.store.read(sessionId(one));
    return home.store.fork(sessionId(one), cutAt(messages, 2), 'Mine', signal);
  };

  it('asks for the turn of the last message kept and names the child', async () => {
    using home = homeWithProgram(
      server(
        makesChild('params.lastTurnId === "turn-a" ? TURN_A : 0').replace('TURN_A', String(firstTurnBytes())),
      ),
    );
    writeRollout(home, one, [...turn('a'), ...turn('b')]);
    assert.equal(await forkAfterTurn(home), two);
    assert.deepEqual(askedOf(home).slice(1), [
      `thread/fork {"threadId":"${one}","lastTurnId":"turn-a","excludeTurns":true}`,
      `thread/name/set {"threadId":"${two}","name":"Mine"}`,
    ]);
    assert.equal((await home.info(two)).lineage?.messages, 2);
  });

  it('asks for the first turn as the one to leave out when nothing is kept', async () => {
    using home = homeWithProgram(server('throw new Error("no")'));
    writeRollout(home, one, turn('a'));
    const { messages } = await home.store.read(sessionId(one));
    const child = await home.store.fork(sessionId(one), cutAt(messages, 0), 'Empty');
    assert.equal((await home.info(child)).messageCount, 0);
    assert.match(askedOf(home)[0] ?? '', /^initialize/);
  });

  it('takes a child back that holds more than the prefix, and copies instead', async () => {
    using home = homeWithProgram(server(makesChild('99999')));
    writeRollout(home, one, [...turn('a'), ...turn('b')]);
    const child = await forkAfterTurn(home);
    assert.notEqual(child, two);
    assert.equal((await home.info(child)).messageCount, 2);
    await assert.rejects(home.store.read(sessionId(two)), { code: 'no_such_session' });
  });

  for (const [how, script] of [
    ['refuses', server('if (method === "thread/fork") throw new Error("turn not found")')],
    ['ends at once', 'process.exit(3);'],
    ['speaks nonsense and ends', 'process.stdout.write("hello\\n{\\n[]\\n");'],
    ['tells the source itself as the child', server('return { thread: { id: params.threadId } };')],
  ] as const) {
    it(`copies when Codex ${how}`, async () => {
      using home = homeWithProgram(script);
      writeRollout(home, one, [...turn('a'), ...turn('b')]);
      const child = await forkAfterTurn(home);
      assert.equal((await home.info(child)).messageCount, 2);
      assert.equal((await home.info(child)).title, 'Mine');
      assert.equal((await home.store.list()).sessions.length, 2);
    });
  }

  it('keeps the one child that Codex made but did not tell of', async () => {
    const script = server(
      `${makesChild(String(firstTurnBytes())).replace(/return \{ thread.*$/, 'process.exit(1);')}`,
    );
    using home = homeWithProgram(script);
    writeRollout(home, one, [...turn('a'), ...turn('b')]);
    assert.equal(await forkAfterTurn(home), two);
    assert.equal((await home.store.list()).sessions.length, 2);
    assert.equal((await home.info(two)).title, 'Mine');
  });

  it('ends a program that does not answer when the fork is cancelled, and leaves nothing behind', async () => {
    using home = homeWithProgram(
      'import { writeFileSync } from "node:fs"; writeFileSync(process.env.CODEX_HOME + "/pid", String(process.pid)); setInterval(() => {}, 1000);',
    );
    writeRollout(home, one, [...turn('a'), ...turn('b')]);
    const stop = new AbortController();
    const ended = assert.rejects(forkAfterTurn(home, stop.signal), { code: 'cancelled' });
    const told = join(home.path, 'pid');
    while (!existsSync(told) || readFileSync(told, 'utf8') === '') {
      await setTimeout(20);
    }
    stop.abort();
    await ended;
    assert.equal((await home.store.list()).sessions.length, 1);
    const pid = Number(readFileSync(told, 'utf8'));
    assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
  });

  it('starts no program to list or to read', async () => {
    using home = homeWithProgram(server(''));
    writeRollout(home, one, turn('a'));
    await home.store.list();
    await home.store.read(sessionId(one));
    assert.throws(() => askedOf(home), { code: 'ENOENT' });
  });
});

/** How many bytes the header and the first of `turn('a'), turn('b')` take in the file. */
function firstTurnBytes(): number {
  using home = emptyHome();
  return writeRollout(home, one, turn('a')).size;
}
