import assert from 'node:assert/strict';
import { request } from 'node:http';
import { describe, it } from 'node:test';
import { createMoltisAgent } from '../../src/agents/moltis/index.ts';
import { Catalog } from '../../src/core/catalog.ts';
import { ForkService } from '../../src/core/forkService.ts';
import { ancestors } from '../../src/core/forkTree.ts';
import { agentId, type SessionId, sessionId } from '../../src/core/model.ts';
import { moltisGateway } from '../../src/stores/moltis/index.ts';
import { Ear, prompt } from '../unit/agents/harness.ts';
import { cutAt, MoltisHome, recordsOf } from '../unit/stores/moltisHome.ts';
import { ClaimRecorder } from './support/claims.ts';
import { type Json, type JsonObject, objectOf, objectsOf, textOf } from './support/json.ts';
import { type DoubleOptions, MoltisDouble } from './support/moltisDouble/index.ts';
import { greeting, payloadOf, type RawClient, rawClient } from './support/moltisDouble/rawClient.ts';

// Moltis's own program is not run here: the double stands for it, and these tests hold the double to what Moltis's
// gateway (release 20260820.01, protocol 4) says, frame by frame, by a client that shares nothing with ours.

const record = new ClaimRecorder('moltis');
const onDouble = "Moltis: on a double of its gateway, which other tests hold to Moltis's own frames";

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const childKey = /^session:[0-9a-f-]{36}$/;

interface Scene extends AsyncDisposable {
  readonly home: MoltisHome;
  readonly double: MoltisDouble;
  client(greet?: JsonObject): Promise<RawClient>;
}

/** A gateway with a session `main` of four entries. */
async function scene(options: DoubleOptions = {}): Promise<Scene> {
  const home = new MoltisHome();
  home.add('main', 'four', { model: 'openai::gpt-5', mcp_disabled: 1, worktree_branch: 'moltis/x' });
  const double = new MoltisDouble(home.data, options);
  await double.listen();
  home.access.url = double.url;
  const clients: RawClient[] = [];
  return {
    home,
    double,
    client: async (greet = greeting()) => {
      const client = await rawClient(double.url);
      clients.push(client);
      const hello = await client.ask('connect', greet);
      assert.equal(hello.ok, true, JSON.stringify(hello));
      return client;
    },
    [Symbol.asyncDispose]: async () => {
      for (const client of clients) await client[Symbol.asyncDispose]();
      await double[Symbol.asyncDispose]();
      home[Symbol.dispose]();
    },
  };
}

/** Carries a session on by the extension's own live agent. */
async function goOn({ home }: Scene, id: SessionId, text: string): Promise<void> {
  const environment = { home: home.path, variables: {}, folders: {}, access: async () => home.access };
  const live = createMoltisAgent({ connect: moltisGateway(environment), setting: 'x' });
  const conversation = await live.open({ agent: agentId('moltis'), id, cwd: home.path }, new Ear());
  await conversation.prompt(prompt(text));
  await conversation.close();
}

const error = (code: string, message: string): JsonObject => ({ code, message });

