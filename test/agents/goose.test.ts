import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Catalog } from '../../src/core/catalog.ts';
import { SessionForksError } from '../../src/core/errors.ts';
import { ForkService } from '../../src/core/forkService.ts';
import { ancestors } from '../../src/core/forkTree.ts';
import type { LineageRecords } from '../../src/core/lineage.ts';
import {
  type ForkPoint,
  type Lineage,
  type Message,
  type SessionRef,
  sessionId,
  sessionKey,
} from '../../src/core/model.ts';
import type { SessionStore } from '../../src/core/store.ts';
import { readDatabase } from '../../src/stores/common/sqlite.ts';
import { goose } from '../../src/stores/goose/index.ts';
import { acpAgent } from './support/acpClient.ts';
import { type AgentHome, makeAgentHome } from './support/agentHome.ts';
import { ClaimRecorder } from './support/claims.ts';
import { objectsOf, parseObject, textOf } from './support/json.ts';
import { program } from './support/programs.ts';
import { assertReplayed } from './support/replay.ts';
import { runProgram } from './support/run.ts';
import { conversationOf, type StubModel, spokenOf, startStubModel } from './support/stubModel.ts';

const prompts = ['First question', 'USE_TOOL for the second', 'USE_TWO_TOOLS for the third', 'Last question'];

const reply = (prompt: string, results = 0): string =>
  results > 0 ? `Reply to: ${prompt}, after ${results} tool result(s)` : `Reply to: ${prompt}`;

const firstTurn = [prompts[0], reply('First question')];

/** Keeps what the store cannot know: where an empty fork came from. */
function memoryRecords(): LineageRecords {
  const records = new Map<string, Lineage>();
  return {
    get: (child) => records.get(sessionKey(child)),
    add: async (child, lineage) => void records.set(sessionKey(child), lineage),
  };
}

const record = new ClaimRecorder('goose');

