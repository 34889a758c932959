import assert from 'node:assert/strict';
import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { describe, it } from 'node:test';
import { type SessionInfo, sessionId } from '../../../src/core/model.ts';
import { pi } from '../../../src/stores/pi/index.ts';
import { answer, ask, call, emptyPiHome, piFixtureHome, result, writePiSession } from './piHome.ts';
import { hashesIn, infoOf, word } from './qwenCodeHome.ts';

const one = '11111111-1111-4111-8111-111111111111';
const two = '22222222-2222-4222-8222-222222222222';

const shortId = (id: string): string =>
  id
    .split('~')
    .map((part) => part.slice(-8))
    .join('~');

/** `id (messages) kind@kept`, children below their parent. */
function forest(sessions: readonly SessionInfo[]): string {
  const below = (parent: string | undefined, depth: number): string[] =>
    sessions
      .filter(({ lineage }) => lineage?.parent.id === parent)
      .sort((a, b) => (a.ref.id < b.ref.id ? -1 : 1))
      .flatMap((info) => [
        `${'  '.repeat(depth)}${shortId(info.ref.id)} (${info.messageCount})${info.lineage ? ` ${info.lineage.kind}@${info.lineage.messages}` : ''}`,
        ...below(info.ref.id, depth + 1),
      ]);
  return below(undefined, 0).join('\n');
}

describe('Listing of real pi sessions', () => {
  it('shows the true fork trees: forks across files, branches inside them, by common record ids', async () => {
    using home = piFixtureHome();
    const before = hashesIn(home.folder);
    const { sessions, problems } = await home.store.list();
    assert.deepEqual(problems, []);
    assert.equal(
      `\n${forest(sessions)}`,
      `
d32be9b0 (5)
  d32be9b0~a03958b5 (8) rewound@3
  042d0e8e (10) fork@8
  343c9be9 (10) fork@8
  a4796645 (5) fork@3
    c3f8327c (7) fork@5
  e9061954 (8) fork@5
  45272a1f (5) fork@3
  8f98f658 (6) fork@4
  0c86024a (4) fork@2
  f241dc4f (7) fork@5
  35bface9 (4) fork@2
    35bface9~680d0329 (3) rewound@0
  80d32fc4 (5) fork@3
    80d32fc4~1de049da (1) rewound@0
  0cd43c11 (7) fork@5
  6b460423 (7) fork@5
  d2edf445 (7) fork@5
0f6395e5 (2)
df032804 (7)`,
    );
    assert.deepEqual(hashesIn(home.folder), before);
  });

  it('titles by the last name in the file, else by the first prompt, and previews a fork by its own first prompt', async () => {
    using home = piFixtureHome();
    const { sessions } = await home.store.list();
    const info = (id: string) => sessions.find(({ ref }) => shortId(ref.id) === id);
    assert.deepEqual([info('c3f8327c')?.title, info('c3f8327c')?.titled], ['my clone', true]);
    assert.deepEqual([info('c3f8327c')?.preview, info('a4796645')?.titled], ['rpc in clone', false]);
    assert.equal(info('d32be9b0~a03958b5')?.preview, 'pi second beta');
    assert.equal(info('0f6395e5')?.cwd, '/srv/dev/codex-goose-pi/ws2');
  });

  it('finds a parent that was moved by the id in its name, and its fork point by the times when it is gone', async () => {
    using home = piFixtureHome();
    const { sessions } = await home.store.list();
    const child = sessions.find(({ preview }) => preview === 'rpc in clone');
    const parent = sessions.find(({ ref }) => ref.id === child?.lineage?.parent.id);
    assert.ok(child?.file && parent?.file);
    const moved = join(home.sessions, basename(parent.file.path));
    renameSync(parent.file.path, moved);
    assert.deepEqual((await infoOf(home.store, child.ref.id)).lineage, child.lineage);
    rmSync(moved);
    assert.deepEqual((await infoOf(home.store, child.ref.id)).lineage, child.lineage);
  });

  it('counts the messages in common with a moved parent by their ids, whatever the times say', async () => {
    using home = emptyPiHome();
    const parentSession = writePiSession(home, one, [ask('a'), answer('b'), ask('c')]);
    const header = { parentSession: `/gone/${basename(parentSession)}` };
    writePiSession(home, two, [ask('a'), answer('b'), { ...ask('own'), id: 'own' }], header);
    assert.equal((await infoOf(home.store, two)).lineage?.messages, 2);
  });

  it('bears the prefix that keeps samples apart, and reads the folder that is set for it', async () => {
    using home = piFixtureHome();
    const store = pi({
      home: '/nowhere',
      variables: {},
      folders: { 'sample-pi': home.folder },
      idPrefix: 'sample-',
    });
    const { sessions } = await store.list();
    assert.equal(sessions.length, 20);
    assert.ok(sessions.every(({ ref }) => ref.agent === 'sample-pi'));
  });
});

