import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Catalog } from '../../src/core/catalog.ts';
import { ForkService } from '../../src/core/forkService.ts';
import { ancestors } from '../../src/core/forkTree.ts';
import { type ForkPoint, type Message, type SessionRef, sessionId } from '../../src/core/model.ts';
import type { SessionStore } from '../../src/core/store.ts';
import type { StoreEnvironment } from '../../src/stores/index.ts';
import { opencode } from '../../src/stores/opencode/index.ts';
import { placeOf } from '../../src/stores/opencode/place.ts';
import { withServer } from '../../src/stores/opencode/server.ts';
import { acpAgent } from './support/acpClient.ts';
import { type AgentHome, makeAgentHome } from './support/agentHome.ts';
import { ClaimRecorder } from './support/claims.ts';
import { listOf, objectOf, parseObject, textOf } from './support/json.ts';
import { program } from './support/programs.ts';
import { assertReplayed } from './support/replay.ts';
import { runProgram } from './support/run.ts';
import { conversationOf, type StubModel, spokenOf, startStubModel } from './support/stubModel.ts';

const prompts = ['First question', 'USE_TOOL for the second', 'USE_TWO_TOOLS for the third', 'Last question'];
const slow = { timeoutMs: 150_000 };

const reply = (prompt: string, results = 0): string =>
  results > 0 ? `Reply to: ${prompt}, after ${results} tool result(s)` : `Reply to: ${prompt}`;

const firstTurn = [prompts[0], reply('First question')];
const secondTurn = [prompts[1], reply('USE_TOOL for the second', 1)];

const record = new ClaimRecorder('opencode');