describe('goose, its real program', { timeout: 600_000 }, () => {
  let stub: StubModel;
  let home: AgentHome;
  let store: SessionStore;
  let catalog: Catalog;
  let forks: ForkService;
  /** Turns in different seconds, where goose itself can cut. */
  let source: SessionRef;
  /** All turns in one second, so that only an export can be cut. */
  let quick: SessionRef;

  const makeSource = async (asked: readonly string[], pauseMs: number): Promise<SessionRef> => {
    await using agent = await acpAgent('goose', home);
    const made = await agent.newSession();
    for (const prompt of asked) {
      await agent.prompt(made.sessionId, prompt);
      await sleep(pauseMs);
    }
    return { agent: store.agent.id, id: sessionId(made.sessionId) };
  };

  before(async () => {
    stub = await startStubModel();
    home = await makeAgentHome('goose', stub);
    const variables = { ...home.env, GOOSE_BINARY: (await program('goose')).command };
    store = goose({ home: home.home, variables, folders: {} });
    catalog = new Catalog([store], memoryRecords());
    forks = new ForkService(catalog);
    source = await makeSource(prompts, 1_100);
    quick = await makeSource(prompts, 0);
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

  const providerOf = async ({ id }: SessionRef): Promise<unknown> => {
    const path = join(home.home, '.local/share/goose/sessions/sessions.db');
    const found = await readDatabase(path, (database) =>
      database.rows('SELECT provider_name AS name FROM sessions WHERE id = ?', id),
    );
    return found.kind === 'read' ? found.value[0]?.name : undefined;
  };

  const afterMessage = (index: number) => (messages: readonly Message[]) => ({
    after: idAt(messages, index),
  });
  const beforeMessage = (index: number) => (messages: readonly Message[]) => ({
    before: idAt(messages, index),
  });

  /** What the model is sent when the child goes on: what was said, and the tools that it called. */
  const goOn = async (child: SessionRef) => {
    stub.clear();
    await using agent = await acpAgent('goose', home);
    await agent.loadSession(child.id);
    await agent.prompt(child.id, 'Go on');
    const own = (await agent.listSessions()).map((session) => session.sessionId);
    const request = stub.mainRequests().at(0);
    assert.ok(request, `nothing came; strays: ${stub.strays.join(', ')}`);
    const messages = conversationOf(request);
    return {
      own,
      first: messages.find(({ role }) => role === 'user')?.text ?? '',
      spoken: spokenOf(request).map(({ text }) =>
        text.replace(/\s*<turn-context>.*<\/turn-context>\s*/s, ''),
      ),
      calls: messages.flatMap(({ toolCalls }) => toolCalls.map(({ id }) => id)),
      results: messages.flatMap(({ toolResults }) => toolResults.map(({ id }) => id)),
    };
  };

  it(
    'lists the session, and reads what the program exports',
    record.shows(['view'], async () => {
      const { sessions, problems } = await store.list();
      assert.deepEqual(problems, []);
      const info = sessions.find(({ ref }) => ref.id === source.id);
      assert.equal(info?.messageCount, 10);
      assert.equal(info?.cwd, home.project);
      const args = ['session', 'export', '--session-id', source.id, '--format', 'json'];
      const exported = objectsOf(parseObject((await runProgram('goose', home, args)).stdout).conversation);
      const known = exported.map((message) => textOf(message.id));
      const read = (await messagesOf(source)).map(({ id }) => id);
      assert.deepEqual(
        read.filter((id) => !known.includes(id)),
        [],
      );
      const calls = (await messagesOf(source)).map((message) =>
        message.kind === 'reply' ? message.parts.filter(({ kind }) => kind === 'tool').length : 0,
      );
      assert.deepEqual(calls, [0, 0, 0, 1, 0, 0, 2, 0, 0, 0], 'two tools of one answer are one reply');
      await assertReplayed('goose', home, store, source.id);
    }),
  );

  for (const [how, from, provider] of [
    ['by goose itself', () => source, 'openai'],
    ['by its export', () => quick, null],
  ] as const) {
    it(
      `forks before a prompt, ${how}: the model receives exactly the prefix and the prompt`,
      record.shows(['before', 'prefix', 'known'], async () => {
        const earlier = await messagesOf(from());
        const index = provider ? 5 : withinOneSecond(earlier);
        const result = await fork(from(), beforeMessage(index), `Cut ${how}`);
        assert.deepEqual(result.draft, earlier[index]);
        assert.equal(await providerOf(result.session), provider, 'only an import forgets the provider');
        const { own, spoken, calls, results } = await goOn(result.session);
        assert.deepEqual(spoken, [...earlier.slice(0, index).flatMap(wordsOf), 'Go on']);
        assert.deepEqual(results, calls);
        assert.ok(own.includes(result.session.id), 'the program lists the child');
        assert.deepEqual(await messagesOf(from()), earlier, 'the source is as it was');
        await catalog.refresh();
        assert.equal(catalog.get(result.session)?.title, `Cut ${how}`);
        const inferred = (await store.list()).sessions.find(
          ({ ref }) => ref.id === result.session.id,
        )?.lineage;
        assert.deepEqual(inferred, { parent: from(), kind: 'fork', messages: index, how: 'inferred' });
      }),
    );
  }

  it(
    'forks after a reply in the middle of a turn, with the result of its tool',
    record.shows(['after', 'prefix'], async () => {
      const result = await fork(source, afterMessage(3));
      const { spoken, calls, results } = await goOn(result.session);
      assert.deepEqual(spoken, [...firstTurn, prompts[1], 'Go on']);
      assert.equal(calls.length, 1);
      assert.deepEqual(results, calls);
    }),
  );

  it(
    'forks a fork',
    record.shows(['tree', 'again', 'prefix'], async () => {
      const first = await fork(quick, beforeMessage(2));
      await goOn(first.session);
      const second = await fork(first.session, () => 'end');
      const { spoken } = await goOn(second.session);
      assert.deepEqual(spoken, [...firstTurn, 'Go on', reply('Go on'), 'Go on']);
      const { sessions } = await store.list();
      const lineage = sessions.find(({ ref }) => ref.id === second.session.id)?.lineage;
      assert.deepEqual(lineage, { parent: first.session, kind: 'fork', messages: 4, how: 'inferred' });
      await catalog.refresh();
      assert.deepEqual(
        ancestors(catalog.forest(), second.session).map(({ info }) => info.ref),
        [quick, first.session],
      );
    }),
  );

  it('forks before the first prompt: the child is empty and can be resumed', async () => {
    const result = await fork(source, beforeMessage(0));
    assert.equal(result.messages, 0);
    assert.deepEqual((await goOn(result.session)).spoken, ['Go on']);
  });

  it('gives the model what a later compaction hid, and the summary when that is kept', async () => {
    const asked = ['First question', 'USE_TOOL for the second', '/compact', 'After it'];
    const compacted = await makeSource(asked, 1_100);
    const early = await fork(compacted, afterMessage(1));
    assert.deepEqual((await goOn(early.session)).spoken, [...firstTurn, 'Go on']);

    const messages = await messagesOf(compacted);
    const late = await fork(compacted, afterMessage(messages.length - 1));
    const { spoken, first } = await goOn(late.session);
    assert.match(first, /Summary of the stub/);
    assert.deepEqual(spoken.slice(-3), ['After it', reply('After it'), 'Go on']);
  });

  it('names, archives, takes back and deletes a child', async () => {
    const { session } = await fork(source, () => 'end');
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
  });

  it('a fork point that is gone is refused, and nothing is copied', async () => {
    const known = (await store.list()).sessions.length;
    const cut = { keep: 2, last: idAt(await messagesOf(source), 0) };
    await assert.rejects(
      store.fork(source.id, cut, 'Wrong'),
      (error) => error instanceof SessionForksError && error.code === 'fork_point_invalid',
    );
    assert.equal((await store.list()).sessions.length, known);
  });
});

function idAt(messages: readonly Message[], index: number) {
  const message = messages[index];
  assert.ok(message, `no message ${index}`);
  return message.id;
}

/** The first prompt that came in the same second as the reply before it: goose itself cannot cut there. */
function withinOneSecond(messages: readonly Message[]): number {
  const index = messages.findIndex(
    (message, at) => message.kind === 'prompt' && message.at === messages[at - 1]?.at,
  );
  assert.ok(index > 0, 'no two turns in one second');
  return index;
}

const wordsOf = (message: Message): readonly string[] =>
  message.kind === 'prompt'
    ? [message.text]
    : message.parts.flatMap((part) => (part.kind === 'text' ? [part.text] : []));
