import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { type SessionInfo, sessionId } from '../../../src/core/model.ts';
import { codex } from '../../../src/stores/codex/index.ts';
import {
  asked,
  type CodexHome,
  emptyHome,
  fixtureHome,
  fixtureText,
  four,
  one,
  started,
  three,
  turn,
  two,
  writeRollout,
} from './codexHome.ts';

/** The tree in the words of tree.txt: turns are prompts, `shared` those kept from the parent. */
async function treeOf(home: CodexHome): Promise<string[]> {
  const { sessions } = await home.store.list();
  const below = (parent: string | undefined, depth: number): Promise<string[]>[] =>
    sessions
      .filter(({ lineage }) => lineage?.parent.id === parent)
      .map(async (info) => {
        const { messages } = await home.store.read(info.ref.id);
        const prompts = (count: number) =>
          messages.slice(0, count).filter(({ kind }) => kind === 'prompt').length;
        const line = `${info.ref.id.slice(4, 18)} turns=${prompts(messages.length)} shared=${prompts(info.lineage?.messages ?? 0)}`;
        return [`${'  '.repeat(depth)}${line}`, ...(await Promise.all(below(info.ref.id, depth + 1))).flat()];
      });
  return (await Promise.all(below(undefined, 0))).flat();
}

const summaryOf = ({ ref, messageCount, lineage }: SessionInfo): string =>
  [
    ref.id
      .split('~')
      .map((part) => part.slice(9, 13))
      .join('~'),
    messageCount,
    lineage ? `${lineage.kind}@${lineage.messages} of ${lineage.parent.id.slice(9, 13)}` : 'root',
  ].join(' ');