async function settled(events: readonly JsonObject[], last: (event: JsonObject) => boolean): Promise<void> {
  for (let tries = 0; tries < 400 && !events.some(last); tries++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const kindsOf = (events: readonly JsonObject[]): readonly string[] =>
  events.map((frame) =>
    `${textOf(frame.event)} ${textOf(payloadOf(frame).kind ?? payloadOf(frame).state)}`.trim(),
  );

describe('the double greets as Moltis does', () => {
  it('answers connect with hello-ok inside the payload', async () => {
    await using stage = await scene({ keys: { mk_1: ['operator.read', 'operator.write'] } });
    const client = await rawClient(stage.double.url);
    const frame = await client.ask('connect', greeting({ auth: { api_key: 'mk_1' } }));
    assert.deepEqual([frame.type, frame.id, frame.ok], ['res', 'c1', true]);
    const hello = payloadOf(frame);
    assert.deepEqual(
      [hello.type, hello.protocol, objectOf(hello.server).version, hello.snapshot],
      ['hello-ok', 4, '20260820.01', {}],
    );
    assert.match(textOf(objectOf(hello.server).connId), uuid);
    const { methods } = objectOf(hello.features);
    assert.ok(Array.isArray(methods) && methods.includes('sessions.fork'));
    assert.deepEqual(objectOf(hello.auth).scopes, ['operator.read', 'operator.write']);
    assert.deepEqual(hello.policy, { maxPayload: 524288, maxBufferedBytes: 1572864, tickIntervalMs: 30000 });
    await client[Symbol.asyncDispose]();
  });

  const refusals: readonly (readonly [string, JsonObject, JsonObject])[] = [
    ['no key', {}, error('UNAUTHORIZED', 'authentication failed')],
    ['a wrong key', { auth: { api_key: 'no' } }, error('UNAUTHORIZED', 'authentication failed')],
    [
      'a key without scopes',
      { auth: { api_key: 'mk_0' } },
      error('FORBIDDEN', 'API key has no scopes — specify at least one scope when creating the key'),
    ],
    [
      'an older protocol',
      { protocol: { min: 3, max: 3 } },
      error('PROTOCOL_ERROR', 'protocol mismatch: server=4, client=3-3'),
    ],
  ];
  for (const [what, more, expected] of refusals) {
    it(`refuses ${what}, then closes`, async () => {
      await using stage = await scene({ keys: { mk_0: [] } });
      const client = await rawClient(stage.double.url);
      const frame = await client.ask('connect', greeting(more));
      assert.deepEqual(frame, { type: 'res', id: 'c1', ok: false, error: expected });
      await client.closed;
    });
  }

  it('refuses a page of another origin with status 403', async () => {
    await using stage = await scene();
    const headers = {
      connection: 'Upgrade',
      upgrade: 'websocket',
      origin: 'vscode-webview://x',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
    };
    const status = await new Promise((resolve, reject) => {
      const call = request({ port: stage.double.port, host: '127.0.0.1', path: '/ws/chat', headers });
      call.on('response', (response) => resolve(response.resume().statusCode));
      call.on('upgrade', (_response, socket) => reject(new Error(String(socket.destroy()))));
      call.on('error', reject);
      call.end();
    });
    assert.equal(status, 403);
  });

  it('sends no events to a client of protocol 4 before it subscribes, and all to an older one', async () => {
    await using stage = await scene();
    const silent = await stage.client();
    const older = await stage.client({ minProtocol: 3, maxProtocol: 4, client: { id: 'old' } });
    const hearing = await stage.client();
    const subscribed = await hearing.ask('subscribe', {
      events: ['session', 'chat', 'exec.approval.requested'],
    });
    assert.match(textOf(payloadOf(subscribed).subscriptionId), uuid);
    assert.deepEqual(payloadOf(subscribed).events, ['session', 'chat', 'exec.approval.requested']);
    await silent.ask('sessions.fork', { key: 'main', label: 'a' });
    assert.equal(silent.events.length, 0);
    assert.deepEqual(kindsOf(older.events), ['session created', 'session patched']);
    assert.deepEqual(kindsOf(hearing.events), ['session created', 'session patched']);
  });

  it('names unknown methods and missing scopes', async () => {
    await using stage = await scene({ keys: { mk_r: ['operator.read'] } });
    const client = await stage.client(greeting({ auth: { api_key: 'mk_r' } }));
    const fork = await client.ask('sessions.fork', { key: 'main' });
    assert.deepEqual(fork.error, error('UNAUTHORIZED', 'missing scope: operator.write'));
    const removal = await client.ask('sessions.delete', { key: 'main' });
    assert.deepEqual(removal.error, error('UNAUTHORIZED', 'missing scope: operator.admin'));
    await using open = await scene();
    const unknown = await (await open.client()).ask('sessions.dance');
    assert.deepEqual(unknown.error, error('UNKNOWN_METHOD', 'unknown method: sessions.dance'));
  });
});

describe('the double keeps sessions as Moltis does', () => {
  it('lists every field of an entry, main first', async () => {
    await using stage = await scene();
    stage.home.add('session:newer', 'four', { updated_at: Date.now() });
    const { payload } = await (await stage.client()).ask('sessions.list');
    const entries = objectsOf(payload);
    assert.deepEqual(
      entries.map(({ key }) => key),
      ['main', 'session:newer'],
    );
    const fields =
      'id key label model createdAt updatedAt messageCount lastSeenMessageCount projectId sandbox_enabled sandbox_image ' +
      'worktree_branch channelBinding activeChannel parentSessionKey forkPoint mcpDisabled preview archived agent_id ' +
      'agentId mode_id modeId node_id external_agent_kind externalAgentKind externalSessionId version replying';
    assert.deepEqual(Object.keys(entries[0] ?? {}).sort(), fields.split(' ').sort());
  });

  it('switches with an index for each entry, and without parent or fork point', async () => {
    await using stage = await scene();
    const payload = payloadOf(await (await stage.client()).ask('sessions.switch', { key: 'main' }));
    assert.deepEqual(
      [payload.historyTruncated, payload.historyDroppedCount, payload.replying],
      [false, 0, false],
    );
    const entry = objectOf(payload.entry);
    assert.deepEqual([entry.key, 'parentSessionKey' in entry, 'forkPoint' in entry], ['main', false, false]);
    assert.deepEqual(
      objectsOf(payload.history).map(({ role, content, historyIndex }) => [role, content, historyIndex]),
      [
        ['user', '2+2?', 0],
        ['assistant', '4', 1],
        ['user', '3+3?', 2],
        ['assistant', '6', 3],
      ],
    );
  });

  it('switching creates a session that is not there', async () => {
    await using stage = await scene();
    await (await stage.client()).ask('sessions.switch', { key: 'session:ghost' });
    assert.equal((await stage.home.info('session:ghost')).messageCount, 0);
  });

  const points: readonly (readonly [string, JsonObject, number])[] = [
    ['at 0', { forkPoint: 0 }, 0],
    ['in the middle', { forkPoint: 2 }, 2],
    ['at the end', { forkPoint: 4 }, 4],
    ['without a point', {}, 4],
    ['by at_message, which was never read', { at_message: 1 }, 4],
    ['by a text, which counts as absent', { forkPoint: '2' }, 4],
    ['by a negative number, which counts as absent', { forkPoint: -1 }, 4],
  ];
  for (const [what, params, count] of points) {
    it(`forks ${what}: ${count} of 4 entries`, async () => {
      await using stage = await scene();
      const frame = await (await stage.client()).ask('sessions.fork', {
        key: 'main',
        label: 'alt',
        ...params,
      });
      const { sessionKey, id, version, ...rest } = payloadOf(frame);
      assert.match(textOf(sessionKey), childKey);
      assert.match(textOf(id), uuid);
      assert.ok(typeof version === 'number' && version > 5);
      assert.deepEqual(rest, {
        label: 'alt',
        forkPoint: count,
        messageCount: count,
        agent_id: 'main',
        agentId: 'main',
        node_id: null,
      });
      assert.deepEqual(stage.home.data.read(textOf(sessionKey)), recordsOf('four').slice(0, count));
    });
  }

  it('refuses to fork at 99 of 4', async () => {
    await using stage = await scene();
    const frame = await (await stage.client()).ask('sessions.fork', { key: 'main', forkPoint: 99 });
    assert.deepEqual(frame, {
      type: 'res',
      id: 'c2',
      ok: false,
      error: error('INTERNAL', 'forkPoint 99 exceeds message count 4'),
    });
  });

  it('lets a fork inherit model and tools, not worktree, label or what was seen; branches name it', async () => {
    await using stage = await scene();
    const client = await stage.client();
    const child = textOf(
      payloadOf(await client.ask('sessions.fork', { key: 'main', forkPoint: 2 })).sessionKey,
    );
    const row = stage.home.data.row(child);
    assert.deepEqual(
      [row?.model, row?.mcp_disabled, row?.worktree_branch, row?.label, row?.last_seen_message_count],
      ['openai::gpt-5', 1, null, null, 0],
    );
    const { payload } = await client.ask('sessions.branches', { key: 'main' });
    assert.deepEqual(payload, [
      { key: child, label: null, forkPoint: 2, messageCount: 2, createdAt: Number(row?.created_at) },
    ]);
  });

  it('tells of a fork by created, then patched with its parent; of a deletion without an entry', async () => {
    await using stage = await scene();
    const client = await stage.client();
    await client.ask('subscribe', { events: ['session'] });
    await client.ask('sessions.fork', { key: 'main', forkPoint: 2 });
    await client.ask('sessions.delete', { key: 'main' });
    assert.deepEqual(kindsOf(client.events), ['session created', 'session patched', 'session deleted']);
    const [, patched, deleted] = client.events.map(payloadOf);
    const entry = objectOf(patched?.entry);
    assert.deepEqual([entry.parentSessionKey, entry.forkPoint], ['main', 2]);
    assert.deepEqual(deleted, { kind: 'deleted', sessionKey: 'main' });
    assert.deepEqual(
      stage.home.data.rows().map((row) => row.parent_session_key),
      ['main'],
      'the fork keeps the name of its parent',
    );
  });

  it('keeps a worktree with changes unless it is forced', async () => {
    await using stage = await scene();
    stage.double.sessions.dirty.add('main');
    const client = await stage.client();
    const refused = await client.ask('sessions.delete', { key: 'main' });
    assert.deepEqual(
      refused.error,
      error('INTERNAL', 'worktree has uncommitted changes; use force: true to delete anyway'),
    );
    assert.deepEqual((await client.ask('sessions.delete', { key: 'main', force: true })).payload, {
      ok: true,
    });
  });
});

describe('the double chats as Moltis does', () => {
  it('answers with a run, then tells its states to the end', async () => {
    await using stage = await scene();
    stage.double.chat.script = () => [
      { thinking: 'Hm' },
      { tool: 'exec', args: { command: 'ls' }, result: { stdout: 'a', stderr: '', exit_code: 0 } },
      { text: 'a' },
    ];
    const client = await stage.client();
    await client.ask('subscribe', { events: ['chat'] });
    const sent = await client.ask('chat.send', { sessionKey: 'main', text: 'go on', _seq: 1 });
    assert.match(textOf(payloadOf(sent).runId), uuid);
    await settled(client.events, (event) => payloadOf(event).state === 'final');
    const states = 'user_message thinking thinking_text tool_call_start tool_call_end delta final';
    assert.deepEqual(
      client.events.map((event) => payloadOf(event).state),
      states.split(' '),
    );
    const final = payloadOf(client.events.at(-1) ?? {});
    assert.deepEqual([final.text, final.messageIndex, final.inputTokens], ['a', 7, 100]);
    const added = stage.home.data.read('main').slice(4);
    assert.deepEqual(
      added.map(({ role }) => role),
      ['user', 'assistant', 'tool_result', 'assistant'],
    );
    assert.equal(new Set(added.map((record) => record.run_id)).size, 1);
  });

  it('queues a second prompt and answers it after the first', async () => {
    await using stage = await scene();
    const first = Promise.withResolvers<void>();
    stage.double.chat.script = (text) => (text === 'one' ? [{ wait: first.promise }, { text }] : [{ text }]);
    const client = await stage.client();
    await client.ask('subscribe', { events: ['chat'] });
    await client.ask('chat.send', { sessionKey: 'main', text: 'one' });
    const queued = await client.ask('chat.send', { sessionKey: 'main', text: 'two' });
    assert.deepEqual(queued.payload, { ok: true, queued: true, mode: 'followup' });
    first.resolve();
    await settled(
      client.events,
      (event) => payloadOf(event).state === 'final' && payloadOf(event).text === 'two',
    );
    assert.deepEqual(
      stage.home.data
        .read('main')
        .slice(4)
        .map(({ content }) => content),
      ['one', 'one', 'two', 'two'],
    );
  });

  it('keeps what was said when a run is aborted', async () => {
    await using stage = await scene();
    stage.double.chat.script = () => [{ text: 'Half' }, { wait: new Promise(() => undefined) }];
    const client = await stage.client();
    await client.ask('subscribe', { events: ['chat'] });
    const { runId } = payloadOf(await client.ask('chat.send', { sessionKey: 'main', text: 'go on' }));
    await settled(client.events, (event) => payloadOf(event).state === 'delta');
    await client.ask('chat.abort', { sessionKey: 'main', runId: runId ?? '' });
    await settled(client.events, (event) => payloadOf(event).state === 'aborted');
    const aborted = payloadOf(client.events.at(-1) ?? {});
    assert.deepEqual([aborted.runId, aborted.messageIndex], [runId, 5]);
    assert.equal(stage.home.data.read('main')[5]?.content, 'Half');
  });

  it('asks before a command', async () => {
    await using stage = await scene();
    stage.double.chat.script = () => [
      { tool: 'exec', args: { command: 'rm x' }, result: { exit_code: 0 }, approve: true },
    ];
    const client = await stage.client();
    await client.ask('subscribe', { events: ['exec.approval.requested', 'chat'] });
    await client.ask('chat.send', { sessionKey: 'main', text: 'go on' });
    await settled(client.events, (event) => event.event === 'exec.approval.requested');
    const asked = payloadOf(client.events.at(-1) ?? {});
    assert.deepEqual([asked.command, asked.sessionKey], ['rm x', 'main']);
    const requestId = textOf(asked.requestId);
    const odd = await client.ask('exec.approval.resolve', { requestId, decision: 'maybe' });
    assert.deepEqual(odd.error, error('INTERNAL', 'invalid decision: maybe'));
    await client.ask('exec.approval.resolve', { requestId, decision: 'denied' });
    await settled(client.events, (event) => payloadOf(event).state === 'tool_call_end');
    assert.equal(
      payloadOf(client.events.find((event) => payloadOf(event).state === 'tool_call_end') ?? {}).success,
      false,
    );
  });
});

describe('Moltis: fork and go on, from end to end', () => {
  it("cuts by the gateway's own index of each message", async () => {
    await using stage = await scene();
    stage.home.add('session:tools', 'main');
    const switched = payloadOf(await (await stage.client()).ask('sessions.switch', { key: 'session:tools' }));
    const history = objectsOf(switched.history);
    const ends = history
      .filter(
        ({ role, content }) =>
          role === 'user' || role === 'tool_result' || (role === 'assistant' && content !== ''),
      )
      .map(({ historyIndex }) => Number(historyIndex) + 1);
    const messages = await stage.home.messages('session:tools');
    const points: number[] = [];
    for (const keep of messages.keys()) {
      const child = await stage.home.store.fork(sessionId('session:tools'), cutAt(messages, keep + 1), 'x');
      points.push(Number(stage.home.data.row(child)?.fork_point));
    }
    assert.deepEqual(points, ends);
  });

  it('finds a fork in the list, though every event of it was lost', async () => {
    await using stage = await scene();
    stage.double.loses = () => true;
    const catalog = new Catalog([stage.home.store]);
    await catalog.refresh();
    const child = await new ForkService(catalog).fork({
      source: { agent: agentId('moltis'), id: sessionId('main') },
      point: 'end',
      origin: 'command',
    });
    assert.equal(catalog.get(child.session)?.lineage?.messages, 4);
    await stage.home.store.remove?.(sessionId('main'));
    await catalog.refresh();
    assert.deepEqual(
      catalog.forest().roots.map(({ info, orphan }) => [info.ref.id, orphan]),
      [[child.session.id, 'parentDeleted']],
    );
  });

  for (const keep of [0, 2, 4]) {
    it(
      `the model receives exactly ${keep} messages and the prompt`,
      record.shows(
        ['after', 'before', 'prefix'],
        async () => {
          await using stage = await scene();
          const { home, double } = stage;
          const messages = await home.messages('main');
          const child = await home.store.fork(sessionId('main'), cutAt(messages, keep), 'x');
          await goOn(stage, child, 'And now?');
          const prefix = ['user 2+2?', 'assistant 4', 'user 3+3?', 'assistant 6'].slice(0, keep);
          assert.deepEqual(double.chat.requests, [[...prefix, 'user And now?']]);
          assert.equal((await home.messages(child)).length, keep + 2);
          assert.deepEqual(stage.home.data.read('main'), recordsOf('four'), 'the parent is not written to');
        },
        onDouble,
      ),
    );
  }

  it(
    'forks a fork, which the gateway lists, in the true tree',
    record.shows(
      ['tree', 'again', 'prefix', 'known'],
      async () => {
        await using stage = await scene();
        const { home, double } = stage;
        const catalog = new Catalog([home.store]);
        const forks = new ForkService(catalog);
        await catalog.refresh();
        const main = { agent: agentId('moltis'), id: sessionId('main') };
        const after = (await home.messages('main'))[1]?.id ?? assert.fail('no reply');
        const child = await forks.fork({ source: main, point: { after }, title: 'One', origin: 'api' });
        await goOn(stage, child.session.id, 'And now?');
        const { session } = await forks.fork({
          source: child.session,
          point: 'end',
          title: 'Two',
          origin: 'api',
        });
        await goOn(stage, session.id, 'And then?');
        const told = ['user 2+2?', 'assistant 4', 'user And now?'];
        const [first, second = []] = double.chat.requests;
        assert.deepEqual(first, told);
        assert.deepEqual(second.slice(0, 3), told);
        assert.match(second.slice(3).join(), /^assistant [^,]*,user And then\?$/);
        await catalog.refresh();
        assert.deepEqual(
          ancestors(catalog.forest(), session).map(({ info }) => info.ref.id),
          ['main', child.session.id],
        );
        const { payload } = await (await stage.client()).ask('sessions.list');
        const listed = objectsOf(payload).map(({ key, label, parentSessionKey, forkPoint }) =>
          [key, label, parentSessionKey, forkPoint].join(' '),
        );
        assert.ok(listed.includes(`${child.session.id} One main 2`), listed.join());
        assert.ok(listed.includes(`${session.id} Two ${child.session.id} 4`), listed.join());
      },
      onDouble,
    ),
  );

  it(
    'reads what the gateway shows',
    record.shows(
      ['view'],
      async () => {
        await using stage = await scene();
        stage.home.add('session:tools', 'main');
        for (const key of ['main', 'session:tools']) {
          const shown = payloadOf(await (await stage.client()).ask('sessions.switch', { key }));
          const words = objectsOf(shown.history).flatMap(({ role, content }) =>
            role === 'user' || role === 'assistant' ? [`${role} ${textIn(content)}`] : [],
          );
          const read = (await stage.home.messages(key)).flatMap((message) =>
            message.kind === 'prompt'
              ? [`user ${message.text}`]
              : message.parts.flatMap((part) => (part.kind === 'text' ? [`assistant ${part.text}`] : [])),
          );
          assert.deepEqual(
            read,
            words.filter((word) => word !== 'assistant '),
          );
        }
      },
      onDouble,
    ),
  );
});

const textIn = (content: Json | undefined): string =>
  textOf(content) ||
  objectsOf(content)
    .map(({ text }) => textOf(text))
    .filter(Boolean)
    .join('\n');
