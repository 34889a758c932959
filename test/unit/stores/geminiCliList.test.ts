import assert from 'node:assert/strict';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { sessionId } from '../../../src/core/model.ts';
import type { SessionStore } from '../../../src/core/store.ts';
import { geminiCli } from '../../../src/stores/geminiCli/index.ts';
import {
  answer,
  ask,
  call,
  context,
  emptyGeminiHome,
  type GeminiHome,
  geminiFixtureHome,
  headerOf,
  results,
  writeGeminiRun,
  writeGeminiSession,
} from './geminiCliHome.ts';
import { hashesIn, infoOf, type Line, word } from './qwenCodeHome.ts';

const one = '11111111-1111-4111-8111-111111111111';
const two = '22222222-2222-4222-8222-222222222222';
const turn = [ask('p1', 'a'), answer('r1', 'b')];

describe('Listing of real Gemini CLI sessions', () => {
  it('shows each session once, from its latest file, with parents inferred from common messages', async () => {
    using home = geminiFixtureHome();
    const hashes = hashesIn(home.folder);
    const { sessions, problems } = await home.store.list();
    assert.deepEqual(problems, []);
    assert.deepEqual(
      sessions.map(({ ref, messageCount, lineage }) => [
        ref.id.slice(0, 8),
        messageCount,
        lineage && `${lineage.kind} of ${lineage.parent.id.slice(0, 8)} @${lineage.messages} ${lineage.how}`,
      ]),
      [
        ['9a7a3edf', 11, undefined],
        ['00d92df5', 2, undefined],
        ['63616e88', 4, 'fork of 9a7a3edf @2 inferred'],
        ['d4290502', 8, 'fork of 9a7a3edf @4 inferred'],
      ],
    );
    assert.deepEqual(
      sessions.map(({ title, preview, cwd }) => [title.slice(0, 16), preview, cwd]),
      [
        ['gem-stub-answer-', 'Gem one', '/srv/dev/qwen/gws'],
        ['gem-stub-answer-', 'gem acp one', '/srv/dev/qwen/gws'],
        ['hand fork legacy', 'gprobe-b', '/srv/dev/qwen/gws'],
        ['hand fork of 9a7', 'gprobe-r1', '/srv/dev/qwen/gws'],
      ],
    );
    assert.deepEqual(hashesIn(home.folder), hashes);
  });

  it('reads the legacy file where there is no other', async () => {
    using home = geminiFixtureHome();
    rmSync(join(home.chats, 'session-2026-11-21T02-18-63616e88.jsonl'));
    const info = (await home.store.list()).sessions.find(({ ref }) => ref.id.startsWith('63616e88'));
    assert.deepEqual([info?.title, info?.messageCount, info?.lineage?.messages], ['hand fork legacy', 2, 2]);
    const { messages } = await home.store.read(sessionId(info?.ref.id ?? ''));
    assert.equal(word(messages[0]), '> Gem one');
  });

  it('bears the prefix that keeps samples apart, and reads the folder that is set for it', async () => {
    using home = geminiFixtureHome();
    const folders = { 'sample-gemini-cli': home.folder };
    const store = geminiCli({ home: '/nowhere', variables: {}, folders, idPrefix: 'sample-' });
    const { sessions } = await store.list();
    assert.equal(sessions.length, 4);
    assert.ok(sessions.every(({ ref }) => ref.agent === 'sample-gemini-cli'));
  });
});