describe('Listing Codex sessions', () => {
  it('gives the true tree of real sessions, native forks and a legacy copy', async () => {
    using home = fixtureHome('native');
    const expected = fixtureText('native/tree.txt')
      .trimEnd()
      .split('\n')
      .map((line) => line.replace(/ segs=.*$/, ''));
    assert.deepEqual((await treeOf(home)).toSorted(), expected.toSorted());
  });

  it('counts the fork point in messages, also across rewinds and a base that skips a generation', async () => {
    using home = fixtureHome('rewound');
    const { sessions, problems } = await home.store.list();
    assert.deepEqual(problems, []);
    assert.deepEqual(sessions.map(summaryOf).toSorted(), [
      'e50a 8 root',
      'e50a~e50a 8 rewound@6 of e50a',
      'e765 10 fork@8 of e50a',
      'e7bc 8 fork@6 of e765',
      'e821 2 fork@0 of e50a',
      'e891 8 fork@6 of e765',
      'e891~e891 12 rewound@6 of e891',
      'e943 8 fork@8 of e891',
      'e95b 2 root',
      'e9a1 8 root',
      'efc9 7 root',
    ]);
  });

  it('shows names of session_index.jsonl, the last one of each, else the first prompt', async () => {
    using home = fixtureHome('rewound');
    const { sessions } = await home.store.list();
    const titles = new Map(
      sessions.map((info) => [info.ref.id.slice(9), [info.title, info.titled, info.preview]]),
    );
    assert.deepEqual(titles.get('e765-7e61-b6bd-965d668034b9'), ['Rewound session', true, 'child four']);
    assert.deepEqual(titles.get('e95b-7212-a1d3-bfaee8916fb9'), ['put away', false, 'put away']);
    writeRollout(home, one, turn('a'));
    for (const name of ['First', 'Second']) {
      appendFileSync(
        join(home.path, 'session_index.jsonl'),
        `${JSON.stringify({ id: one, thread_name: name })}\n`,
      );
    }
    assert.equal((await home.info(one)).title, 'Second');
  });

  it('shows runs of subagents read-only under the session that started them, never as forks (trap 17)', async () => {
    using home = emptyHome();
    writeRollout(home, one, turn('a'));
    // As 0.169.0 writes the first line of a plain run, and of one that began with its session's history.
    const source = {
      subagent: { thread_spawn: { parent_thread_id: one, depth: 1, agent_nickname: 'Ampere' } },
    };
    const spawned = { source, parent_thread_id: one, thread_source: 'subagent' };
    writeRollout(home, two, turn('b'), { header: spawned });
    writeRollout(home, three, [...turn('a'), ...turn('c')], { header: { ...spawned, forked_from_id: one } });
    const { sessions } = await home.store.list();
    assert.deepEqual(
      sessions.map(({ ref, lineage }) => [ref.id, lineage?.kind, lineage?.parent.id, lineage?.messages]),
      [
        [one, undefined, undefined, undefined],
        [two, 'subagent', one, 0],
        [three, 'subagent', one, 2],
      ],
    );
    assert.deepEqual(
      sessions.map(({ preview }) => preview),
      ['ask a', 'ask b', 'ask c'],
    );
    const { info, messages } = await home.store.read(sessionId(two));
    assert.deepEqual([info.lineage?.kind, messages.map(({ id }) => id)], ['subagent', ['p-b', 'r-b']]);
    const again = await home.store.list(sessions);
    assert.deepEqual(again.sessions, sessions);
  });

  it('marks archived sessions and leaves out runs of which nobody knows who started them', async () => {
    using home = emptyHome();
    writeRollout(home, one, turn('a'), { archived: true });
    writeRollout(home, two, turn('b'), { header: { source: { subagent: 'review' } } });
    const { sessions } = await home.store.list();
    assert.deepEqual(
      sessions.map(({ ref, archived }) => [ref.id, archived]),
      [[one, true]],
    );
  });

  it('says that the last turn is open until Codex ends it', async () => {
    using home = emptyHome();
    writeRollout(home, one, [...turn('a'), started('t'), asked('p', 'go')]);
    writeRollout(home, two, turn('a'));
    assert.equal((await home.info(one)).openTurn, true);
    assert.equal((await home.info(two)).openTurn, undefined);
  });

  it('reuses an earlier answer without a read while the file is the same, under its new name', async () => {
    using home = emptyHome();
    const { path } = writeRollout(home, one, turn('a'));
    const { sessions } = await home.store.list();
    const other = codex({ home: home.path, variables: { CODEX_HOME: home.path }, folders: {} });
    const told = sessions.map((info) => ({ ...info, preview: 'from before' }));
    assert.deepEqual((await other.list(told)).sessions, told);
    writeFileSync(
      join(home.path, 'session_index.jsonl'),
      `${JSON.stringify({ id: one, thread_name: 'New' })}\n`,
    );
    assert.deepEqual(
      (await other.list(told)).sessions.map(({ title, preview }) => [title, preview]),
      [['New', 'from before']],
    );
    appendFileSync(path, '\n');
    assert.equal((await other.list(told)).sessions[0]?.preview, 'ask a');
  });

  it('reads of a grown file only what was appended since its last turn began', async () => {
    using home = emptyHome();
    const { path } = writeRollout(home, one, [...turn('a'), ...turn('b')]);
    await home.store.list();
    const longer = writeRollout(home, two, [
      ...turn('a'),
      ...turn('b'),
      ...turn('c'),
      started('t'),
      asked('p', 'x'),
    ]);
    const text = readFileSync(longer.path, 'utf8').replaceAll(two, one);
    rmSync(longer.path);
    // What stands before the last turn is made different: who reads it again is found out.
    writeFileSync(path, text.replace('ask a', 'ask!a'), { flag: 'r+' });
    const info = await home.info(one);
    assert.deepEqual([info.messageCount, info.openTurn, info.preview], [7, true, 'ask a']);
    const fresh = codex({ home: home.path, variables: { CODEX_HOME: home.path }, folders: {} });
    const [whole] = (await fresh.list()).sessions;
    assert.deepEqual({ ...whole, title: 'ask a', preview: 'ask a' }, info);
  });

  it('reads a file whole again when it shrank or was replaced', async () => {
    using home = emptyHome();
    writeRollout(home, one, [...turn('a'), ...turn('b')]);
    await home.store.list();
    writeRollout(home, one, turn('c'));
    assert.equal((await home.info(one)).preview, 'ask c');
    const { path } = writeRollout(home, two, [...turn('d'), ...turn('e'), ...turn('f')]);
    const text = readFileSync(path, 'utf8').replaceAll(two, one);
    rmSync(path);
    writeRollout(home, one, []);
    rmSync((await home.info(one)).file?.path ?? '');
    writeFileSync(path.replace(two, one), text);
    assert.deepEqual([(await home.info(one)).messageCount, (await home.info(one)).preview], [6, 'ask d']);
  });

  it('mends a session whose beginning comes back when only that file is listed anew', async () => {
    using home = emptyHome();
    const parent = writeRollout(home, one, turn('a'));
    writeRollout(home, two, turn('b'), {
      header: { forked_from_id: one, history_base: { thread_id: one, end_byte_offset: parent.size } },
    });
    const whole = readFileSync(parent.path);
    rmSync(parent.path);
    const { sessions } = await home.store.list();
    assert.match(sessions[0]?.problem?.text ?? '', /What came before is gone/);
    writeFileSync(parent.path, whole);
    const now = (await home.store.relist?.(sessions, [parent.path])) ?? assert.fail();
    const child = now.find(({ ref }) => ref.id === two);
    assert.deepEqual([child?.problem, child?.messageCount, child?.lineage?.messages], [undefined, 4, 2]);
  });

  it('lists the session of a changed file alone anew, and takes names and what is open from today', async () => {
    using home = emptyHome();
    const { path } = writeRollout(home, one, turn('a'));
    writeRollout(home, two, turn('b'));
    const { sessions } = await home.store.list();
    const other = writeRollout(home, one, [...turn('a'), ...turn('c')]);
    assert.equal(other.path, path);
    const lock = join(home.path, 'thread-writer-locks', `${two}.lock`);
    const now = (await home.store.relist?.(sessions, [path, lock])) ?? assert.fail();
    assert.deepEqual(
      now.map((info) => [info.ref.id, info.messageCount, sessions.includes(info)]),
      [
        [one, 4, false],
        [two, 2, true],
      ],
    );
    assert.equal(await home.store.relist?.(now, [join(home.path, 'sessions/2026/01/03')]), undefined);
    rmSync(path);
    assert.equal(await home.store.relist?.(now, [path]), undefined);
  });

  it('reads anew when a file has gone that others may have gone on from', async () => {
    using home = emptyHome();
    const parent = writeRollout(home, one, turn('a'));
    writeRollout(home, two, turn('b'), {
      header: { forked_from_id: one, history_base: { thread_id: one, end_byte_offset: parent.size } },
    });
    const { sessions } = await home.store.list();
    rmSync(parent.path);
    const [child] = (await home.store.list(sessions)).sessions;
    assert.match(child?.problem?.text ?? '', /What came before is gone/);
    assert.deepEqual(child?.lineage?.parent.id, one);
  });

  it('lists damaged sessions with their problem and leaves the others unharmed', async () => {
    using home = emptyHome();
    writeRollout(home, one, turn('a'));
    const torn = writeRollout(home, two, [...turn('b'), ...turn('c')]);
    truncateSync(torn.path, torn.size - 20);
    const bad = writeRollout(home, three, turn('d'));
    writeFileSync(bad.path, readFileSync(bad.path, 'utf8').replace('{"timestamp":"2026-01-02T03:04:07', '<'));
    writeFileSync(writeRollout(home, four, []).path, '');
    const problems = async (id: string) => (await home.info(id)).problem?.text;
    assert.equal(await problems(one), undefined);
    assert.equal(await problems(two), 'Line 11, the last one, breaks off in the middle.');
    assert.equal(await problems(three), 'Line 3 cannot be read. Codex passes over it.');
    assert.equal(await problems(four), 'The file is empty.');
    assert.equal((await home.store.list()).sessions.length, 4);
  });

  it('names a line that does not count on, a base beyond the end of its file, and a circle of files', async () => {
    using home = emptyHome();
    const gap = writeRollout(home, one, turn('a'));
    writeFileSync(gap.path, readFileSync(gap.path, 'utf8').replace('"ordinal":3', '"ordinal":9'));
    const base = (tip: string, end: number) => ({ history_base: { thread_id: tip, end_byte_offset: end } });
    writeRollout(home, two, turn('b'), { header: base(one, gap.size + 1) });
    writeRollout(home, three, turn('c'), { header: base(four, 10) });
    writeRollout(home, four, turn('d'), { header: base(three, 10) });
    assert.match((await home.info(one)).problem?.text ?? '', /^Line 4 does not count on/);
    assert.match((await home.info(two)).problem?.text ?? '', /is shorter than/);
    assert.match((await home.info(three)).problem?.text ?? '', /name each other/);
  });

  it('finds no session in a missing home and tells a folder that cannot be read', async () => {
    using home = emptyHome();
    rmSync(home.path, { recursive: true });
    assert.deepEqual(await home.store.list(), { sessions: [], problems: [] });
    mkdirSync(home.path);
    writeFileSync(join(home.path, 'sessions'), 'not a folder');
    writeRollout(home, one, turn('a'), { archived: true });
    const { sessions, problems } = await home.store.list();
    assert.equal(sessions.length, 1);
    assert.match(problems[0]?.text ?? '', /sessions cannot be read/);
  });

  it('honours the setting before CODEX_HOME, and keeps samples apart by the prefix of the agent id', async () => {
    using home = fixtureHome('native');
    const store = codex({
      home: '/nowhere',
      variables: { CODEX_HOME: '/nowhere' },
      folders: { 'sample-codex': home.path },
      idPrefix: 'sample-',
    });
    const { sessions } = await store.list();
    assert.equal(sessions.length, 7);
    assert.ok(sessions.every(({ ref }) => ref.agent === 'sample-codex'));
    const [info] = sessions;
    assert.equal(info?.file && store.locate?.(info.file.path), info?.ref.id);
    assert.equal(store.locate?.(join(dirname(info?.file?.path ?? ''), 'notes.jsonl')), undefined);
  });

  it('resumes by the explicit id in the session’s folder, and not what a rewind left behind', async () => {
    using home = fixtureHome('rewound');
    const { sessions } = await home.store.list();
    const left = sessions.find(({ lineage }) => lineage?.kind === 'rewound');
    const session = sessions.find(({ ref }) => ref.id === left?.lineage?.parent.id);
    assert.ok(left && session);
    assert.deepEqual(home.store.resumeCommand?.(session), {
      command: 'codex',
      args: ['resume', session.ref.id],
      cwd: '/srv/dev/ws',
    });
    assert.equal(home.store.resumeCommand?.(left), undefined);
  });
});
