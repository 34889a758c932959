import assert from 'node:assert/strict';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import {
  isSubagentRun,
  type Message,
  messageId,
  type SessionId,
  sessionId,
} from '../../../src/core/model.ts';
import type { SessionStore } from '../../../src/core/store.ts';
import { childLines as copiedLines } from '../../../src/stores/qwenCode/child.ts';
import { scanOutline } from '../../../src/stores/qwenCode/records.ts';
import { linkSession } from '../../../src/stores/qwenCode/summary.ts';
import {
  answer,
  ask,
  call,
  damagedHome,
  emptyHome,
  fixtureHome,
  forkAt,
  hashesIn,
  idOf,
  infoOf,
  type Line,
  linesOf,
  modelHistory,
  pathOf,
  type QwenHome,
  result,
  withoutLines,
  word,
  writeSession,
} from './qwenCodeHome.ts';

const one = sessionId('11111111-1111-4111-8111-111111111111');
const childLines = (home: QwenHome, id: string): readonly Line[] => linesOf(pathOf(home, id));
const canEnd = (message: Message | undefined): boolean => message?.kind !== 'reply' || message.finished;

/** The model's history of the source up to the record of the first message left out. */
function prefix(lines: readonly Line[], next: Message | undefined): readonly unknown[] {
  const cut = lines.findIndex(({ uuid }) => uuid === next?.id);
  const first = lines[cut];
  const before = lines.slice(0, cut < 0 ? lines.length : cut);
  const end = before.findLastIndex(({ uuid }) => first === undefined || uuid === first.parentUuid);
  return first?.parentUuid === null ? [] : modelHistory(before.slice(0, end + 1));
}

async function bySource(home: QwenHome, start: string, keep: number, title?: string) {
  const source = await home.store.read(await idOf(home.store, start));
  const id = await forkAt(home.store, source, keep, title);
  return { source, id, child: await home.store.read(id), lines: childLines(home, id) };
}

