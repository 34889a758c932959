/**
 * Sessions that a real `opencode serve` has open: what its forks look like to us, what our forks look like to it, and how
 * we have it fork. The cases are those of checklist 2.1 to 2.22 and 3.1 to 3.5; their table stands at the end of the run.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createOpenCodeServeAgent } from '../../src/agents/openCodeServe/index.ts';
import { Catalog, type ForkEvent } from '../../src/core/catalog.ts';
import { SessionForksError } from '../../src/core/errors.ts';
import { type ForkRequest, type ForkResult, ForkService } from '../../src/core/forkService.ts';
import { type MessageId, messageId, sessionId, sessionKey } from '../../src/core/model.ts';
import type { StoreEnvironment } from '../../src/stores/index.ts';
import { opencode } from '../../src/stores/opencode/index.ts';
import { openCodeServer } from '../../src/stores/opencode/server.ts';
import { type ForkLab, makeForkLab } from './support/forkLab.ts';
import { textOf } from './support/json.ts';
import { enlargeOpenCodeSession } from './support/largeSessions.ts';
import { nothingElse } from './support/listener.ts';
import { type OpenCodeServe, startOpenCodeServe } from './support/openCodeServe.ts';
import { program } from './support/programs.ts';
import { type ServerProxy, startProxy } from './support/proxy.ts';
import type { Answer } from './support/qwenServe.ts';
import { ServerCases } from './support/serverCases.ts';
import { tryLargeFork, tryLimit } from './support/serverTrials.ts';
import { held, spokenOf } from './support/stubModel.ts';
import { until } from './support/until.ts';

const key = 'a-key-of-the-test';

describe('opencode serve, its real program', { timeout: 600_000, concurrency: 1 }, () => {
  const record = new ServerCases();
  let lab: ForkLab;
  let serve: OpenCodeServe;
  let proxy: ServerProxy;
  let catalog: Catalog;
  let forks: ForkService;
  let source: string;
  let url: string;
  let variables: StoreEnvironment['variables'];
  const access = async () => ({ url, key });
  const told: ForkEvent[] = [];

  before(async () => {
    const command = (await program('opencode')).command;
    lab = await makeForkLab('opencode', (environment) => {
      variables = { ...environment.variables, OPENCODE_BIN_PATH: command };
      return opencode({ ...environment, variables, access });
    });
    serve = await startOpenCodeServe(lab.home, key);
    proxy = await startProxy(serve.url);
    url = proxy.url;
    source = await serve.session(['First question', 'Second question']);
    catalog = new Catalog([lab.store]);
    await catalog.refresh();
    catalog.onDidFork((event) => told.push(event));
    forks = new ForkService(catalog);
  });

  after(async () => {
    console.log(`\nForks of sessions that opencode serve has open\n\n${record.text()}\n`);
    catalog?.dispose();
    await proxy?.[Symbol.asyncDispose]();
    await serve?.[Symbol.asyncDispose]();
    await lab?.[Symbol.asyncDispose]();
  });

  const fork = (id: string, more: Partial<ForkRequest> = {}): Promise<ForkResult> =>
    forks.fork({ source: lab.ref(id), point: 'end', origin: 'api', ...more });

  const forkByIt = (id: string, body: object = {}): Promise<Answer> =>
    serve.ask('POST', `/session/${id}/fork`, body);

  const messageAt = async (id: string, index: number): Promise<MessageId> =>
    (await lab.messages(sessionId(id)))[index]?.id ?? assert.fail();

  const asks = (path: RegExp): readonly string[] => proxy.asked.filter((asked) => path.test(asked));

  it(
    'forks its own session after any reply, for us: the running server is asked, and none is started',
    record.shows(
      ['2.1', '2.2', '2.15', '2.21'],
      'its fork route makes the child; title, origin and count as asked',
      async () => {
        proxy.asked.length = 0;
        const point = { after: await messageAt(source, 1) };
        const child = await fork(source, { point, title: 'Ours' });
        assert.deepEqual(asks(/fork$/u), [`POST /session/${source}/fork`]);
        assert.deepEqual([child.title, child.messages, child.forkedFrom.session.id], ['Ours', 2, source]);
        assert.equal(told.at(-1)?.way, 'agent');
        assert.ok((await serve.sessions()).includes(child.session.id));
        lab.stub.clear();
        await serve.say(child.session.id, 'Asked in our fork');
        assert.deepEqual(
          spokenOf(lab.requestsFor('Asked in our fork')[0] ?? assert.fail()).map(({ text }) => text),
          ['First question', 'Reply to: First question', 'Asked in our fork'],
        );
      },
    ),
  );

  it(
    'its fork of all messages is told once, with the parent that it does not keep; so is ours (3.1)',
    record.shows(['2.9'], 'onDidFork once: origin outside for its fork, api for ours', async () => {
      told.length = 0;
      const child = lab.ref(textOf((await forkByIt(source)).body.id));
      await catalog.refresh();
      const ours = await fork(source);
      await catalog.refresh();
      assert.deepEqual(
        told.map(({ source: from, child: made, messages, origin }) => [from.id, made.id, messages, origin]),
        [
          [source, child.id, 4, 'outside'],
          [source, ours.session.id, 4, 'api'],
        ],
      );
      assert.equal(catalog.get(child)?.lineage?.how, 'inferred');
    }),
  );

  it('its fork at a message leaves the message out, and is shown at what it kept (3.1, 3.5)', async () => {
    const body = { messageID: await messageAt(source, 2) };
    const child = lab.ref(textOf((await forkByIt(source, body)).body.id));
    await catalog.refresh();
    const { parent, messages } = catalog.get(child)?.lineage ?? assert.fail();
    assert.deepEqual([parent.id, messages], [source, 2]);
  });

  it(
    'it copies all for an unknown message, and we refuse before it is asked (3.5)',
    record.shows(
      ['2.11'],
      'the point is looked up first: for an unknown one the server hears nothing',
      async () => {
        const child = textOf((await forkByIt(source, { messageID: 'msg_unknown' })).body.id);
        assert.equal((await lab.store.read(sessionId(child))).total, 4);
        proxy.asked.length = 0;
        const gone = fork(source, { point: { after: messageId('msg_unknown') } });
        await assert.rejects(gone, { code: 'fork_point_invalid' });
        assert.deepEqual(proxy.asked, []);
      },
    ),
  );

  it(
    'an unknown session is refused by both',
    record.shows(
      ['2.5', '2.18'],
      'no_such_session; every error is a SessionForksError with a code',
      async () => {
        assert.equal((await forkByIt('ses_unknown')).status, 404);
        const thrown: unknown = await fork('ses_unknown').catch((error: unknown) => error);
        assert.ok(thrown instanceof SessionForksError && thrown.code === 'no_such_session');
      },
    ),
  );

  it(
    'a name of 250 characters is cut at 200, and control characters go',
    record.shows(
      ['2.6'],
      'one line of 200 characters; another type is bad_request at our doors (E4)',
      async () => {
        const { session, title } = await fork(source, { title: `\u0007${'n'.repeat(250)}` });
        assert.equal(title, 'n'.repeat(200));
        assert.equal((await lab.listed(session.id)).title, title);
      },
    ),
  );

  it(
    'its forks of one session all bear one name; one that we make is free, and after its source',
    record.shows(
      ['2.7', '2.8'],
      'a free “Title (n)”, never stacked; its own forks are all “(fork #1)”',
      async () => {
        const titles = [];
        for (const _ of [1, 2]) titles.push((await forkByIt(source)).body.title);
        assert.equal(titles[0], titles[1]);
        await catalog.refresh();
        const taken = new Set(catalog.sessions().map(({ title }) => title));
        const { title } = await fork(source);
        assert.ok(!taken.has(title));
        assert.match(title, /^Stub title \(\d+\)$/u);
      },
    ),
  );

  it(
    'a child that is not what was asked for is taken back',
    record.shows(
      ['2.12'],
      'the child is counted; when it is wrong it is deleted, and fork_failed',
      async () => {
        const before = (await serve.sessions()).length;
        const point = { after: await messageAt(source, 1) };
        proxy.rules = { body: (path, body) => (/\/fork\b/u.test(path) ? {} : body) };
        await assert.rejects(fork(source, { point }), { code: 'fork_failed' });
        proxy.rules = {};
        assert.equal((await serve.sessions()).length, before);
      },
    ),
  );

  it(
    'fork of a fork of a fork: its own and ours',
    record.shows(['2.16'], 'parents are the immediate sources, three deep', async () => {
      const one = await fork(source);
      const two = await fork(one.session.id);
      const three = await fork(two.session.id);
      const node = catalog.forest().nodes.get(sessionKey(three.session));
      assert.deepEqual(node?.parent?.parent?.parent?.info.ref.id, source);
    }),
  );

  it(
    'while a prompt runs, the last finished turn is forked',
    record.shows(
      ['2.4'],
      'it copies half a turn; we list it busy and fork the last finished one, are busy, or wait',
      async () => {
        const running = await serve.session(['Before the long turn']);
        const turn = held(lab.stub);
        await serve.prompt(running, 'A long turn');
        await until(async () => (await lab.listed(sessionId(running))).live === 'busy');
        await assert.rejects(fork(running, { title: 'No', whenBusy: 'refuse' }), { code: 'busy' });
        const child = await fork(running);
        turn.release();
        assert.deepEqual([child.messages, child.leftOut?.from], [2, 3]);
        const waited = await fork(running, { title: 'Waited', whenBusy: 'wait' });
        assert.equal(waited.messages, 4);
        await until(async () => (await lab.listed(sessionId(running))).live === undefined);
      },
    ),
  );

  it(
    'a fork can be taken back',
    record.shows(['2.17'], 'undo deletes the child over the running server', async () => {
      const child = await fork(source);
      proxy.asked.length = 0;
      await forks.undo(child);
      assert.deepEqual(asks(/^DELETE/u), [`DELETE /session/${child.session.id}`]);
      assert.ok(!(await serve.sessions()).includes(child.session.id));
    }),
  );

  it(
    'where it does not run or does not have the session, one of our own makes the fork',
    record.shows(
      ['2.10'],
      'GET /session/:id first; without an answer `opencode serve` is started for the fork',
      async () => {
        url = 'http://127.0.0.1:9';
        const child = await fork(source);
        url = proxy.url;
        assert.equal(child.messages, 4);
        assert.ok((await serve.sessions()).includes(child.session.id));
      },
    ),
  );

  it(
    'the source is usable after that',
    record.shows(['2.14'], 'same messages after forks, and it takes the next prompt', async () => {
      const before = await lab.messages(sessionId(source));
      await serve.say(source, 'Third question');
      const now = await lab.messages(sessionId(source));
      assert.deepEqual([now.length, now.slice(0, before.length)], [before.length + 2, before]);
    }),
  );

  it(
    'a large session is forked by it, and holds nobody up here',
    record.shows(['2.13'], 'forked in a thread of its own', async () => {
      const large = await serve.session(['A question', 'Another question']);
      const file = (await lab.listed(sessionId(large))).file?.path ?? assert.fail();
      const added = enlargeOpenCodeSession(file, large, 40);
      const { messages, way, seen } = await tryLargeFork({
        store: lab.store,
        // Not by the proxy, which works in this thread; and without a program to start in the server's place.
        environment: {
          home: lab.home.home,
          variables: { ...lab.home.env, PATH: '' },
          folders: {},
          access: async () => ({ url: serve.url, key }),
        },
        request: { source: lab.ref(large), point: 'end' },
        megabytes: 40,
      });
      assert.deepEqual([way, messages], ['agent', added + 4]);
      return seen;
    }),
  );

  it(
    'no more of its sessions are carried on at once than the person allows',
    record.shows(['2.5'], 'sessions of the server count as live agents', async () => {
      const [first, second] = [await serve.session(['One']), await serve.session(['Two'])];
      const find = async () => openCodeServer({ url: serve.url, key });
      const agent = createOpenCodeServeAgent(nothingElse(lab.ref(first)), find);
      const live = (id: string) => ({ ...lab.ref(id), cwd: lab.home.project });
      return tryLimit(agent, live(first), live(second));
    }),
  );

  it(
    'in a folder that is not trusted nothing is started for a fork, and a wrong key makes nothing either',
    record.shows(['2.20'], 'refused before anything is done', async () => {
      const refusal = new SessionForksError('not_supported', 'Trust this folder first.');
      const forkWith = async (given: { url?: string; key?: string }) => {
        const store = opencode({
          home: lab.home.home,
          variables,
          folders: {},
          access: async () => given,
          allowStart: () => {
            throw refusal;
          },
        });
        const untrusted = new Catalog([store]);
        await untrusted.refresh();
        assert.equal(
          (await store.read(sessionId(source))).total,
          (await lab.messages(sessionId(source))).length,
        );
        proxy.asked.length = 0;
        const order = { source: lab.ref(source), point: 'end', origin: 'api' } as const;
        await assert.rejects(new ForkService(untrusted).fork(order), { code: 'not_supported' });
        return proxy.asked.length;
      };
      const before = await serve.sessions();
      assert.equal(await forkWith({}), 0);
      assert.equal(await forkWith({ url: proxy.url, key: 'wrong' }), 1);
      assert.deepEqual(await serve.sessions(), before);
      return 'listed and read; not_supported, 0 requests without a server, 1 that was refused with a wrong key, nothing made';
    }),
  );

  it('leaves no case without an answer (2.22)', () => {
    record.explained('2.3', 'the panel attaches without replay: openCodeServePanel.test.ts');
    record.explained(
      '2.19',
      'XDG_DATA_HOME in all tests; OPENCODE_DB by test/unit/stores/opencodeList.test.ts',
    );
    record.explained('2.22', 'this table; a case without an answer fails the run');
    assert.deepEqual(record.open, []);
  });
});