describe('OpenCode, its real program', { timeout: 900_000 }, () => {
  let stub: StubModel;
  let home: AgentHome;
  let store: SessionStore;
  let catalog: Catalog;
  let forks: ForkService;
  let source: SessionRef;
  let environment: StoreEnvironment;
  const place = () => placeOf(environment, undefined);

  before(async () => {
    stub = await startStubModel();
    home = await makeAgentHome('opencode', stub);
    const variables = { ...home.env, OPENCODE_BIN_PATH: (await program('opencode')).command };
    environment = { home: home.home, variables, folders: {} };
    store = opencode(environment);
    catalog = new Catalog([store]);
    forks = new ForkService(catalog);
    await using agent = await acpAgent('opencode', home, slow);
    const made = await agent.newSession();
    for (const prompt of prompts) {
      await agent.prompt(made.sessionId, prompt);
    }
    source = { agent: store.agent.id, id: sessionId(made.sessionId) };
  });

  after(async () => {
    await home[Symbol.asyncDispose]();
    await stub[Symbol.asyncDispose]();
  });

  const messagesOf = async (ref: SessionRef): Promise<readonly Message[]> =>
    (await store.read(ref.id)).messages;

  const fork = async (from: SessionRef, pick: (messages: readonly Message[]) => ForkPoint, title?: string) =>
    forks.fork({
      source: from,
      point: pick(await messagesOf(from)),
      origin: 'command',
      ...(title ? { title } : {}),
    });

  const afterMessage = (index: number) => (messages: readonly Message[]) => ({
    after: idAt(messages, index),
  });
  const beforeMessage = (index: number) => (messages: readonly Message[]) => ({
    before: idAt(messages, index),
  });

  /** What the model is sent when the child goes on: what was said, and the tools that it called. */
  const goOn = async (child: SessionRef) => {
    stub.clear();
    await using agent = await acpAgent('opencode', home, slow);
    const own = (await agent.listSessions()).map((session) => session.sessionId);
    await agent.loadSession(child.id);
    await agent.prompt(child.id, 'Go on');
    const request = stub.mainRequests().at(0);
    assert.ok(request, `nothing came; strays: ${stub.strays.join(', ')}`);
    const messages = conversationOf(request);
    return {
      own,
      spoken: spokenOf(request).map(({ text }) => text),
      calls: messages.flatMap(({ toolCalls }) => toolCalls.map(({ id }) => id)),
      results: messages.flatMap(({ toolResults }) => toolResults.map(({ id }) => id)),
    };
  };

  it(
    'lists the session, and reads what the program exports',
    record.shows(['view'], async () => {
      const { sessions, problems } = await store.list();
      assert.deepEqual(problems, []);
      assert.deepEqual(
        sessions.map(({ ref, messageCount, cwd }) => [ref.id, messageCount, cwd]),
        [[source.id, 10, home.project]],
      );
      const exported = parseObject((await runProgram('opencode', home, ['export', source.id], slow)).stdout);
      const ids = listOf(exported.messages).map((message) =>
        textOf(objectOf(objectOf(message as never).info).id),
      );
      assert.deepEqual(
        (await messagesOf(source)).map(({ id }) => id),
        ids,
      );
      await assertReplayed('opencode', home, store, source.id);
    }),
  );

  it(
    'forks after a reply in the middle of a turn: the model receives exactly the prefix and the prompt',
    record.shows(['after', 'prefix', 'known'], async () => {
      const earlier = await messagesOf(source);
      const result = await fork(source, afterMessage(3), 'In the middle');
      assert.equal(result.messages, 4);
      const { own, spoken, calls, results } = await goOn(result.session);
      assert.deepEqual(spoken, [...firstTurn, prompts[1], 'Go on']);
      assert.equal(calls.length, 1);
      assert.deepEqual(results, calls);
      assert.ok(own.includes(result.session.id), 'the program lists the child');
      assert.deepEqual(await messagesOf(source), earlier, 'the source is as it was');
      await catalog.refresh();
      const info = catalog.get(result.session);
      assert.equal(info?.title, 'In the middle');
      assert.equal(info?.preview, 'Go on');
      assert.deepEqual(info?.lineage, { parent: source, kind: 'fork', messages: 4, how: 'recorded' });
    }),
  );

  it(
    'forks before a prompt, and forks that fork again',
    record.shows(['tree', 'before', 'again', 'prefix'], async () => {
      const first = await fork(source, beforeMessage(5));
      assert.equal(first.draft?.text, prompts[2]);
      const { spoken } = await goOn(first.session);
      assert.deepEqual(spoken, [...firstTurn, ...secondTurn, 'Go on']);

      const second = await fork(first.session, afterMessage(6));
      const again = await goOn(second.session);
      assert.deepEqual(again.spoken, [...firstTurn, ...secondTurn, 'Go on', reply('Go on'), 'Go on']);
      await catalog.refresh();
      const lineage = catalog.get(second.session)?.lineage;
      assert.deepEqual(lineage, { parent: first.session, kind: 'fork', messages: 7, how: 'recorded' });
      assert.deepEqual(
        ancestors(catalog.forest(), second.session).map(({ info }) => info.ref),
        [source, first.session],
      );
    }),
  );

  it('forks before the first prompt: the child is empty and can be resumed', async () => {
    const result = await fork(source, beforeMessage(0));
    assert.equal(result.messages, 0);
    assert.deepEqual((await goOn(result.session)).spoken, ['Go on']);
  });

  it('names, archives, takes back and deletes a child, and leaves the source alone', async () => {
    const { session } = await fork(source, () => 'end');
    const before = await messagesOf(source);
    await store.rename?.(session.id, 'A new name');
    await store.archive?.(session.id, true);
    await catalog.refresh();
    assert.equal(catalog.get(session)?.title, 'A new name');
    assert.equal(catalog.get(session)?.archived, true);
    await store.archive?.(session.id, false);
    await catalog.refresh();
    assert.equal(catalog.get(session)?.archived, undefined);
    await store.remove?.(session.id);
    await catalog.refresh();
    assert.equal(catalog.get(session), undefined);
    assert.deepEqual(await messagesOf(source), before);
  });

  it('forks before a compaction with all that was said, and leaves out messages that were taken back', async () => {
    const { session } = await fork(source, () => 'end', 'To be changed');
    const path = `/session/${session.id}`;
    const model = { providerID: 'stub', modelID: 'stub-model' };
    await withServer(place(), home.project, (ask) => ask('POST', `${path}/summarize`, model));
    const early = await fork(session, afterMessage(1));
    assert.deepEqual((await goOn(early.session)).spoken, [...firstTurn, 'Go on']);

    const takenBack = { messageID: idAt(await messagesOf(session), 5) };
    await withServer(place(), home.project, (ask) => ask('POST', `${path}/revert`, takenBack));
    const late = await fork(session, () => 'end');
    assert.equal(late.messages, 5);
    assert.deepEqual((await goOn(late.session)).spoken, [...firstTurn, ...secondTurn, 'Go on']);
  });

  it(
    'infers the parent of a fork that the program made',
    record.shows(['tree'], async () => {
      const known = new Set((await store.list()).sessions.map(({ ref }) => ref.id));
      await using agent = await acpAgent('opencode', home, slow);
      const made = await agent.forkSession(source.id);
      const child = (await store.list()).sessions.find(({ ref }) => !known.has(ref.id));
      assert.equal(child?.ref.id, made.sessionId);
      assert.deepEqual(child?.lineage, { parent: source, kind: 'fork', messages: 10, how: 'inferred' });
    }),
  );
});

function idAt(messages: readonly Message[], index: number) {
  const message = messages[index];
  assert.ok(message, `no message ${index}`);
  return message.id;
}