describe('A fork of a Qwen Code session', () => {
  it('at any message of any real session holds exactly the messages before (invariants 1, 3 and 4; traps 4 and 5)', async () => {
    using home = fixtureHome();
    const before = hashesIn(home.folder);
    let forks = 0;
    const { sessions } = await home.store.list();
    for (const { ref } of sessions.filter((info) => !isSubagentRun(info))) {
      const source = await home.store.read(ref.id);
      for (let keep = 0; keep <= source.total; keep++) {
        if (canEnd(source.messages[keep - 1])) {
          const id = await forkAt(home.store, source, keep, `Fork ${keep}`);
          const child = await home.store.read(id);
          assert.notEqual(id, ref.id);
          assert.deepEqual(withoutMarks(child.messages), withoutMarks(source.messages.slice(0, keep)));
          assert.equal(child.info.lineage?.parent.id, ref.id.split('~')[0]);
          assert.deepEqual([child.info.lineage?.messages, child.info.messageCount], [keep, keep]);
          assert.deepEqual(
            [child.info.title, child.info.preview, child.info.problem],
            [`Fork ${keep}`, '', undefined],
          );
          await home.store.remove?.(id);
          forks++;
        }
      }
    }
    assert.ok(forks > 150, `${forks} forks`);
    assert.deepEqual(hashesIn(home.folder), before);
  });

  it('goes on apart from its source: neither sees what the other adds, and it outlives the source (checklist 1.1)', async () => {
    using home = emptyHome();
    const turn = (text: string) => [ask(text), answer(`re ${text}`)];
    const wordsOf = async (id: SessionId) => (await home.store.read(id)).messages.map(word).join(' | ');
    const path = writeSession(home, one, [...turn('one'), ...turn('two')]);
    const before = { hashes: hashesIn(home.folder), mtime: statSync(path).mtimeMs };
    const id = await forkAt(home.store, await home.store.read(one), 2);
    const after = hashesIn(home.folder);
    assert.deepEqual([after.get(path), statSync(path).mtimeMs], [before.hashes.get(path), before.mtime]);
    writeSession(home, one, [...turn('one'), ...turn('two'), ...turn('three')]);
    assert.equal(await wordsOf(id), '> one | re one');
    const tail = linesOf(pathOf(home, id)).at(-1)?.uuid;
    const own = turn('own').map((line, index) => ({
      ...line,
      sessionId: id,
      uuid: `own-${index}`,
      parentUuid: index === 0 ? tail : 'own-0',
      timestamp: new Date().toISOString(),
    }));
    appendFileSync(pathOf(home, id), own.map((line) => `${JSON.stringify(line)}\n`).join(''));
    assert.equal(await wordsOf(one), '> one | re one | > two | re two | > three | re three');
    await home.store.remove?.(one);
    assert.equal(await wordsOf(id), '> one | re one | > own | re own');
  });

  it('gives the model exactly the prefix, by the agent’s own rule, at first, middle, tool and last reply', async () => {
    using home = fixtureHome();
    for (const start of ['6fd21ee9', 'b1ceeaaa', 'a45a7efe', '77b3e7b0', '2fd38e83']) {
      const source = await home.store.read(await idOf(home.store, start));
      const raw = linesOf(source.info.file?.path ?? '');
      for (let keep = 1; keep <= source.total; keep++) {
        const id = await forkAt(home.store, source, keep);
        const next = source.messages[keep];
        const wanted = next?.afterCompaction ? modelHistory(uncompacted(raw, next)) : prefix(raw, next);
        assert.deepEqual(modelHistory(childLines(home, id)), wanted, `${start} keep ${keep}`);
      }
    }
  });

  it('before a compaction has the full history, after it the summary (checklist 0.15, 3.5)', async () => {
    using home = fixtureHome();
    const before = await bySource(home, '77b3e7b0', 10);
    assert.equal(modelHistory(before.lines).length, 10);
    assert.equal(
      before.lines.some(({ subtype }) => subtype === 'chat_compression'),
      false,
    );
    const after = await bySource(home, '77b3e7b0', 12);
    assert.match(JSON.stringify(modelHistory(after.lines)[0]), /Resume the prior task using the summary/);
    assert.equal(modelHistory(after.lines).length, 4);
  });

  it('after parallel tools keeps every result', async () => {
    using home = emptyHome();
    const calls = call({ id: 'a', name: 'glob', args: {} }, { id: 'b', name: 'glob', args: {} });
    writeSession(home, one, [
      ask('q'),
      calls,
      result('a', 'glob', {}),
      result('b', 'glob', {}),
      answer('x'),
      ask('y'),
    ]);
    const id = await forkAt(home.store, await home.store.read(one), 2);
    assert.equal(modelHistory(childLines(home, id)).length, 4);
  });

  it('of a fork of a fork names its immediate source, though all share their uuids', async () => {
    using home = fixtureHome();
    const first = await bySource(home, 'b1ceeaaa', 12);
    const second = await bySource(home, first.id, 10);
    const third = await bySource(home, second.id, 4);
    assert.deepEqual(
      [first, second, third].map(({ child }) => [
        child.info.lineage?.parent.id.slice(0, 8),
        child.info.lineage?.messages,
      ]),
      [
        ['b1ceeaaa', 12],
        [first.id.slice(0, 8), 10],
        [second.id.slice(0, 8), 4],
      ],
    );
    assert.ok(third.lines.every(({ sessionId: id }) => id === third.id));
    assert.deepEqual(withoutLines(third.child.messages), withoutLines(first.source.messages.slice(0, 4)));
  });

  it('in a branch that was left by a rewind holds that branch (checklist 0.15, traps 7 and 17)', async () => {
    using home = fixtureHome();
    const branch = (await home.store.list()).sessions.find(
      ({ ref }) => ref.id.startsWith('a45a7efe') && ref.id.includes('~'),
    );
    const source = await home.store.read(branch?.ref.id ?? one);
    const child = await home.store.read(await forkAt(home.store, source, 6));
    assert.deepEqual(
      child.messages.map(word).filter((text) => text.startsWith('>')),
      ['> Serve Q1 alpha', '> Serve Q2 beta', '> Serve Q3 gamma'],
    );
  });

  it('begins a linear chain with the title as the child of the tail', async () => {
    using home = fixtureHome();
    const { lines, id } = await bySource(home, '6fd21ee9', 5, 'My title');
    const parents = lines.map(({ parentUuid }) => parentUuid);
    assert.deepEqual(parents, [null, ...lines.slice(0, -1).map(({ uuid }) => uuid)]);
    const { uuid: _uuid, timestamp: _timestamp, parentUuid: _parent, ...title } = lines.at(-1) ?? {};
    assert.deepEqual(title, {
      sessionId: id,
      type: 'system',
      subtype: 'custom_title',
      cwd: '/srv/dev/qwen/ws1',
      version: '0.24.4',
      systemPayload: { customTitle: 'My title', titleSource: 'manual' },
    });
  });

  it('leaves out what tells of the source’s making, and renames prompt ids', async () => {
    using home = fixtureHome();
    const { lines, source } = await bySource(home, 'db067bba', 9);
    const subtypes = new Set(lines.slice(0, -1).map(({ subtype }) => subtype));
    assert.equal(subtypes.has('turn_result') || subtypes.has('custom_title'), false);
    assert.ok(subtypes.has('branch_checkpoint') && subtypes.has('file_history_snapshot'));
    const payloads = JSON.stringify(lines.map(({ systemPayload }) => systemPayload));
    assert.equal(payloads.includes(source.info.ref.id), false);
  });

  it('lets a checkpoint that began at a record left out begin at the one before', async () => {
    using home = fixtureHome();
    const { lines } = await bySource(home, 'a45a7efe', 4);
    const known = new Set(lines.map(({ uuid }) => uuid));
    const starts = lines
      .filter(({ subtype }) => subtype === 'branch_checkpoint')
      .map(({ systemPayload }) => (systemPayload as Line).startExclusiveRecordUuid);
    assert.equal(starts.length, 2);
    assert.ok(starts.every((start) => start === null || known.has(start)));
  });

  it('passes unknown fields and subtypes through untouched (invariant 7)', async () => {
    using home = emptyHome();
    const odd = {
      type: 'system',
      subtype: 'x_future',
      systemPayload: { deep: [{ n: 1 }] },
      more: { a: null },
    };
    writeSession(home, one, [ask('q', { extra: [1] }), odd, answer('a', { daemonPromptId: 'p' })]);
    const id = await forkAt(home.store, await home.store.read(one), 2);
    const source = childLines(home, one);
    const strip = ({ sessionId: _id, forkedFrom: _from, ...line }: Line) => line;
    assert.deepEqual(childLines(home, id).slice(0, -1).map(strip), source.map(strip));
  });

  it('changes nothing but each record’s place, however the record is written (invariant 7)', async () => {
    using home = emptyHome();
    const place = (at: number, parent: number) =>
      `"uuid":"0000000${at}","parentUuid":${parent ? `"0000000${parent}"` : null},"sessionId":"${one}"`;
    const rest = (text: string) =>
      `"timestamp":"2026-11-21T02:00:00.000Z","cwd":"/srv/dev/qwen/ws1","n":1.50e1,${text}`;
    const said = (type: string, more = '') =>
      `"type":"${type}","message":{"role":"${type}","parts":[{"text":"t"}]}${more}`;
    const forked = `,"forkedFrom":{"sessionId":"before","messageUuid":"m"}`;
    const texts = [
      `{${place(1, 0)},${rest(said('user'))}}`,
      `{${place(2, 1)},${rest(said('assistant', forked))}}`,
      `{${rest(said('user'))},${place(3, 2)}}`,
      `{${place(4, 3)},${rest(said('assistant', ',"more":{"sessionId":"inner","parentUuid":"p"}'))}}`,
      `{${place(5, 4)},${rest(said('user', ',"sessionId":"twice"'))}}`,
      `{ ${place(6, 5).replaceAll(':', ' : ')} , ${rest(said('assistant', `${forked},"after":"it"`))} }`,
      `{${place(7, 6)},${rest(said('user', ',"list":["\\"sessionId\\":"]'))}}`,
    ];
    writeFileSync(pathOf(home, one), `${texts.join('\n')}\n`);
    const id = await forkAt(home.store, await home.store.read(one), 7);
    const lines = readFileSync(pathOf(home, id), 'utf8').split('\n').slice(0, texts.length);
    const origin = /,"forkedFrom":\{[^}]*\}/;
    assert.deepEqual(
      lines.map((line) => line.replace(origin, '').replaceAll(id, one)),
      texts.map((text) => text.replace(origin, '').replace('"twice"', `"${one}"`)),
    );
    assert.deepEqual(
      lines.map((line) => JSON.parse(line)).map(({ sessionId, forkedFrom }) => [sessionId, forkedFrom]),
      texts.map((_, at) => [id, { sessionId: one, messageUuid: `0000000${at + 1}` }]),
    );
  });

  it('leaves text that the model saw alone, even where it names the source', async () => {
    using home = emptyHome();
    const compressedHistory = [{ role: 'user', parts: [{ text: `${one}########1 ${one}` }] }];
    const summary = {
      type: 'system',
      subtype: 'chat_compression',
      systemPayload: { info: {}, compressedHistory },
    };
    writeSession(home, one, [ask(`${one}########1`), answer(one), summary, ask('x'), answer('y')]);
    const id = await forkAt(home.store, await home.store.read(one), 4);
    assert.deepEqual(modelHistory(childLines(home, id)), modelHistory(childLines(home, one)));
  });

  it('escapes U+2028, at which the agent would break a line', async () => {
    using home = emptyHome();
    writeSession(home, one, [ask('a\u2028b'), answer('c\u2029d')]);
    const id = await forkAt(home.store, await home.store.read(one), 2);
    assert.doesNotMatch(readFileSync(pathOf(home, id), 'utf8'), /[\u2028\u2029]/);
    assert.deepEqual((await home.store.read(id)).messages.map(word), ['> a\u2028b', 'c\u2029d']);
  });

  it('that keeps no message is a session with a title, its folder and its parent (trap 6)', async () => {
    using home = fixtureHome();
    const { lines, child, source } = await bySource(home, '6fd21ee9', 0, 'Empty');
    assert.deepEqual(
      lines.map(({ subtype }) => subtype),
      ['custom_title'],
    );
    assert.deepEqual([child.total, child.info.title], [0, 'Empty']);
    assert.equal(child.info.cwd, source.info.cwd);
    assert.deepEqual([child.info.lineage?.parent.id, child.info.lineage?.messages], [source.info.ref.id, 0]);
  });

  it('copies the backups that its records name, and no others', async () => {
    using home = fixtureHome();
    const source = await idOf(home.store, 'a45a7efe');
    const branch = (await home.store.list()).sessions.find(({ ref }) => ref.id.startsWith(`${source}~`));
    writeFileSync(join(home.folder, 'file-history', source, 'other@v1'), 'x');
    const read = await home.store.read(branch?.ref.id ?? one);
    const whole = await forkAt(home.store, read, read.total);
    assert.deepEqual(readdirSync(join(home.folder, 'file-history', whole)), ['a540826904371f7e@v2']);
    const early = await forkAt(home.store, read, 2);
    assert.equal(existsSync(join(home.folder, 'file-history', early)), false);
    assert.deepEqual(
      readdirSync(join(home.folder, 'file-history')).filter((name) => name.startsWith('.')),
      [],
    );
  });

  it('of an archived session stands where the agent resumes', async () => {
    using home = fixtureHome();
    const id = await idOf(home.store, '6fd21ee9');
    await home.store.archive?.(id, true);
    const child = await home.store.read(await forkAt(home.store, await home.store.read(id), 2));
    assert.equal(dirname(child.info.file?.path ?? ''), home.chats);
    assert.equal(child.info.archived, undefined);
  });
});