describe('Reading a Gemini CLI session', () => {
  const words = async (lines: readonly Line[]): Promise<readonly string[]> => {
    using home = emptyGeminiHome();
    writeGeminiSession(home, one, lines);
    return (await home.store.read(sessionId(one))).messages.map(word);
  };

  it('lets a record of a known id take the place of the earlier one', async () => {
    assert.deepEqual(await words([...turn, ask('p2', 'c'), answer('r1', 'better')]), [
      '> a',
      'better',
      '> c',
    ]);
  });

  it('lets $set.messages put others in the place of all, and keeps the lines of those known', async () => {
    using home = emptyGeminiHome();
    const kept = [context, ...turn];
    writeGeminiSession(home, one, [...turn, ask('p2', 'gone'), { $set: { messages: kept } }, ask('p3', 'c')]);
    const { messages } = await home.store.read(sessionId(one));
    assert.deepEqual(messages.map(word), ['> a', 'b', '> c']);
    assert.deepEqual(
      messages.map(({ lines }) => lines?.first),
      [2, 3, 6],
    );
  });

  it('goes back with $rewindTo: the named message and all after it are gone', async () => {
    const lines = [...turn, ask('p2', 'gone'), answer('r2', 'gone'), { $rewindTo: 'p2' }, ask('p3', 'c')];
    assert.deepEqual(await words(lines), ['> a', 'b', '> c']);
  });

  it('passes over repeated headers, context of the agent and notices', async () => {
    const lines = [
      context,
      ...turn,
      headerOf(one),
      { $set: { lastUpdated: 'x' } },
      ask('i', 'no', { type: 'info' }),
    ];
    assert.deepEqual(await words(lines), ['> a', 'b']);
  });

  it('joins tools to their results, also where only a later record tells them', async () => {
    using home = emptyGeminiHome();
    writeGeminiSession(home, one, [
      ask('p1', 'a'),
      answer('r1', '', { toolCalls: [call('x'), call('y', [])] }),
      results('t1', 'x', 'y'),
      answer('r2', 'b', { thoughts: [{ subject: 'Why', description: 'because' }] }),
    ]);
    const [, tools, last] = (await home.store.read(sessionId(one))).messages;
    assert.ok(tools?.kind === 'reply' && last?.kind === 'reply');
    assert.deepEqual(
      tools.parts.map((part) => part.kind === 'tool' && [part.id, part.status, part.output]),
      [
        ['x', 'done', 'ok'],
        ['y', 'done', 'ok'],
      ],
    );
    assert.deepEqual([tools.finished, tools.endsTurn, last.endsTurn], [true, false, true]);
    assert.deepEqual(last.parts[0], { kind: 'thinking', text: 'Why\nbecause' });
  });

  it('puts calls that were stored in an earlier reply where their results stand', async () => {
    using home = emptyGeminiHome();
    writeGeminiSession(home, one, [
      ask('p1', 'a'),
      answer('r1', '', { toolCalls: [call('x'), call('y')] }),
      results('t1', 'x'),
      answer('r2', 'b'),
      ask('p2', 'c'),
      answer('r3', ''),
      results('t2', 'y'),
      answer('r4', 'd'),
    ]);
    const { messages } = await home.store.read(sessionId(one));
    const tools = messages.map((message) =>
      message.kind === 'reply'
        ? message.parts.flatMap((part) => (part.kind === 'tool' ? [part.id] : []))
        : [],
    );
    assert.deepEqual(tools, [[], ['x'], [], [], ['y'], []]);
  });

  it('takes no reply for finished whose tools have not all results', async () => {
    using home = emptyGeminiHome();
    writeGeminiSession(home, one, [
      ask('p1', 'a'),
      answer('r1', '', { toolCalls: [call('x'), call('y', [])] }),
    ]);
    const { messages, info } = await home.store.read(sessionId(one), { last: 1 });
    assert.deepEqual([messages[0]?.kind === 'reply' && messages[0].finished, info.openTurn], [false, true]);
  });

  it('knows no session that is gone', async () => {
    using home = emptyGeminiHome();
    await assert.rejects(home.store.read(sessionId(one)), { code: 'no_such_session' });
  });
});

