/**
 * Sessions that a real `qwen serve` has open: what its own branches look like to us, what our forks look like to it, and
 * how we have it fork. The cases are those of checklist 2.1 to 2.22; their table stands at the end of the run.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { createQwenServeAgent } from '../../src/agents/qwenServe/index.ts';
import { Catalog, type ForkEvent } from '../../src/core/catalog.ts';
import { SessionForksError } from '../../src/core/errors.ts';
import { type ForkRequest, type ForkResult, ForkService } from '../../src/core/forkService.ts';
import {
  type ForkPoint,
  messageId,
  type SessionId,
  type SessionInfo,
  sessionId,
  sessionKey,
} from '../../src/core/model.ts';
import { qwenCode } from '../../src/stores/qwenCode/index.ts';
import { qwenServer } from '../../src/stores/qwenCode/serve.ts';
import { type ForkLab, makeForkLab } from './support/forkLab.ts';
import { objectOf, parseObject, textOf } from './support/json.ts';
import { enlargeQwenSession } from './support/largeSessions.ts';
import { nothingElse } from './support/listener.ts';
import { type ServerProxy, startProxy } from './support/proxy.ts';
import { type Answer, type QwenServe, startQwenServe } from './support/qwenServe.ts';
import { ServerCases } from './support/serverCases.ts';
import { tryLargeFork, tryLimit } from './support/serverTrials.ts';
import { held, spokenOf } from './support/stubModel.ts';
import { until } from './support/until.ts';

const unknown = '00000000-0000-4000-8000-000000000000';

describe('qwen serve, its real program', { timeout: 600_000, concurrency: 1 }, () => {
  const record = new ServerCases();
  let lab: ForkLab;
  let serve: QwenServe;
  let proxy: ServerProxy;
  let catalog: Catalog;
  let forks: ForkService;
  let source: string;
  const told: ForkEvent[] = [];

  const access = async () => ({ url: proxy.url });

  before(async () => {
    lab = await makeForkLab('qwen-code', (environment) => qwenCode({ ...environment, access }));
    serve = await startQwenServe(lab.home);
    proxy = await startProxy(serve.url);
    source = await serve.session(['First question', 'Second question']);
    catalog = new Catalog([lab.store]);
    await catalog.refresh();
    catalog.onDidFork((event) => told.push(event));
    forks = new ForkService(catalog);
  });

  after(async () => {
    console.log(`\nForks of sessions that qwen serve has open\n\n${record.text()}\n`);
    await proxy?.[Symbol.asyncDispose]();
    await serve?.[Symbol.asyncDispose]();
    catalog?.dispose();
    await lab?.[Symbol.asyncDispose]();
  });

  const branch = (session: string, body: Parameters<QwenServe['ask']>[2] = {}): Promise<Answer> =>
    serve.ask('POST', `/session/${session}/branch`, body);

  /** Its new session as we list it. */
  async function seen({ status, body }: Answer): Promise<SessionInfo> {
    assert.equal(status, 201, JSON.stringify(body));
    await catalog.refresh();
    return catalog.get(lab.ref(textOf(body.sessionId))) ?? assert.fail('the branch is not listed');
  }

  const fork = (id: string, more: Partial<ForkRequest> = {}): Promise<ForkResult> =>
    forks.fork({ source: lab.ref(id), point: 'end', origin: 'api', ...more });

  /** Who made our last fork. */
  const way = () => told.at(-1)?.way;

  const listedBy = async (id: string): Promise<boolean> =>
    (await serve.sessions()).some((session) => session.sessionId === id);

  async function after2Messages(id: string) {
    const [, reply] = await lab.messages(sessionId(id));
    return { after: reply?.id ?? assert.fail() };
  }

  async function assertGoesOn(child: SessionId, heard: readonly string[]): Promise<void> {
    const resumed = await serve.ask('POST', `/session/${child}/resume`, { cwd: lab.home.project });
    assert.equal(resumed.status, 200, JSON.stringify(resumed.body));
    assert.equal(JSON.stringify(resumed.body).includes('First question'), false);
    const prompt = `Asked in ${child}`;
    await serve.prompt(child, prompt);
    await serve.idle(child);
    const [request] = lab.requestsFor(prompt);
    assert.deepEqual(
      spokenOf(request ?? assert.fail()).map(({ text }) => text),
      [...heard, prompt],
    );
  }

  const first = ['First question', 'Reply to: First question'];
  const both = [...first, 'Second question', 'Reply to: Second question'];

  it(
    'forks its own session at the end of a turn, for us, named as we say',
    record.shows(
      ['2.1', '2.2', '2.21'],
      'ForkService.fork has the server branch at the turn’s checkpoint; result has session, title, forkedFrom',
      async () => {
        const before = await lab.transcripts();
        const child = await fork(source, { point: await after2Messages(source), title: 'Named' });
        assert.equal(way(), 'agent');
        assert.deepEqual([child.title, child.messages, child.forkedFrom.session.id], ['Named', 2, source]);
        const info = await lab.listed(child.session.id);
        assert.deepEqual([info.title, info.messageCount, info.live], ['Named', 2, undefined]);
        const now = await lab.transcripts();
        assert.equal(now.get(`${source}.jsonl`), before.get(`${source}.jsonl`));
        await assertGoesOn(child.session.id, first);
      },
    ),
  );

  it(
    'has our fork in its list, and carries it on with exactly the prefix, whoever made it',
    record.shows(
      ['2.3', '2.15'],
      'resumed without replay; the model hears the prefix and the prompt',
      async () => {
        const served = await fork(source, { title: 'By the server' });
        assert.equal(way(), 'agent');
        const point = { before: (await lab.messages(sessionId(source)))[2]?.id ?? assert.fail() };
        proxy.rules = { answer: (path) => (path === '/capabilities' ? { features: [] } : undefined) };
        const copied = await fork(source, { point, title: 'By a copy' });
        proxy.rules = {};
        assert.equal(way(), 'copy');
        assert.ok((await listedBy(served.session.id)) && (await listedBy(copied.session.id)));
        await assertGoesOn(served.session.id, both);
        await assertGoesOn(copied.session.id, first);
      },
    ),
  );

  it(
    'is not asked to branch when it does not say that it can; its session is listed live',
    record.shows(
      ['2.10'],
      'live badge; without session_branch in /capabilities we copy the file',
      async () => {
        assert.equal((await lab.listed(sessionId(source))).live, 'idle');
        proxy.rules = {
          answer: (path) => (path === '/capabilities' ? { features: ['session_list'] } : undefined),
        };
        proxy.asked.length = 0;
        const child = await fork(source);
        proxy.rules = {};
        assert.deepEqual([way(), child.messages, proxy.asked], ['copy', 4, ['GET /capabilities']]);
      },
    ),
  );

  it(
    'its branch without a name has the title and origin that it answers, and is told once; so is ours',
    record.shows(
      ['2.9', '2.2'],
      'onDidFork once: origin outside for its branch, api for ours (0.24.4 itself tells its clients nothing)',
      async () => {
        told.length = 0;
        const answer = await branch(source);
        const info = await seen(answer);
        const ours = await fork(source);
        await catalog.refresh();
        assert.equal(info.title, answer.body.displayName);
        assert.equal(textOf(objectOf(answer.body.forkedFrom).sessionId), source);
        assert.deepEqual(info.lineage, {
          parent: lab.ref(source),
          kind: 'fork',
          messages: 4,
          how: 'recorded',
        });
        assert.deepEqual(
          told.map(({ child, origin }) => [child.id, origin]),
          [
            [info.ref.id, 'outside'],
            [ours.session.id, 'api'],
          ],
        );
      },
    ),
  );

  it(
    'a name of 250 characters is cut by both at 200, control characters go, a name of another type is none',
    record.shows(
      ['2.6'],
      'one line of 200 characters; another type is bad_request at our doors (E4)',
      async () => {
        const name = `\u0007${'n'.repeat(250)}`;
        const answer = await branch(source, { name });
        assert.equal((await seen(answer)).title, answer.body.displayName);
        const title = 'n'.repeat(200);
        assert.equal((await fork(source, { title: name })).title, title);
        assert.equal((await seen(await branch(source, { name: 5 }))).lineage?.messages, 4);
      },
    ),
  );

  it(
    'a taken name gets a number from it; a title that we make has a free one; a name given to us stays',
    record.shows(['2.7'], 'a free “Title (n)”, never stacked; a given name stays as it is', async () => {
      const taken = await seen(await branch(source, { name: 'Taken' }));
      const again = await seen(await branch(source, { name: 'Taken' }));
      assert.notEqual(taken.title, again.title);
      const titles = new Set(catalog.sessions().map(({ title }) => title));
      const made = await fork(again.ref.id);
      assert.ok(!titles.has(made.title));
      assert.match(made.title, /^Taken \(\d+\)$/u);
      assert.equal((await lab.listed((await fork(source, { title: 'Taken' })).session.id)).title, 'Taken');
    }),
  );

  it(
    'a fork without a name is named after its source',
    record.shows(['2.8'], 'after the title, else the first prompt', async () => {
      assert.match((await fork(source)).title, /^First question \(\d+\)$/u);
    }),
  );

  it(
    'an unknown session is 404 for it and no_such_session for us',
    record.shows(
      ['2.5', '2.18'],
      'no_such_session; every error is a SessionForksError with a code',
      async () => {
        const { status, body } = await branch(unknown);
        assert.deepEqual([status, body.code], [404, 'session_not_found']);
        const thrown: unknown = await fork(unknown).catch((error: unknown) => error);
        assert.ok(thrown instanceof SessionForksError && thrown.code === 'no_such_session');
      },
    ),
  );

  it(
    'a message that is gone is refused before it is asked anything',
    record.shows(
      ['2.11'],
      'resolve, freeze, then ask: for a bad point the server hears nothing',
      async () => {
        proxy.asked.length = 0;
        const gone = fork(source, { point: { after: messageId('gone') } });
        await assert.rejects(gone, { code: 'fork_point_invalid' });
        assert.deepEqual(proxy.asked, []);
      },
    ),
  );

  it(
    'a branch that is not what was asked for is taken back',
    record.shows(
      ['2.12'],
      'the child is counted; when it is wrong it is deleted, and fork_failed',
      async () => {
        const wrong = textOf((await checkpointIn(source))[0]?.uuid);
        const before = new Set((await lab.transcripts()).keys());
        proxy.rules = {
          body: (path, body) => (path.endsWith('/branch') ? { ...body, atRecordId: wrong } : body),
        };
        await assert.rejects(fork(source), { code: 'fork_failed' });
        proxy.rules = {};
        assert.deepEqual(new Set((await lab.transcripts()).keys()), before);
      },
    ),
  );

  it(
    'its branch of a branch, and our fork of it, stand below each other',
    record.shows(['2.16'], 'parents are the immediate sources, three deep', async () => {
      const one = await seen(await branch(source));
      const two = await seen(await branch(one.ref.id));
      assert.deepEqual(two.lineage?.parent, one.ref);
      const three = await fork(two.ref.id);
      const node = catalog.forest().nodes.get(sessionKey(three.session));
      assert.deepEqual(node?.parent?.parent?.parent?.info.ref, lab.ref(source));
    }),
  );

  it(
    'inside a turn, where it cannot cut, the fork is a copy',
    record.shows(['2.21'], 'after any reply: inside a turn by a copy', async () => {
      const tools = await serve.session(['USE_TOOL for this']);
      const point = await after2Messages(tools);
      const child = await fork(tools, { point });
      assert.deepEqual([way(), child.messages], ['copy', 2]);
    }),
  );

  it(
    'while a prompt runs it refuses, and we fork the last finished turn, are busy, or wait',
    record.shows(
      ['2.4'],
      '409 branch_while_prompt_active -> copy of the last finished turn; busy; or wait. Retry-After is kept',
      async () => {
        const running = await serve.session(['Before the long turn']);
        const turn = held(lab.stub);
        await serve.prompt(running, 'A long turn');
        const answer = await branch(running);
        assert.deepEqual([answer.status, answer.body.code], [409, 'branch_while_prompt_active']);
        await until(async () => (await lab.listed(sessionId(running))).live === 'busy');
        await assert.rejects(fork(running, { title: 'No', whenBusy: 'refuse' }), { code: 'busy' });
        const ours = await fork(running, { title: 'Last finished turn' });
        turn.release();
        assert.deepEqual([way(), ours.messages, ours.leftOut?.from], ['copy', 2, 3]);
        const waited = await fork(running, { title: 'Waited', whenBusy: 'wait' });
        assert.equal(waited.messages, 4);
        let refused = 0;
        proxy.rules = { later: (path) => (path.endsWith('/branch') && refused++ < 2 ? 0 : undefined) };
        await fork(running, { title: 'Came back' });
        proxy.rules = {};
        assert.deepEqual([way(), refused], ['agent', 3]);
      },
    ),
  );

  it(
    'a fork that it made can be taken back',
    record.shows(['2.17'], 'undo deletes the child, and the server lists it no more', async () => {
      const child = await fork(source);
      assert.equal(way(), 'agent');
      await forks.undo(child);
      assert.equal(await listedBy(child.session.id), false);
    }),
  );

  it(
    'the folder that the person set for its sessions is honoured',
    record.shows(['2.19'], 'QWEN_HOME in all tests, QWEN_RUNTIME_DIR here', async () => {
      const env = { ...lab.home.env, QWEN_RUNTIME_DIR: `${lab.home.home}/elsewhere` };
      await using other = await startQwenServe({ ...lab.home, env });
      const id = sessionId(await other.session(['Elsewhere']));
      const access = async () => ({ url: other.url });
      const store = qwenCode({ home: lab.home.home, variables: env, folders: {}, access });
      const service = new ForkService(new Catalog([store]));
      const { session } = await service.fork({ source: lab.ref(id), point: 'end', origin: 'api' });
      assert.equal((await store.read(session.id)).total, 2);
      await assert.rejects(lab.store.read(session.id), { code: 'no_such_session' });
    }),
  );

  it(
    'the source is usable after all that',
    record.shows(['2.14'], 'same bytes after forks, and it takes the next prompt', async () => {
      const before = (await lab.store.read(sessionId(source))).total;
      await serve.prompt(source, 'The source goes on');
      await serve.idle(source);
      await lab.grown(sessionId(source), before + 2);
      assert.equal((await lab.store.read(sessionId(source))).total, before + 2);
    }),
  );

  it(
    'a large session is forked by it and as a copy, and holds nobody up here',
    record.shows(['2.13'], 'forked in a thread of its own', async () => {
      const large = sessionId(await serve.session(['A question', 'Another question']));
      const file = (await lab.listed(large)).file?.path ?? assert.fail();
      const added = await enlargeQwenSession(file, 100);
      const environment = { home: lab.home.home, variables: lab.home.env, folders: {}, access };
      const fork = (point: ForkPoint) =>
        tryLargeFork({
          store: lab.store,
          environment,
          request: { source: lab.ref(large), point },
          megabytes: 100,
        });
      const served = await fork('end');
      assert.deepEqual([served.way, served.messages], ['agent', added + 4]);
      const copied = await fork({ after: (await lab.messages(large))[added - 1]?.id ?? assert.fail() });
      assert.deepEqual([copied.way, copied.messages], ['copy', added]);
      return `${served.seen}; ${copied.seen}`;
    }),
  );

  it(
    'no more of its sessions are carried on at once than the person allows',
    record.shows(['2.5'], 'sessions of the server count as live agents', async () => {
      const [first, second] = [await serve.session(['One']), await serve.session(['Two'])];
      const agent = createQwenServeAgent(nothingElse(lab.ref(first)), async () => qwenServer(serve));
      const live = (id: string) => ({ ...lab.ref(id), cwd: lab.home.project });
      return tryLimit(agent, live(first), live(second));
    }),
  );

  it(
    'in a folder that is not trusted it hears nothing: sessions are listed, read and copied without it',
    record.shows(['2.20'], 'no server is named there, no program started', async () => {
      const store = qwenCode({
        home: lab.home.home,
        variables: lab.home.env,
        folders: {},
        access: async () => ({}),
        allowStart: () => assert.fail('a program was to be started'),
      });
      const untrusted = new Catalog([store]);
      await untrusted.refresh();
      const ways: unknown[] = [];
      untrusted.onDidFork(({ way }) => ways.push(way));
      proxy.asked.length = 0;
      const request = { source: lab.ref(source), point: 'end', origin: 'api' } as const;
      const child = await new ForkService(untrusted).fork(request);
      assert.equal((await store.read(child.session.id)).total, child.messages);
      assert.deepEqual([ways, proxy.asked], [['copy'], []]);
      return 'listed, read, forked by a copy; 0 requests';
    }),
  );

  it('leaves no case without an answer (2.22)', () => {
    record.explained('2.22', 'this table; a case without an answer fails the run');
    assert.deepEqual(record.open, []);
  });

  /** The checkpoints that the server wrote into the session. */
  async function checkpointIn(id: string) {
    const path = (await lab.listed(sessionId(id))).file?.path ?? assert.fail();
    const lines = (await readFile(path, 'utf8')).trimEnd().split('\n').map(parseObject);
    return lines.filter(({ subtype }) => subtype === 'branch_checkpoint');
  }
});