describe('A fork point that does not hold', () => {
  const read = async (store: SessionStore, start: string) => store.read(await idOf(store, start));
  const untouched = async (home: QwenHome, work: () => Promise<SessionId>, code: string): Promise<void> => {
    const before = hashesIn(home.folder);
    await assert.rejects(work(), { code });
    assert.deepEqual(hashesIn(home.folder), before);
  };

  it('is refused when its record is gone, never a full copy in its place (invariant 5)', async () => {
    using home = fixtureHome();
    const source = await read(home.store, '6fd21ee9');
    const { id } = source.info.ref;
    const gone = messageId('00000000-dead-4000-8000-000000000000');
    const last = source.messages[1]?.id ?? gone;
    await untouched(home, () => home.store.fork(id, { keep: 2, last: gone }, 'x'), 'fork_point_invalid');
    await untouched(
      home,
      () => home.store.fork(id, { keep: 2, last, next: gone }, 'x'),
      'fork_point_invalid',
    );
    await untouched(home, () => home.store.fork(id, { keep: 4, last }, 'x'), 'fork_point_invalid');
    await untouched(home, () => home.store.fork(id, { keep: 11 }, 'x'), 'fork_point_invalid');
  });

  it('is refused when the session was rewound behind it since it was read (traps 2 and 3)', async () => {
    using home = emptyHome();
    const path = writeSession(home, one, [ask('a'), answer('b'), ask('c'), answer('d')]);
    const source = await home.store.read(one);
    const rewind = {
      ...linesOf(path)[0],
      uuid: 'r',
      parentUuid: '00000002',
      type: 'system',
      subtype: 'rewind',
    };
    appendFileSync(path, `${JSON.stringify(rewind)}\n`);
    await untouched(home, () => forkAt(home.store, source, 4), 'fork_point_invalid');
  });

  it('is refused when its file is cut off while it is copied (invariant 5)', async () => {
    using home = emptyHome();
    const path = writeSession(home, one, [ask('a'), answer('b'.repeat(1000)), ask('c'), answer('d')]);
    const file = { path, id: one, project: '-srv-dev-qwen-ws1', archived: false };
    const { records } = linkSession(file, await scanOutline(path)).active.chain;
    truncateSync(path, 700);
    const child = {
      path,
      source: one,
      id: one.replaceAll('1', '2'),
      cwd: '/srv/dev/qwen/ws1',
      title: 'A fork',
    };
    const copy = async () => {
      for await (const _piece of copiedLines(records, child)) {
        // Nothing is kept of it.
      }
    };
    await assert.rejects(copy, { code: 'fork_point_invalid' });
  });

  it('is refused after a reply whose tools have no results (trap 9)', async () => {
    using home = emptyHome();
    writeSession(home, one, [ask('a'), answer('b'), ask('c'), call({ id: 'x', name: 'glob' })]);
    await untouched(
      home,
      async () => forkAt(home.store, await home.store.read(one), 4),
      'fork_point_invalid',
    );
    const id = await forkAt(home.store, await home.store.read(one), 2);
    assert.equal((await home.store.read(id)).total, 2);
  });

  it('of a session that is gone is refused', async () => {
    using home = fixtureHome();
    await untouched(home, () => home.store.fork(one, { keep: 0 }, 'x'), 'no_such_session');
    await untouched(home, () => home.store.fork(sessionId('../../x'), { keep: 0 }, 'x'), 'no_such_session');
  });
});