describe('A damaged Gemini CLI session', () => {
  const listed = async (write: (path: string) => void) => {
    using home = emptyGeminiHome();
    writeGeminiSession(home, two, [ask('q1', 'other'), answer('s1', 'fine')]);
    write(writeGeminiSession(home, one, turn));
    const { sessions } = await home.store.list();
    assert.equal(sessions.find(({ ref }) => ref.id === two)?.messageCount, 2);
    return sessions.find(({ ref }) => ref.id !== two);
  };

  it('with a line that cannot be read, or a torn last one, lists the rest', async () => {
    const unreadable = await listed((path) => appendFileSync(path, '{"id"\n{"$set":{"x":1}}\n'));
    assert.match(unreadable?.problem?.text ?? '', /^Line 4 cannot be read/);
    assert.equal(unreadable?.messageCount, 2);
    const torn = await listed((path) => appendFileSync(path, '{"id":"p2","ty'));
    assert.match(torn?.problem?.text ?? '', /^Line 4, the last one, breaks off/);
  });

  it('with 0 bytes, or of another schema, is listed as a problem', async () => {
    const empty = await listed((path) => writeFileSync(path, ''));
    assert.match(empty?.problem?.text ?? '', /^The file is empty/);
    const other = await listed((path) => writeFileSync(path, '{"thread":1}\n'));
    assert.match(other?.problem?.text ?? '', /No record says which session/);
    assert.deepEqual([other?.messageCount, other?.ref.id], [0, 'session-2026-11-21T02-00-11111111']);
  });

  it('of a newer version is read as far as it is known, and says so', async () => {
    const type = await listed((path) => appendFileSync(path, '{"id":"z","type":"hologram"}\n'));
    assert.match(type?.problem?.text ?? '', /Line 4 holds a message of the unknown type "hologram"/);
    const record = await listed((path) => appendFileSync(path, '{"$fork":"z"}\n'));
    assert.match(record?.problem?.text ?? '', /Line 4 holds a record of an unknown kind/);
    assert.equal(record?.messageCount, 2);
  });

  it('that goes back to a message which is not there says that all before is forgotten', async () => {
    const info = await listed((path) => appendFileSync(path, '{"$rewindTo":"gone"}\n'));
    assert.match(info?.problem?.text ?? '', /forgets all that came before/);
    assert.equal(info?.messageCount, 0);
  });

  it('that cannot be opened is listed as a problem, the others unharmed', async () => {
    const info = await listed((path) => {
      rmSync(path);
      symlinkSync(path, path);
    });
    assert.match(info?.problem?.text ?? '', /cannot be read: ELOOP/);
  });
});

const anotherProcess = ({ folder }: GeminiHome): SessionStore =>
  geminiCli({ home: folder, variables: {}, folders: { 'gemini-cli': folder } });

const whole = new Date('2026-11-22T00:00:00Z');

/** Gives files a time that can be given to them again. */
function setTimes(paths: readonly string[]): void {
  paths.forEach((path) => void utimesSync(path, whole, whole));
}

/** Harms files without a trace in their size or time: only who reads them sees that. */
function harmUnseen(paths: readonly string[]): void {
  paths.forEach((path) => void writeFileSync(path, ' '.repeat(statSync(path).size)));
  setTimes(paths);
}

