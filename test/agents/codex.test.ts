import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { Catalog } from '../../src/core/catalog.ts';
import { ancestors } from '../../src/core/forkTree.ts';
import { type SessionId, sessionId } from '../../src/core/model.ts';
import type { ForkWay, SessionStore } from '../../src/core/store.ts';
import { type Ask, withAppServer } from '../../src/stores/codex/appServer.ts';
import { codex } from '../../src/stores/codex/index.ts';
import { findProgram } from '../../src/stores/codex/program.ts';
import { type AgentHome, makeAgentHome } from './support/agentHome.ts';
import { ClaimRecorder } from './support/claims.ts';
import { objectOf, objectsOf, parseObject, textOf, without } from './support/json.ts';
import { program } from './support/programs.ts';
import { assertReplayed } from './support/replay.ts';
import { runProgram } from './support/run.ts';
import { type ModelRequest, rawMessagesOf, type StubModel, startStubModel } from './support/stubModel.ts';

const prompts = ['one USE_TOOL', 'two THINK USE_TWO_TOOLS', 'three', 'four'] as const;

/** Messages kept -> which of the source's requests ended with the prompt or result that came next. */
const turnEnds = [
  [0, 0],
  [3, 2],
  [6, 4],
  [8, 5],
] as const;
const insideTurns = [
  [2, 1],
  [5, 3],
] as const;

/** Each message that the model received. Codex makes new ids for its own instructions in every session. */
const heard = (request: ModelRequest): string[] =>
  rawMessagesOf(request).map((message) => JSON.stringify(without(parseObject(message), 'id')));

const record = new ClaimRecorder('codex');