describe('A fork is there whole or not at all (invariant 2)', () => {
  it('leaves nothing when it is cancelled', async () => {
    using home = fixtureHome();
    const before = hashesIn(home.folder);
    const id = await idOf(home.store, 'a45a7efe');
    await assert.rejects(home.store.fork(id, { keep: 2 }, 'x', AbortSignal.abort()), { code: 'cancelled' });
    assert.deepEqual(hashesIn(home.folder), before);
  });

  it('leaves no backups when they cannot all be copied', async () => {
    using home = fixtureHome();
    const id = await idOf(home.store, 'a45a7efe');
    const branch = (await home.store.list()).sessions.find(({ ref }) => ref.id.startsWith(`${id}~`));
    const read = await home.store.read(branch?.ref.id ?? one);
    const backup = join(home.folder, 'file-history', id, 'a540826904371f7e@v2');
    rmSync(backup);
    mkdirSync(backup);
    const before = hashesIn(home.folder);
    await assert.rejects(forkAt(home.store, read, read.total), { code: 'fork_failed' });
    assert.deepEqual(hashesIn(home.folder), before);
    assert.deepEqual(
      readdirSync(join(home.folder, 'file-history')).filter((name) => name.startsWith('.')),
      [],
    );
  });
});

describe('A fork of a damaged session', () => {
  const problemsAfter = async (
    home: QwenHome & { readonly damage: ReadonlyMap<string, string> },
    what: string,
  ) => {
    const id = [...home.damage].find(([, name]) => name === what)?.[0] ?? '';
    const source = await home.store.read(sessionId(id));
    const child = await forkAt(home.store, source, source.total);
    return { id: child, problem: (await infoOf(home.store, child)).problem, lines: childLines(home, child) };
  };

  it('is one that the agent resumes: whatever the damage, the child has none', async () => {
    using home = damagedHome();
    for (const { ref } of (await home.store.list()).sessions) {
      const source = await home.store.read(ref.id);
      if (canEnd(source.messages.at(-1))) {
        const id = await forkAt(home.store, source, source.total);
        const { problem } = await infoOf(home.store, id);
        assert.equal(problem, undefined, `${home.damage.get(ref.id)}: ${problem?.text}`);
      }
    }
  });

  it('without a folder takes that of its project, from another session', async () => {
    using home = damagedHome();
    const { lines } = await problemsAfter(home, 'noCwd');
    assert.ok(lines.every(({ cwd }) => cwd === '/srv/dev/qwen/ws1'));
  });

  it('is refused when nothing tells the folder: its file would crash the agent for the whole project', async () => {
    using home = emptyHome();
    const path = writeSession(home, one, [ask('a'), answer('b')]);
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll(/"cwd":"[^"]*",/g, ''));
    const before = hashesIn(home.folder);
    await assert.rejects(async () => forkAt(home.store, await home.store.read(one), 2), {
      code: 'fork_failed',
    });
    assert.deepEqual(hashesIn(home.folder), before);
  });

  it('gets times where the source has none', async () => {
    using home = damagedHome();
    const { lines } = await problemsAfter(home, 'noVersion');
    assert.ok(lines.every(({ timestamp }) => Number.isFinite(Date.parse(String(timestamp)))));
  });

  it('bears one session id where the source mixed two', async () => {
    using home = damagedHome();
    const { lines, id } = await problemsAfter(home, 'mixedSid');
    assert.deepEqual(new Set(lines.map((line) => line.sessionId)), new Set([id]));
  });
});

/** The lines up to before the compaction that stands before `next`. */
function uncompacted(lines: readonly Line[], next: Message): readonly Line[] {
  const cut = lines.findIndex(({ uuid }) => uuid === next.id);
  return lines.slice(
    0,
    lines.slice(0, cut).findLastIndex(({ subtype }) => subtype === 'chat_compression'),
  );
}

const withoutMarks = (messages: readonly Message[]): readonly unknown[] =>
  withoutLines(messages).map((message) =>
    message.kind === 'reply' ? { ...message, endsTurn: undefined } : message,
  );
