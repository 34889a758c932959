import assert from 'node:assert/strict';
import { appendFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { isSubagentRun, type SessionInfo, sessionId } from '../../../src/core/model.ts';
import { sessionCapabilities } from '../../../src/core/store.ts';
import { claudeCode } from '../../../src/stores/claudeCode/index.ts';
import {
  type Bench,
  bench,
  calls,
  fixtures,
  id,
  lastPrompt,
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

/** `eeee…05` for a UUID whose middle says nothing; a rewound branch is `session~leaf`. */
const short = (uuid: string): string =>
  uuid
    .split('~')
    .map((part) =>
      /^(\w)\1{7}|^(f0|ee)0{6}/.test(part) ? `${part.slice(0, 4)}${part.slice(-2)}` : part.slice(0, 4),
    )
    .join('~');

const notation = ({ ref, lineage }: SessionInfo): string =>
  lineage ? `${short(ref.id)}<${short(lineage.parent.id)}@${lineage.messages}` : short(ref.id);

const fixtureStore = claudeCode({ home: '/nowhere', variables: {}, folders: { 'claude-code': fixtures } });

describe('listing the sessions of Claude Code', () => {
  let sessions: readonly SessionInfo[] = [];
  before(async () => {
    const listing = await fixtureStore.list();
    assert.deepEqual(listing.problems, []);
    sessions = listing.sessions;
  });

  const of = (name: string): SessionInfo | undefined => sessions.find(({ ref }) => short(ref.id) === name);

  it('gives the true fork tree of every real store', () => {
    const trees = `
      0cef 1e7f 6631 7b08 dfda aaaa01 aaaab1 dddd01 f00001 f00002 f00003 f00004 f00005 f00006 f00007 f00008 f00009
      fed6<6631@3  11c9<7b08@2 d540<7b08@5
      aaaab2<aaaab1@3
      bbbb01<aaaa01@19 bbbb02<aaaa01@5 bbbb03<aaaa01@6 bbbb04<aaaa01@7 bbbb05<aaaa01@7 bbbb06<aaaa01@7
      eeee01<aaaa01@8 eeee02<aaaa01@8 eeee03<aaaa01@8 eeee04<aaaa01@8 eeee05<aaaa01@8 eeee06<aaaa01@8
      eeee07<aaaa01@7 eeee08<aaaa01@13
      f0ff<aaaa01@1 8be3<aaaa01@5 6f8b<aaaa01@6 81b2<aaaa01@6 009b<aaaa01@7 1aeb<aaaa01@7 6481<aaaa01@7
      a465<aaaa01@7 c070<aaaa01@7 fd43<aaaa01@7 409a<aaaa01@12 7e96<aaaa01@15 16b7<aaaa01@19 5c75<aaaa01@19
      5f2c<dddd01@11 ad64<dddd01@11  1eb9<5f2c@5 f9de<1eb9@7 4349<1eb9@7
      1eb9~8f22<1eb9@5 4349~6642<4349@5 f00002~2bc6<f00002@2 f00009~6195<f00009@2
      1d21<cccc01@6 ee0005<cccc01@5
      aaaa01~agen<aaaa01@0`;
    assert.deepEqual(sessions.map(notation).toSorted(), trees.trim().split(/\s+/).toSorted());
  });

  it('lists every transcript of the fixtures, those of subagents as such and never as forks (checklist 1.2, trap 17)', async () => {
    const files = (await readdir(join(fixtures, 'projects'), { recursive: true })).filter((file) =>
      file.endsWith('.jsonl'),
    );
    const listed = new Set(sessions.map(({ file }) => basename(file?.path ?? '')));
    assert.deepEqual([...listed].toSorted(), files.map((file) => basename(file)).toSorted());
    const runs = sessions.filter(({ file }) => file?.path.includes('subagents'));
    assert.deepEqual(runs, sessions.filter(isSubagentRun));
    const [run] = runs;
    assert.ok(run && !runs[1]);
    assert.deepEqual([run.title, run.preview], ['sub job', 'Sub-agent prompt. USE_TOOL please.']);
    assert.equal(sessionCapabilities(fixtureStore.capabilities, run).forkAt, 'none');
    assert.equal(fixtureStore.resumeCommand?.(run), undefined);
    const { messages, info } = await fixtureStore.read(run.ref.id);
    assert.deepEqual(
      messages.map(({ kind }) => kind),
      ['prompt', 'reply', 'reply'],
    );
    assert.deepEqual([info, messages.length], [run, run.messageCount]);
  });

  it('shows a damaged line with its number, and what can be read before it', () => {
    const damaged = sessions
      .filter(({ problem }) => problem)
      .map(({ ref, problem }) => [short(ref.id), problem]);
    const text = (line: number) => `Line ${line} cannot be read; it is passed over.`;
    assert.deepEqual(damaged.toSorted(), [
      ['f00004', { text: text(4), line: 4, readable: 3 }],
      ['f00005', { text: text(2), line: 2, readable: 1 }],
    ]);
  });

  it('takes the title that was given, else the AI title, else the first prompt', () => {
    const title = (name: string) => [of(name)?.title, of(name)?.titled];
    assert.deepEqual(title('5f2c'), ['my branch', true]);
    assert.deepEqual(title('7b08'), ['Stub title 85', true]);
    assert.deepEqual(title('aaaa01'), ['First: say hi', false]);
  });

  it('previews a fork by its first prompt after the fork point', () => {
    assert.equal(of('5f2c')?.preview, 'Branch turn one');
    assert.equal(of('ad64')?.preview, '');
    assert.equal(of('dddd01')?.preview, 'TUI one hello');
  });

  it('knows the folder from the records, never from the folder’s name', () => {
    assert.equal(of('dfda')?.cwd, '/srv/dev/claude/ws/a-b_c.d+e@f');
    assert.equal(of('0cef')?.cwd, '/srv/dev/claude/ws/ünï cödé 日本');
  });

  it('dates a fork by its own messages, not by the times that copies bring along', () => {
    const parent = of('dddd01');
    const child = of('5f2c');
    assert.ok(parent && child && child.created > parent.updated);
  });

  it('does not throw for any range of a fixture when it is read', async () => {
    for (const { ref, messageCount } of sessions) {
      const { messages, total } = await fixtureStore.read(ref.id);
      assert.equal(messages.length, messageCount);
      assert.equal(total, messageCount);
    }
  });
});

describe('one session in a list of Claude Code', () => {
  let at: Bench;
  before(async () => {
    at = await bench();
  });
  after(() => at[Symbol.asyncDispose]());

  const listed = async (name = id('s')): Promise<SessionInfo | undefined> =>
    (await at.store.list()).sessions.find(({ ref }) => ref.id === name);

  it('counts no dead end without a prompt or reply as a branch (trap 43)', async () => {
    const novelty = link('p1', 'c1', { type: 'progress', data: {} });
    const side = link('d1', 'u1', { type: 'attachment', attachment: { type: 'date' } });
    const [first, ...rest] = parallelTools();
    await at.write(id('s'), [...(first ? [first, side] : []), novelty, ...rest]);
    const { sessions } = await at.store.list();
    assert.deepEqual(
      sessions.map(({ messageCount }) => messageCount),
      [3],
    );
  });

  it('shows a rewound branch as a child of its session (traps 7, 17)', async () => {
    await at.write(id('s'), [...twoTurns(), user('v2', 'a1'), says('b2', 'v2'), user('v3', 'b2')]);
    const { sessions } = await at.store.list();
    assert.deepEqual(
      sessions.map(({ ref, title, messageCount, lineage, openTurn }) => [
        ref.id,
        title,
        messageCount,
        lineage?.kind,
        lineage?.messages,
        openTurn,
      ]),
      [
        [id('s'), 'u1', 5, undefined, undefined, true],
        [`${id('s')}~${id('a2')}`, 'u2', 4, 'rewound', 2, undefined],
      ],
    );
  });

  it('reuses what is unchanged, and reads anew what was appended to or named', async () => {
    const path = await at.write(id('s'), twoTurns());
    const one = await at.store.list();
    const two = await at.store.list(one.sessions);
    assert.equal(two.sessions[0]?.file, one.sessions[0]?.file);
    await appendFile(path, `${JSON.stringify(user('u3', 'a2'))}\n`);
    const three = await at.store.list(two.sessions);
    assert.equal(three.sessions[0]?.messageCount, 5);
    await mkdir(path.replace('.jsonl', ''), { recursive: true });
    await writeFile(join(path.replace('.jsonl', ''), 'custom-title.json'), '{"customTitle":"Named"}');
    const four = await at.store.list(three.sessions);
    assert.equal(four.sessions[0]?.title, 'Named');
    await writeFile(join(path.replace('.jsonl', ''), 'archived.json'), '{"archived":true}');
    assert.equal((await at.store.list(four.sessions)).sessions[0]?.archived, true);
  });

  it('is live while its program is alive, whatever was listed before', async () => {
    await at.write(id('s'), twoTurns());
    const running = join(at.root, 'sessions');
    const entry = (pid: number) => JSON.stringify({ pid, sessionId: id('s'), status: 'busy' });
    await mkdir(running, { recursive: true });
    await writeFile(join(running, `${process.pid}.key`), entry(process.pid));
    await writeFile(join(running, '999999999.json'), entry(999_999_999));
    const before = (await at.store.list()).sessions;
    assert.equal(before.find(({ ref }) => ref.id === id('s'))?.live, undefined);
    await writeFile(join(running, `${process.pid}.json`), entry(process.pid));
    const during = (await at.store.list(before)).sessions;
    assert.equal(during.find(({ ref }) => ref.id === id('s'))?.live, 'busy');
    await writeFile(join(running, `${process.pid}.json`), '{}');
    const later = (await at.store.list(during)).sessions;
    assert.equal(later.find(({ ref }) => ref.id === id('s'))?.live, undefined);
  });

  it('is listed with a problem when its file cannot be opened or is empty', async () => {
    await mkdir(at.pathOf(id('folder')), { recursive: true });
    await at.write(id('empty'), '');
    assert.match((await listed(id('folder')))?.problem?.text ?? '', /^The file cannot be read: .+\.$/);
    assert.deepEqual((await listed(id('empty')))?.problem, { text: 'The file is empty.', readable: 0 });
  });

  it('is listed by what stands before a last line that was cut off', async () => {
    await at.write(
      id('torn'),
      `${twoTurns()
        .map((record) => JSON.stringify(record))
        .join('\n')}\n{"parentUuid":"`,
    );
    const info = await listed(id('torn'));
    assert.deepEqual([info?.messageCount, info?.problem?.line, info?.problem?.readable], [4, 5, 4]);
  });

  it('has an open turn while the model’s answer is not there', async () => {
    await at.write(id('s'), [user('u1', null), calls('c1', 'u1', 't1'), result('r1', 'c1', 't1')]);
    assert.equal((await listed())?.openTurn, true);
    await at.write(id('s'), [user('u1', null), says('a1', 'u1')]);
    assert.equal((await listed())?.openTurn, undefined);
  });

  it('needs neither a title nor a small head to be found (trap 15)', async () => {
    await at.write(id('s'), [user('u1', null, 'x'.repeat(1_000_000)), says('a1', 'u1')]);
    const info = await listed();
    assert.equal(info?.messageCount, 2);
    assert.ok([...(info?.title ?? '')].length <= 200);
  });

  it('stops when it is told to', async () => {
    await assert.rejects(at.store.list(undefined, AbortSignal.abort()), { code: 'cancelled' });
  });

  it('is looked for where the person’s setting says, then where the agent’s own variable does', async () => {
    const roots = (variables: Record<string, string>, folders: Record<string, string>) =>
      claudeCode({ home: '/h', variables, folders })
        .watchRoots()
        .map(({ path }) => path);
    assert.deepEqual(roots({}, {}), [join('/h', '.claude', 'projects'), join('/h', '.claude', 'sessions')]);
    assert.deepEqual(roots({ CLAUDE_CONFIG_DIR: '/c' }, {})[0], join('/c', 'projects'));
    assert.deepEqual(roots({ CLAUDE_CONFIG_DIR: '/c' }, { 'claude-code': '/f' })[0], join('/f', 'projects'));
  });

  it('belongs to an agent of its own when it is a sample', () => {
    const samples = claudeCode({ home: '/h', variables: {}, folders: {}, idPrefix: 'sample-' });
    assert.equal(samples.agent.id, 'sample-claude-code');
  });

  it('is located by its file, a subagent’s file by none', () => {
    const locate = (...parts: string[]) => at.store.locate?.(join(at.root, 'projects', ...parts));
    assert.equal(locate(project, `${id('s')}.jsonl`), id('s'));
    assert.equal(locate(project, id('s'), 'subagents', `${id('s')}.jsonl`), undefined);
    assert.equal(locate(project, 'agent-1.jsonl'), undefined);
    assert.equal(at.store.locate?.(join(dirname(at.root), `${id('s')}.jsonl`)), undefined);
  });

  it('is resumed by its explicit id, a rewound branch not at all (traps 19 and 20)', async () => {
    await at.write(id('s'), [...twoTurns(), user('v2', 'a1'), says('b2', 'v2')]);
    const { sessions } = await at.store.list();
    const commands = sessions
      .filter(({ ref }) => ref.id.startsWith(id('s')))
      .map((info) => at.store.resumeCommand?.(info));
    assert.deepEqual(commands, [
      { command: 'claude', args: ['--resume', id('s')], cwd: '/srv/dev/sample' },
      undefined,
    ]);
  });

  it('is never looked for by an id that could be a path', async () => {
    for (const bad of ['../../x', `${id('s')}/../x`, `${id('s')}~../x`, '', 'x']) {
      await assert.rejects(at.store.read(sessionId(bad)), { code: 'no_such_session' });
      await assert.rejects(at.store.fork(sessionId(bad), { keep: 1 }, 'x'), { code: 'no_such_session' });
      await assert.rejects(async () => at.store.remove?.(sessionId(bad)), { code: 'no_such_session' });
    }
  });
});

// Each line was checked against what `claude --resume` 2.1.329 sends to the model.
describe('the active chain is the one that Claude Code resumes', () => {
  const side = (type: string) => link('x1', 'a1', { type, subtype: 'turn_duration', attachment: {} });
  const other = [user('v2', 'a1'), says('b2', 'v2')];
  const cases: readonly (readonly [string, readonly object[], string])[] = [
    ['the last tip in the file', [...twoTurns(), ...other], 'u1 | a1 | v2 | b2'],
    ['a tip that last-prompt names', [...twoTurns(), ...other, lastPrompt('a2')], 'u1 | a1 | u2 | a2'],
    [
      'that tip, also when others come later',
      [...twoTurns(), lastPrompt('a2'), ...other],
      'u1 | a1 | u2 | a2',
    ],
    [
      'the last tip behind the record named',
      [...twoTurns(), ...other, lastPrompt('a1')],
      'u1 | a1 | v2 | b2',
    ],
    [
      'the record named, off the way to the last tip',
      [...twoTurns(), ...other, lastPrompt('u2')],
      'u1 | a1 | u2',
    ],
    ['the record a person went back to', [...twoTurns(), lastPrompt('a1', { explicit: true })], 'u1 | a1'],
    [
      'what was written since a person went back',
      [...twoTurns(), lastPrompt('a1', { explicit: true }), ...other],
      'u1 | a1 | v2 | b2',
    ],
    ['no other for a name that is not there', [...twoTurns(), lastPrompt('gone')], 'u1 | a1 | u2 | a2'],
    ['the end of a late system record', [...twoTurns(), side('system')], 'u1 | a1'],
    ['the end of a late attachment', [...twoTurns(), side('attachment')], 'u1 | a1'],
    ['no other for a late progress record', [...twoTurns(), side('progress')], 'u1 | a1 | u2 | a2'],
    ['bridged where a parent is missing', [...twoTurns(), user('u3', 'gone')], 'u1 | a1 | u2 | a2 | u3'],
    ['the second of two roots', [...twoTurns(), user('r1', null), says('q1', 'r1')], 'r1 | q1'],
    [
      'with the last of records written twice',
      [...twoTurns(), says('a2', 'u2', 'again')],
      'u1 | a1 | u2 | again',
    ],
  ];

  for (const [what, records, expected] of cases) {
    it(what, async () => {
      await using at = await bench();
      await at.write(
        id('s'),
        records.map((record) => ({ ...record })),
      );
      assert.equal(sketch((await at.store.read(session('s'))).messages), expected);
    });
  }

  it('ends where a circle would begin again', async () => {
    await using at = await bench();
    await at.write(id('s'), [user('u1', 'a1'), says('a1', 'u1')]);
    assert.equal((await at.store.read(session('s'))).total, 2);
  });
});