describe('A damaged pi session', () => {
  const listed = async (write: (path: string) => void) => {
    using home = emptyPiHome();
    writePiSession(home, two, [ask('other'), answer('fine')]);
    write(writePiSession(home, one, [ask('a'), answer('b'), ask('c'), answer('d')]));
    const { sessions } = await home.store.list();
    assert.equal(sessions.find(({ ref }) => ref.id === two)?.messageCount, 2);
    return sessions.find(({ ref }) => ref.id === one);
  };
  const linesOf = (path: string): string[] => readFileSync(path, 'utf8').trimEnd().split('\n');

  it('with a line that cannot be read names the line, and what pi would forget without a word', async () => {
    const info = await listed((path) => {
      writeFileSync(path, linesOf(path).with(2, '{"type":"mess').join('\n'));
    });
    assert.match(info?.problem?.text ?? '', /^Line 3 cannot be read\. pi 1\.5\.2 forgets what came before/);
    assert.deepEqual([info?.problem?.line, info?.problem?.readable, info?.messageCount], [3, 1, 2]);
  });

  it('with a torn last line lists what is before', async () => {
    const info = await listed((path) => appendFileSync(path, '{"type":"message","id":"000'));
    assert.match(info?.problem?.text ?? '', /^Line 6, the last one, breaks off/);
    assert.equal(info?.messageCount, 4);
  });

  it('with 0 bytes is listed as a problem', async () => {
    const info = await listed((path) => writeFileSync(path, ''));
    assert.match(info?.problem?.text ?? '', /^The file is empty/);
    assert.equal(info?.messageCount, 0);
  });

  it('without a header, or with another schema, is listed as a problem', async () => {
    const headless = await listed((path) => writeFileSync(path, linesOf(path).slice(1).join('\n')));
    assert.match(headless?.problem?.text ?? '', /no session header\. pi 1\.5\.2 refuses/);
    const other = await listed((path) => writeFileSync(path, '{"kind":"thread","turns":[1]}\n[]\n'));
    assert.match(other?.problem?.text ?? '', /no session header/);
  });

  it('of a newer version is read as far as it is known, and says so', async () => {
    const info = await listed((path) => {
      writeFileSync(path, readFileSync(path, 'utf8').replace('"version":3', '"version":4'));
    });
    assert.match(info?.problem?.text ?? '', /version 4 of pi's format/);
    assert.equal(info?.messageCount, 4);
  });

  it('whose records name each other as parents in a circle is listed', async () => {
    const info = await listed((path) => {
      writeFileSync(path, readFileSync(path, 'utf8').replace('"parentId":null', '"parentId":"00000003"'));
    });
    assert.match(info?.problem?.text ?? '', /in a circle/);
  });

  it('that cannot be opened is listed as a problem, the others unharmed', async () => {
    const info = await listed((path) => {
      rmSync(path);
      symlinkSync(path, path);
    });
    assert.match(info?.problem?.text ?? '', /cannot be read: ELOOP/);
  });

  it('of version 1, a row without ids, is read', async () => {
    using home = emptyPiHome();
    const path = join(home.sessions, `2025-01-01T00-00-00-000Z_${one}.jsonl`);
    const old = [
      { type: 'session', id: one, timestamp: '2025-01-01T00:00:00.000Z', cwd: '/srv' },
      ask('a'),
      answer('b'),
    ];
    writeFileSync(path, old.map((line) => JSON.stringify(line)).join('\n'));
    const { messages, info } = await home.store.read(sessionId(one));
    assert.deepEqual(messages.map(word), ['> a', 'b']);
    assert.equal(info.problem, undefined);
  });
});

describe('The folder of pi', () => {
  const at = (variables: Record<string, string>, folder?: string): string | undefined =>
    pi({ home: '/home/p', variables, folders: { pi: folder } }).watchRoots()[0]?.path;

  it('is the setting, PI_CODING_AGENT_SESSION_DIR, settings.json, PI_CODING_AGENT_DIR or ~/.pi/agent, in this order', () => {
    using home = emptyPiHome();
    const session = { PI_CODING_AGENT_SESSION_DIR: '~/mine', PI_CODING_AGENT_DIR: home.folder };
    assert.equal(at(session, '/other'), '/other/sessions');
    assert.equal(at(session), '/home/p/mine');
    assert.equal(at({}), '/home/p/.pi/agent/sessions');
    assert.equal(at({ PI_CODING_AGENT_DIR: home.folder }), join(home.folder, 'sessions'));
    writeFileSync(join(home.folder, 'settings.json'), '{"sessionDir":"/srv/pi"}');
    assert.equal(at({ PI_CODING_AGENT_DIR: home.folder }), '/srv/pi');
    assert.equal(at({}, home.folder), '/srv/pi');
  });

  it('may hold transcripts without a folder for each project, or be missing', async () => {
    using home = emptyPiHome();
    const path = writePiSession(home, one, [ask('a'), answer('b')]);
    const variables = { PI_CODING_AGENT_SESSION_DIR: home.sessions };
    const flat = pi({ home: '/nowhere', variables, folders: {} });
    assert.deepEqual(
      (await flat.list()).sessions.map(({ ref }) => ref.id),
      [one],
    );
    assert.equal(flat.locate?.(path), one);
    const missing = pi({ home: '/nowhere', variables: {}, folders: {} });
    assert.deepEqual(await missing.list(), { sessions: [], problems: [] });
  });

  it('that cannot be read is a problem, never a throw', async () => {
    using home = emptyPiHome();
    const loop = join(home.folder, 'loop');
    symlinkSync(loop, loop);
    const store = pi({ home: '/nowhere', variables: { PI_CODING_AGENT_SESSION_DIR: loop }, folders: {} });
    const { sessions, problems } = await store.list();
    assert.deepEqual(sessions, []);
    assert.match(problems[0]?.text ?? '', /cannot be read: ELOOP/);
  });

  it('is read anew only where a file changed', async () => {
    using home = emptyPiHome();
    writePiSession(home, one, [ask('a'), answer('b')]);
    const path = writePiSession(home, two, [ask('c'), answer('d')]);
    const first = await home.store.list();
    appendFileSync(path, `${JSON.stringify({ id: 'x', parentId: '00000002', ...ask('e') })}\n`);
    const second = await home.store.list(first.sessions);
    const pick = (listing: typeof first, id: string) => listing.sessions.find(({ ref }) => ref.id === id);
    assert.equal(pick(second, one), pick(first, one));
    assert.deepEqual([pick(second, two)?.messageCount, pick(second, two)?.openTurn], [3, true]);
  });

  it('with one id in two files lists the first and names the second', async () => {
    using home = emptyPiHome();
    const path = writePiSession(home, one, [ask('a'), answer('b')]);
    const copy = join(home.folder, 'sessions', 'other');
    mkdirSync(copy);
    writeFileSync(join(copy, basename(path)), readFileSync(path));
    const { sessions, problems } = await home.store.list();
    assert.deepEqual([sessions.length, problems.length], [1, 1]);
    assert.match(problems[0]?.text ?? '', /is stored twice/);
  });
});

describe('Reading a pi session', () => {
  it('joins tools to their results and keeps thinking apart', async () => {
    using home = emptyPiHome();
    const content = [
      { type: 'thinking', thinking: 'hm' },
      { type: 'text', text: 'I look' },
      {
        type: 'toolCall',
        id: 'x',
        name: 'edit',
        arguments: { path: 'a.ts', edits: [{ oldText: '1', newText: '2' }] },
      },
    ];
    writePiSession(home, one, [ask('a'), answer('', { content }), result('x', 'done'), answer('b')]);
    const { messages } = await home.store.read(sessionId(one));
    const [, reply] = messages;
    assert.ok(reply?.kind === 'reply');
    assert.deepEqual(
      reply.parts.map(({ kind }) => kind),
      ['thinking', 'text', 'tool'],
    );
    assert.deepEqual(reply.parts[2]?.kind === 'tool' && [reply.parts[2].status, reply.parts[2].edits], [
      'done',
      [{ path: 'a.ts', before: '1', after: '2' }],
    ]);
    assert.deepEqual([reply.finished, reply.endsTurn, reply.lines], [true, false, { first: 3, last: 4 }]);
  });

  it('takes no reply for finished whose tools have not all results, or that broke off', async () => {
    using home = emptyPiHome();
    writePiSession(home, one, [
      ask('a'),
      call('x', 'y'),
      result('x'),
      ask('b'),
      answer('half', { stopReason: 'aborted' }),
      answer('no', { stopReason: 'error', errorMessage: 'overloaded' }),
      answer('whole'),
    ]);
    const { messages } = await home.store.read(sessionId(one));
    const finished = messages.flatMap((message) => (message.kind === 'reply' ? [message.finished] : []));
    assert.deepEqual(finished, [false, false, false, true]);
    assert.match(word(messages[3]), /half/);
    assert.match(word(messages[4]), /overloaded/);
  });

  it('shows a command that the person ran, and what an extension shows, but not what it hides', async () => {
    using home = emptyPiHome();
    writePiSession(home, one, [
      { type: 'message', message: { role: 'bashExecution', command: 'ls', output: 'a.txt', exitCode: 0 } },
      { type: 'custom_message', customType: 'x', content: 'shown', display: true },
      { type: 'custom_message', customType: 'x', content: 'hidden', display: false },
      ask('a'),
      answer('b'),
    ]);
    const { messages } = await home.store.read(sessionId(one));
    assert.deepEqual(messages.map(word), ['> !ls\na.txt', '> shown', '> a', 'b']);
  });

  it('marks the first message after a compaction, and reads a stretch', async () => {
    using home = emptyPiHome();
    const compaction = { type: 'compaction', summary: 'so far', firstKeptEntryId: '00000003' };
    writePiSession(home, one, [ask('a'), answer('b'), compaction, ask('c'), answer('d')]);
    const { messages, first, total } = await home.store.read(sessionId(one), { last: 2 });
    assert.deepEqual([first, total, messages.map(word)], [2, 4, ['> c', 'd']]);
    assert.deepEqual(
      messages.map(({ afterCompaction }) => afterCompaction),
      [true, undefined],
    );
  });

  it('knows no session that is gone, and no id that leads out of its folder', async () => {
    using home = emptyPiHome();
    for (const id of [one, '../x', `${one}~gone`, '']) {
      await assert.rejects(home.store.read(sessionId(id)), { code: 'no_such_session' });
    }
  });
});
