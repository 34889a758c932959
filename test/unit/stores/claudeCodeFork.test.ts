import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { appendFile, readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { isSubagentRun, type Message, type SessionId, sessionId } from '../../../src/core/model.ts';
import {
  type Bench,
  bench,
  calls,
  cutAfter,
  fixtureBench,
  id,
  lastPrompt,
  lines,
  link,
  parallelTools,
  project,
  result,
  says,
  session,
  sketch,
  twoTurns,
  user,
} from '../support/claudeTranscripts.ts';

const hashOf = async (path: string): Promise<string> =>
  createHash('sha256')
    .update(await readFile(path))
    .digest('hex');

/** What a copy keeps equal of a message: all but where it stands, and whether more of its turn follows. */
const contentOf = (messages: readonly Message[]) =>
  messages.map((message) => ({ ...message, lines: undefined, endsTurn: undefined }));

describe('forking every real session of Claude Code', () => {
  let at: Bench;
  before(async () => {
    at = await fixtureBench();
  });
  after(() => at[Symbol.asyncDispose]());

  it('keeps exactly the messages before the point, and leaves every source as it was (invariants 1, 3, 4; traps 4, 5)', async () => {
    const { sessions } = await at.store.list();
    const sources = new Map<string, string>();
    for (const { file } of sessions) {
      sources.set(file?.path ?? '', await hashOf(file?.path ?? ''));
    }
    let forks = 0;
    for (const source of sessions.filter((info) => !isSubagentRun(info))) {
      const { messages } = await at.store.read(source.ref.id);
      const points = messages.flatMap((message, index) =>
        message.kind === 'reply' && message.finished ? [index + 1] : [],
      );
      // The first, one in the middle and the last say as much as all of them, in a tenth of the time.
      for (const keep of new Set([points[0], points[points.length >> 1], points.at(-1)])) {
        if (keep === undefined) {
          continue;
        }
        const child = await at.store.fork(source.ref.id, cutAfter(messages, keep), 'A fork');
        const { messages: copied, info } = await at.store.read(child);
        assert.notEqual(child, source.ref.id);
        assert.deepEqual(contentOf(copied), contentOf(messages.slice(0, keep)));
        assert.deepEqual(
          [info.lineage?.parent.id, info.lineage?.messages, info.title, info.preview],
          [source.ref.id.split('~')[0], keep, 'A fork', ''],
        );
        forks++;
      }
    }
    assert.ok(forks > 100);
    for (const [path, hash] of sources) {
      assert.equal(await hashOf(path), hash);
    }
    const relisted = (await at.store.list()).sessions;
    assert.equal(relisted.length, sessions.length + forks);
  });
});

describe('forking a session of Claude Code', () => {
  let at: Bench;
  beforeEach(async () => {
    at = await bench();
  });
  afterEach(() => at[Symbol.asyncDispose]());

  const messagesOf = async (of: SessionId) => (await at.store.read(of)).messages;

  async function fork(records: Parameters<Bench['write']>[1], keep: number): Promise<SessionId> {
    await at.write(id('s'), records);
    return at.store.fork(session('s'), cutAfter(await messagesOf(session('s')), keep), 'Fork');
  }

  const folder = () => readdir(join(at.root, 'projects', project));

  it('marks each copied record with where it comes from, and keeps its id', async () => {
    const child = await fork(twoTurns(), 2);
    const records = await at.records(child);
    assert.deepEqual(
      records.map(({ type, uuid, sessionId, forkedFrom }) => ({ type, uuid, sessionId, forkedFrom })),
      [
        ...['u1', 'a1'].map((name, index) => ({
          type: index === 0 ? 'user' : 'assistant',
          uuid: id(name),
          sessionId: child,
          forkedFrom: { sessionId: id('s'), messageUuid: id(name) },
        })),
        { type: 'custom-title', uuid: undefined, sessionId: child, forkedFrom: undefined },
        { type: 'last-prompt', uuid: undefined, sessionId: child, forkedFrom: undefined },
      ],
    );
    assert.deepEqual([records[2]?.customTitle, records[3]?.leafUuid], ['Fork', id('a1')]);
  });

  it('can be read by the person alone', async () => {
    const child = await fork(twoTurns(), 2);
    assert.equal((await stat(at.pathOf(child))).mode & 0o777, process.platform === 'win32' ? 0o666 : 0o600);
  });

  it('leaves bytes, time and inode of its source as they were (checklist 0.1)', async () => {
    const path = await at.write(id('s'), twoTurns());
    const stampOf = async () => {
      const { mtimeMs, ino, nlink } = await stat(path);
      return { hash: await hashOf(path), mtimeMs, ino, nlink };
    };
    const before = await stampOf();
    await at.store.fork(session('s'), cutAfter(await messagesOf(session('s')), 2), 'Fork');
    assert.deepEqual(await stampOf(), before);
  });

  it('goes on apart from its source: neither sees what the other adds, and it outlives the source (checklist 1.1)', async () => {
    const child = await fork(twoTurns(), 2);
    await appendFile(at.pathOf(id('s')), lines([user('u3', 'a2'), says('a3', 'u3')]));
    assert.equal(sketch(await messagesOf(child)), 'u1 | a1');
    const own = [user('u4', 'a1'), says('a4', 'u4')].map((record) => ({ ...record, sessionId: child }));
    await appendFile(at.pathOf(child), lines(own));
    assert.equal(sketch(await messagesOf(session('s'))), 'u1 | a1 | u2 | a2 | u3 | a3');
    await at.store.remove?.(session('s'));
    assert.equal(sketch(await messagesOf(child)), 'u1 | a1 | u4 | a4');
  });

  it('keeps all results of parallel calls and nothing of the next message', async () => {
    const child = await fork(parallelTools(), 2);
    assert.equal(sketch(await messagesOf(child)), 'u1 | Bash=one+Bash=two');
    assert.ok(!(await readFile(at.pathOf(child), 'utf8')).includes(id('a1')));
  });

  it('keeps the attachments and system records between its messages, up to the next prompt', async () => {
    const attachment = link('x1', 'u1', { type: 'attachment', attachment: { type: 'date' } });
    const duration = link('d1', 'a1', { type: 'system', subtype: 'turn_duration', durationMs: 5 });
    const child = await fork([user('u1', null), attachment, says('a1', 'x1'), duration, user('u2', 'd1')], 2);
    assert.deepEqual(
      (await at.records(child)).slice(0, 4).map(({ uuid }) => uuid),
      ['u1', 'x1', 'a1', 'd1'].map(id),
    );
  });

  it('lets unknown records and fields pass through, byte for byte (invariant 7)', async () => {
    const odd = '"odd":{"2":1.0,"1":"\\/\\u0041","nested":[{"sessionId":"mine"}]}';
    const first = JSON.stringify(user('u1', null, 'a\u2028b')).replace('"type"', `${odd},"type"`);
    const unknown = `{"type":"novelty","value":1e2,"sessionId":"${id('s')}"}`;
    const chained = JSON.stringify(link('n1', 'u1', { type: 'novelty' }));
    await at.write(id('s'), `${first}\n${unknown}\n${chained}\n${lines([says('a1', 'n1')])}`);
    const child = await at.store.fork(session('s'), cutAfter(await messagesOf(session('s')), 2), 'Fork');
    const [copied = '', passed, link1 = ''] = (await readFile(at.pathOf(child), 'utf8')).split('\n');
    assert.equal(passed, unknown.replace(id('s'), child));
    assert.ok(copied.includes(odd));
    const back = copied.replace(child, id('s')).replace(/,"forkedFrom":\{[^}]*\}/, '');
    assert.equal(back, first);
    assert.match(link1, /"type":"novelty"/);
  });

  it('leaves behind what belongs to the source alone', async () => {
    const own = [
      { type: 'ai-title', aiTitle: 'x' },
      { type: 'custom-title', customTitle: 'Source' },
      { type: 'permission-mode', permissionMode: 'bypassPermissions' },
      { type: 'api-request-blob', message: {} },
      { type: 'cost-state', totalCostUSD: 1 },
      { type: 'queue-operation', operation: 'enqueue' },
      lastPrompt('a2'),
    ];
    const child = await fork([...own, ...twoTurns(), ...own], 2);
    assert.deepEqual(
      (await at.records(child)).map(({ type }) => type),
      ['user', 'assistant', 'custom-title', 'last-prompt'],
    );
  });

  it('names the parent, not the grandparent, in a fork of a fork', async () => {
    const child = await fork(twoTurns(), 4);
    const grandchild = await at.store.fork(child, cutAfter(await messagesOf(child), 2), 'Deeper');
    const { lineage } = (await at.store.read(grandchild)).info;
    assert.deepEqual([lineage?.parent.id, lineage?.messages], [child, 2]);
    const text = await readFile(at.pathOf(grandchild), 'utf8');
    assert.equal(text.match(/"forkedFrom"/g)?.length, 2);
  });

  it('follows the active chain after a rewind: rewound messages stay away (trap 7)', async () => {
    const child = await fork([...twoTurns(), user('v2', 'a1'), says('b2', 'v2')], 4);
    assert.equal(sketch(await messagesOf(child)), 'u1 | a1 | v2 | b2');
    assert.equal((await at.store.list()).sessions.filter(({ ref }) => ref.id.startsWith(child)).length, 1);
  });

  it('forks a rewound branch into a session of its own', async () => {
    await at.write(id('s'), [...twoTurns(), user('v2', 'a1'), says('b2', 'v2')]);
    const branch = sessionId(`${id('s')}~${id('a2')}`);
    const child = await at.store.fork(branch, cutAfter(await messagesOf(branch), 4), 'Fork');
    assert.equal(sketch(await messagesOf(child)), 'u1 | a1 | u2 | a2');
    assert.equal((await at.store.read(child)).info.lineage?.parent.id, id('s'));
  });

  it('keeps nothing before the first prompt but what the program needs to resume (trap 6)', async () => {
    const child = await fork(twoTurns(), 0);
    const { info, total } = await at.store.read(child);
    assert.deepEqual([total, info.lineage?.parent.id, info.lineage?.messages], [0, id('s'), 0]);
    const [start, , last] = await at.records(child);
    assert.deepEqual([start?.type, start?.parentUuid, start?.cwd], ['system', null, '/srv/dev/sample']);
    assert.equal(last?.leafUuid, start?.uuid);
  });

  it('has no compaction when it is cut before it, and has it when cut behind (checklist 0.15, 3.5)', async () => {
    const boundary = link('b1', null, {
      type: 'system',
      subtype: 'compact_boundary',
      logicalParentUuid: id('a2'),
    });
    const summary = user('s1', 'b1', 'Summary', { isCompactSummary: true });
    const records = [...twoTurns(), boundary, summary, user('u3', 's1'), says('a3', 'u3')];
    const early = await fork(records, 2);
    assert.equal(sketch(await messagesOf(early)), 'u1 | a1');
    assert.ok(!(await readFile(at.pathOf(early), 'utf8')).includes('compact_boundary'));
    const late = await fork(records, 6);
    assert.equal(sketch(await messagesOf(late)), 'u1 | a1 | u2 | a2 | u3 | a3');
    assert.equal((await messagesOf(late))[4]?.afterCompaction, true);
  });

  it('never keeps an open turn of a running source (trap 10)', async () => {
    const records = [...twoTurns(), user('u3', 'a2'), calls('c3', 'u3', 't3')];
    await assert.rejects(fork(records, 6), { code: 'fork_point_invalid' });
    const child = await fork(records, 4);
    assert.equal(sketch(await messagesOf(child)), 'u1 | a1 | u2 | a2');
  });

  it('keeps to its point when the source grew meanwhile (trap 8)', async () => {
    await at.write(id('s'), twoTurns());
    const cut = cutAfter(await messagesOf(session('s')), 4);
    await at.write(id('s'), [...twoTurns(), user('u3', 'a2'), says('a3', 'u3')]);
    const child = await at.store.fork(session('s'), cut, 'Fork');
    assert.equal(sketch(await messagesOf(child)), 'u1 | a1 | u2 | a2');
  });

  it('is refused when a message is gone: never a full copy in its place (invariant 5; traps 2 and 3)', async () => {
    await at.write(id('s'), twoTurns());
    const cuts = [cutAfter(await messagesOf(session('s')), 4), cutAfter(await messagesOf(session('s')), 2)];
    await at.write(id('s'), [...twoTurns(), user('v2', 'a1'), says('b2', 'v2')]);
    for (const cut of cuts) {
      await assert.rejects(at.store.fork(session('s'), cut, 'Fork'), {
        code: 'fork_point_invalid',
        message: /no longer in this session\. Nothing was forked\.$/,
      });
    }
    assert.deepEqual(await folder(), [`${id('s')}.jsonl`]);
  });

  it('exists whole or not at all (invariant 2)', async () => {
    await at.write(id('s'), twoTurns());
    const cut = cutAfter(await messagesOf(session('s')), 4);
    await assert.rejects(at.store.fork(session('s'), cut, 'Fork', AbortSignal.abort()), {
      code: 'cancelled',
    });
    assert.deepEqual(await folder(), [`${id('s')}.jsonl`]);
    await at.store.fork(session('s'), cut, 'Fork');
    assert.ok((await folder()).every((name) => name.endsWith('.jsonl')));
  });

  it('can be cancelled while its source is read and while it is written', async () => {
    await at.write(id('s'), twoTurns());
    const cut = cutAfter(await messagesOf(session('s')), 4);
    for (const looks of [1, 2, 3]) {
      const stop = new AbortController();
      let asked = 0;
      const signal = new Proxy(stop.signal, {
        get: (target, name) => (name === 'aborted' ? ++asked >= looks : Reflect.get(target, name)),
      });
      await assert.rejects(at.store.fork(session('s'), cut, 'Fork', signal), { code: 'cancelled' });
      assert.equal(asked, looks);
      assert.deepEqual(await folder(), [`${id('s')}.jsonl`]);
    }
  });

  it('passes over a line that cannot be read', async () => {
    const [u1, a1, ...rest] = twoTurns();
    await at.write(id('s'), `${lines(u1 ? [u1] : [])}{broken\n${lines(a1 ? [a1, ...rest] : [])}`);
    const child = await at.store.fork(session('s'), cutAfter(await messagesOf(session('s')), 4), 'Fork');
    assert.equal((await at.store.read(child)).info.problem, undefined);
  });

  it('keeps the attachment-only side of a kept record, not that of a later one', async () => {
    const side = link('x1', 'u1', { type: 'progress' });
    const late = link('x2', 'u2', { type: 'progress' });
    const [u1, a1, u2, a2] = twoTurns();
    const child = await fork(
      [u1, side, a1, u2, late, a2].filter((record) => record !== undefined),
      2,
    );
    const text = await readFile(at.pathOf(child), 'utf8');
    assert.deepEqual([text.includes(id('x1')), text.includes(id('x2'))], [true, false]);
  });

  it('takes along the file backups of what it keeps, and gives them up with itself', async () => {
    const made = await fixtureBench();
    try {
      const source = sessionId('dddddddd-0000-4000-8000-000000000001');
      const { messages } = await made.store.read(source);
      const backups = (of: string) => readdir(join(made.root, 'file-history', of)).catch(() => []);
      const whole = await made.store.fork(source, cutAfter(messages, 11), 'Fork');
      assert.deepEqual(await backups(whole), await backups(source));
      const early = await made.store.fork(source, cutAfter(messages, 2), 'Fork');
      assert.deepEqual(await backups(early), []);
      await made.store.remove?.(whole);
      assert.deepEqual(await backups(whole), []);
      assert.equal((await backups(source)).length, 2);
      assert.equal(dirname((await made.store.read(early)).info.file?.path ?? '').includes('ws-tui'), true);
    } finally {
      await made[Symbol.asyncDispose]();
    }
  });

  it('reads results of a call that ends after the next reply began', async () => {
    const records = [
      user('u1', null),
      calls('c1', 'u1', 't1', 'msg_c'),
      calls('c2', 'c1', 't2', 'msg_c'),
      result('r2', 'c2', 't2', 'two'),
      result('r1', 'c1', 't1', 'one'),
    ];
    const child = await fork(records, 2);
    assert.equal(sketch(await messagesOf(child)), 'u1 | Bash=one+Bash=two');
  });
});