describe('Codex 0.169.0', { timeout: 180_000 }, () => {
  let stub: StubModel;
  let home: AgentHome;
  let native: SessionStore;
  let copying: SessionStore;
  let source: SessionId;
  /** What the model received in each of the source's requests. */
  let received: readonly (readonly string[])[];

  before(async () => {
    stub = await startStubModel();
    home = await makeAgentHome('codex', stub);
    const { file } = await program('codex');
    native = codex({ home: home.home, variables: { ...home.env, CODEX_PATH: file }, folders: {} });
    copying = codex({ home: home.home, variables: { ...home.env, PATH: '' }, folders: {} });
    source = await say(undefined, prompts[0]);
    for (const prompt of prompts.slice(1)) {
      await say(source, prompt);
    }
    received = stub.mainRequests().map(heard);
  });
  after(async () => {
    await home?.[Symbol.asyncDispose]();
    await stub?.[Symbol.asyncDispose]();
  });

  /** One turn of a new or a resumed session, by `codex exec`. */
  async function say(session: SessionId | undefined, prompt: string): Promise<SessionId> {
    const resume = session === undefined ? [] : ['resume', session];
    const args = ['exec', '--json', '--skip-git-repo-check', ...resume, prompt];
    const { stdout } = await runProgram('codex', home, args);
    const events = stdout.split('\n').filter(Boolean).map(parseObject);
    return sessionId(textOf(events.find(({ type }) => type === 'thread.started')?.thread_id));
  }

  const ways = new Map<SessionId, ForkWay>();

  async function fork(store: SessionStore, id: SessionId, keep: number): Promise<SessionId> {
    const { messages } = await store.read(id);
    const last = messages[keep - 1]?.id;
    const next = messages[keep]?.id;
    const cut = { keep, ...(last && { last }), ...(next && { next }) };
    let way: ForkWay = 'copy';
    const child = await store.fork(id, cut, `Fork at ${keep}`, undefined, (told) => {
      way = told;
    });
    ways.set(child, way);
    return child;
  }

  /** What the model receives before the prompt when the session goes on. */
  async function prefixOf(session: SessionId): Promise<readonly string[]> {
    stub.clear();
    assert.equal(await say(session, 'NEW'), session);
    const messages = heard(stub.mainRequests()[0] ?? assert.fail('no request'));
    assert.match(messages.at(-1) ?? '', /"NEW"/);
    return messages.slice(0, -1);
  }

  async function asking<Result>(work: (ask: Ask) => Promise<Result>): Promise<Result> {
    const { file } = await program('codex');
    const environment = { home: home.home, variables: { ...home.env, CODEX_PATH: file }, folders: {} };
    const found = await findProgram(environment, home.env.CODEX_HOME ?? '');
    return withAppServer(found ?? assert.fail('no program'), work);
  }

  const infoOf = async (id: SessionId) =>
    (await native.list()).sessions.find(({ ref }) => ref.id === id) ?? assert.fail(`${id} is not listed`);

  const bytesOf = async (id: SessionId): Promise<Buffer> =>
    readFile((await infoOf(id)).file?.path ?? assert.fail('no file'));

  /** The expected prefix: a request of the source without the prompt that it ended with. */
  const expected = (keep: number, request: number): readonly string[] =>
    insideTurns.some(([inside]) => inside === keep)
      ? (received[request] ?? [])
      : (received[request]?.slice(0, -1) ?? []);

  for (const [how, places] of [
    ['by Codex itself', turnEnds],
    ['as a copy', [...turnEnds, ...insideTurns]],
  ] as const) {
    it(
      `resumes forks ${how} with exactly the prefix, and leaves the source as it was`,
      record.shows(['after', 'before', 'prefix'], async () => {
        const store = how === 'as a copy' ? copying : native;
        const bytes = await bytesOf(source);
        for (const [keep, request] of places) {
          const child = await fork(store, source, keep);
          const { lineage, messageCount } = await infoOf(child);
          assert.deepEqual([lineage?.parent.id, lineage?.messages, messageCount], [source, keep, keep]);
          const isReference = (await bytesOf(child)).includes('history_base');
          assert.equal(isReference, store === native && keep > 0);
          assert.equal(ways.get(child), store === native ? 'agent' : 'copy');
          assert.deepEqual(await prefixOf(child), expected(keep, request), `${how} at ${keep}`);
          assert.deepEqual((await infoOf(child)).lineage?.messages, keep);
        }
        assert.ok((await bytesOf(source)).equals(bytes));
      }),
    );
  }

  it(
    'forks a fork, and a session after a rewind, with exactly the prefix',
    record.shows(['again', 'prefix'], async () => {
      const child = await fork(native, source, 6);
      await prefixOf(child);
      await asking(async (ask) => {
        await ask('thread/resume', { threadId: child, excludeTurns: true });
        const { messages } = await native.read(child);
        assert.equal(messages.length, 8);
        const { data } = await ask('thread/turns/list', { threadId: child, sortDirection: 'desc', limit: 1 });
        const turn = objectsOf(JSON.parse(JSON.stringify(data)))[0]?.id;
        await ask('thread/revert', { threadId: child, beforeTurnId: textOf(turn) });
      });
      await say(child, 'again');
      const whole = await prefixOf(child);
      for (const store of [native, copying]) {
        const grandchild = await fork(store, child, 8);
        assert.deepEqual((await infoOf(grandchild)).lineage?.parent.id, child);
        const prefix = await prefixOf(grandchild);
        assert.deepEqual(prefix, whole);
        assert.match(prefix.join('\n'), /Reply to: again/);
      }
    }),
  );

  it(
    'lists the true tree, Codex’s own forks in it',
    record.shows(['tree'], async () => {
      const child = await fork(native, source, 6);
      await prefixOf(child);
      const own = await asking(async (ask) => {
        const { thread } = await ask('thread/fork', { threadId: child });
        return sessionId(textOf(objectOf(JSON.parse(JSON.stringify(thread))).id));
      });
      const catalog = new Catalog([native]);
      await catalog.refresh();
      const ref = (id: SessionId) => ({ agent: native.agent.id, id });
      assert.deepEqual(catalog.get(ref(own))?.lineage, {
        parent: ref(child),
        kind: 'fork',
        messages: 8,
        how: 'recorded',
      });
      assert.deepEqual(
        ancestors(catalog.forest(), ref(own)).map(({ info }) => info.ref.id),
        [source, child],
      );
    }),
  );

  it(
    'reads what Codex itself replays, of the source and of a fork that refers to it',
    record.shows(['view'], async () => {
      const child = await fork(native, source, 8);
      await prefixOf(child);
      for (const id of [source, child]) {
        await assertReplayed('codex-acp', home, native, id, { own: /^(Config w|W)arning:/ });
      }
    }),
  );

  it('forks while another process has the source open', async () => {
    await asking(async (ask) => {
      await ask('thread/resume', { threadId: source, excludeTurns: true });
      assert.equal((await infoOf(source)).live, 'idle');
      const child = await fork(native, source, 3);
      assert.ok((await bytesOf(child)).includes('history_base'));
      await assert.rejects(native.archive?.(source, true) ?? Promise.resolve(), { code: 'busy' });
      await assert.rejects(native.remove?.(source) ?? Promise.resolve(), { code: 'busy' });
    });
    assert.equal((await infoOf(source)).live, undefined);
  });

  it(
    'lets Codex list, name, archive and delete the forks',
    record.shows(['known'], async () => {
      const sourceKinds = ['cli', 'vscode', 'exec', 'appServer'];
      const listed = async (id: SessionId, archived = false) =>
        asking(async (ask) => {
          const { data } = await ask('thread/list', { sourceKinds, archived, limit: 100 });
          return objectsOf(JSON.parse(JSON.stringify(data))).find((thread) => thread.id === id);
        });
      const inside = await fork(native, source, 2);
      assert.equal((await listed(inside))?.name, 'Fork at 2');
      const child = await fork(native, source, 3);
      assert.equal((await listed(child))?.name, 'Fork at 3');
      await native.rename?.(child, 'Another name');
      assert.equal((await listed(child))?.name, 'Another name');
      await native.archive?.(child, true);
      assert.equal((await infoOf(child)).archived, true);
      assert.equal((await listed(child, true))?.id, child);
      await native.archive?.(child, false);
      assert.equal((await infoOf(child)).archived, undefined);
      await native.remove?.(child);
      assert.equal(await listed(child), undefined);
    }),
  );

  it('is refused by Codex itself what the store refuses: to delete a session that forks refer to', async () => {
    await fork(native, source, 3);
    await assert.rejects(native.remove?.(source) ?? Promise.resolve(), { code: 'not_supported' });
    await assert.rejects(
      asking((ask) => ask('thread/delete', { threadId: source })),
      /forked history still references it/,
    );
  });
});