describe('The folder of Gemini CLI', () => {
  const at = (variables: Record<string, string>, folder?: string): string | undefined =>
    geminiCli({ home: '/home/p', variables, folders: { 'gemini-cli': folder } }).watchRoots()[0]?.path;

  it('is the setting, GEMINI_CLI_HOME or the home, in this order', () => {
    assert.equal(at({ GEMINI_CLI_HOME: '/g' }, '~/mine'), '/home/p/mine/tmp');
    assert.equal(at({ GEMINI_CLI_HOME: '/g' }), '/g/.gemini/tmp');
    assert.equal(at({}), '/home/p/.gemini/tmp');
  });

  it('may be missing; one that cannot be read is a problem, never a throw', async () => {
    const missing = geminiCli({ home: '/nowhere', variables: {}, folders: {} });
    assert.deepEqual(await missing.list(), { sessions: [], problems: [] });
    using home = emptyGeminiHome();
    writeGeminiSession(home, one, turn);
    symlinkSync('loop', join(home.folder, 'tmp', 'loop'));
    const { sessions, problems } = await home.store.list();
    assert.equal(sessions.length, 1);
    assert.match(problems[0]?.text ?? '', /cannot be read: ELOOP/);
  });

  it('names the project beside the chats, in projects.json, or by the hash of its path', async () => {
    using home = emptyGeminiHome();
    writeGeminiSession(home, one, turn);
    const root = join(home.folder, 'tmp', 'gws', '.project_root');
    assert.equal((await infoOf(home.store, one)).cwd, '/srv/dev/gws');
    rmSync(root);
    assert.equal((await infoOf(home.store, one)).cwd, undefined);
    writeFileSync(join(home.folder, 'projects.json'), '{"projects":{"/srv/b":"gws"}}');
    const info = await infoOf(home.store, one);
    assert.equal(info.cwd, '/srv/b');
    assert.deepEqual(home.store.resumeCommand?.(info), {
      command: 'gemini',
      args: ['--resume', one],
      cwd: '/srv/b',
    });
  });

  it('leaves out starts without a prompt and runs of subagents of which nobody knows who started them', async () => {
    using home = emptyGeminiHome();
    writeGeminiSession(home, one, [context]);
    writeGeminiSession(home, two, [{ $set: { kind: 'subagent' } }, ...turn]);
    assert.deepEqual(await home.store.list(), { sessions: [], problems: [] });
  });

  it('shows runs of subagents read-only under the session that started them, never as forks (trap 17)', async () => {
    using home = emptyGeminiHome();
    writeGeminiSession(home, one, turn);
    const path = writeGeminiRun(home, one, two, turn);
    const { sessions, problems } = await home.store.list();
    assert.deepEqual(problems, []);
    const [session, run] = sessions.toSorted((a, b) => a.ref.id.localeCompare(b.ref.id));
    assert.deepEqual([session?.ref.id, session?.lineage], [one, undefined]);
    assert.deepEqual([run?.ref.id, run?.lineage?.kind, run?.lineage?.parent.id], [two, 'subagent', one]);
    assert.deepEqual([run?.cwd, run?.messageCount], [session?.cwd, session?.messageCount]);
    assert.equal(home.store.locate?.(path), two);
    const { messages } = await home.store.read(sessionId(two));
    assert.equal(messages.length, run?.messageCount);
    const again = await home.store.list(sessions);
    assert.ok(again.sessions.every((info) => sessions.includes(info)));
  });

  it('deletes runs of subagents and the outputs of their tools with their session', async () => {
    using home = emptyGeminiHome();
    writeGeminiSession(home, one, turn);
    const run = writeGeminiRun(home, one, two, turn);
    const outputs = [one, two].map((id) => join(home.folder, 'tmp', 'gws', 'tool-outputs', `session-${id}`));
    for (const folder of outputs) {
      mkdirSync(folder, { recursive: true });
    }
    await home.store.remove?.(sessionId(one));
    assert.deepEqual([run, ...outputs].filter(existsSync), []);
    assert.deepEqual((await home.store.list()).sessions, []);
  });

  it('is read anew only where a file changed, and lineage follows', async () => {
    using home = emptyGeminiHome();
    writeGeminiSession(home, one, turn);
    const first = await home.store.list();
    const copy = join(home.chats, 'session-2026-11-21T02-01-22222222.jsonl');
    const later = readFileSync(join(home.chats, 'session-2026-11-21T02-00-11111111.jsonl'), 'utf8')
      .replace(one, two)
      .replaceAll('T02:00:00', 'T02:01:00');
    writeFileSync(copy, `${later}${JSON.stringify(ask('p2', 'own'))}\n`);
    const second = await home.store.list(first.sessions);
    assert.equal(second.sessions[0], first.sessions[0]);
    assert.deepEqual([second.sessions[1]?.lineage?.messages, second.sessions[1]?.preview], [2, 'own']);
  });

  it('is not read in a new process while nothing changed; a start without a prompt changes nothing', async () => {
    using home = geminiFixtureHome();
    const paths = (await home.store.list()).sessions.flatMap(({ file }) => file?.path ?? []);
    setTimes(paths);
    const { sessions } = await home.store.list();
    harmUnseen(paths);
    writeGeminiSession(home, two, [], '2026-11-22T02-00');
    const store = anotherProcess(home);
    const again = await store.list(sessions);
    assert.ok(again.sessions.length > 3);
    assert.equal(again.sessions, sessions);
    await store.read(sessions[0]?.ref.id ?? assert.fail());
    assert.equal((await store.list(sessions)).sessions, sessions);
  });

  it('is read whole in a new process once something is new, changed or gone, so that lineage follows', async () => {
    using home = geminiFixtureHome();
    const { sessions } = await home.store.list();
    const expected = async (change: () => void) => {
      change();
      assert.deepEqual(
        (await anotherProcess(home).list(sessions)).sessions,
        (await anotherProcess(home).list()).sessions,
      );
    };
    const files = sessions.flatMap(({ file }) => file?.path ?? []);
    const [first = '', second = ''] = files;
    await expected(() => void writeGeminiSession(home, two, turn));
    await expected(() => appendFileSync(first, `${JSON.stringify(ask('new', 'one more'))}\n`));
    await expected(() => rmSync(second));
    const store = anotherProcess(home);
    await store.list((await home.store.list()).sessions);
    assert.equal((await store.read(sessionId(two))).total, 2);
  });

  it('locates transcripts by path and the session in them', () => {
    using home = emptyGeminiHome();
    const path = writeGeminiSession(home, one, turn);
    assert.equal(home.store.locate?.(path), one);
    assert.equal(home.store.locate?.(join(home.chats, 'notes.jsonl')), undefined);
    assert.equal(home.store.locate?.(join(home.chats, 'session-gone.jsonl')), undefined);
  });
});
