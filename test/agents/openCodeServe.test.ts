/** Sessions that a real `opencode serve` has open: what its forks look like to us, and what our forks look like to it. */
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { Catalog, type ForkEvent } from '../../src/core/catalog.ts';
import { ForkService } from '../../src/core/forkService.ts';
import { type MessageId, messageId, type SessionRef, sessionId } from '../../src/core/model.ts';
import type { SessionStore } from '../../src/core/store.ts';
import { opencode } from '../../src/stores/opencode/index.ts';
import { placeOf } from '../../src/stores/opencode/place.ts';
import { type Ask, withServer } from '../../src/stores/opencode/server.ts';
import { type AgentHome, makeAgentHome } from './support/agentHome.ts';
import { program } from './support/programs.ts';
import { type StubModel, spokenOf, startStubModel } from './support/stubModel.ts';

describe('opencode serve, its real program', { timeout: 240_000, concurrency: 1 }, () => {
  let stub: StubModel;
  let home: AgentHome;
  let store: SessionStore;
  let catalog: Catalog;
  let forks: ForkService;
  let ask: Ask;
  let source: SessionRef;
  const told: ForkEvent[] = [];
  const stop = Promise.withResolvers<void>();
  let stopped: Promise<void>;

  const idOf = (answer: unknown): string => String(Reflect.get(Object(answer), 'id'));
  const ref = (id: string): SessionRef => ({ agent: store.agent.id, id: sessionId(id) });
  const say = (id: string, text: string): Promise<unknown> =>
    ask('POST', `/session/${id}/message`, { parts: [{ type: 'text', text }] });
  const messageAt = async ({ id }: SessionRef, index: number): Promise<MessageId> =>
    (await store.read(id)).messages[index]?.id ?? assert.fail();

  before(async () => {
    stub = await startStubModel();
    home = await makeAgentHome('opencode', stub);
    const variables = { ...home.env, OPENCODE_BIN_PATH: (await program('opencode')).command };
    const environment = { home: home.home, variables, folders: {} };
    store = opencode(environment);
    catalog = new Catalog([store]);
    forks = new ForkService(catalog);
    const place = placeOf(environment, undefined);
    // The server is started in OpenCode's own folder, which its first start would make.
    await mkdir(place.folder, { recursive: true });
    const ready = Promise.withResolvers<Ask>();
    stopped = withServer(place, home.project, async (asks) => {
      ready.resolve(asks);
      await stop.promise;
    });
    ask = await Promise.race([ready.promise, stopped.then(() => assert.fail('the server ended'))]);
    source = ref(idOf(await ask('POST', '/session', {})));
    await say(source.id, 'First question');
    await say(source.id, 'Second question');
    await catalog.refresh();
    catalog.onDidFork((event) => told.push(event));
  });

  after(async () => {
    stop.resolve();
    await Promise.allSettled([stopped]);
    await home[Symbol.asyncDispose]();
    await stub[Symbol.asyncDispose]();
  });

  it('its fork of all messages is told once, with the parent that it does not keep (3.1)', async () => {
    told.length = 0;
    const child = ref(idOf(await ask('POST', `/session/${source.id}/fork`, {})));
    await catalog.refresh();
    await catalog.refresh();
    assert.deepEqual(
      told.map(({ source: from, child: made, messages, origin }) => ({ from, made, messages, origin })),
      [{ from: source, made: child, messages: 4, origin: 'outside' }],
    );
    assert.equal(catalog.get(child)?.lineage?.how, 'inferred');
  });

  it('its fork at a message leaves the message out, and is shown at what it kept (3.1, 3.5)', async () => {
    const body = { messageID: await messageAt(source, 2) };
    const child = ref(idOf(await ask('POST', `/session/${source.id}/fork`, body)));
    await catalog.refresh();
    const { parent, messages } = catalog.get(child)?.lineage ?? assert.fail();
    assert.deepEqual([parent, messages], [source, 2]);
  });

  it('it copies all for an unknown message, and we refuse (3.5)', async () => {
    const body = { messageID: 'msg_unknown' };
    const child = ref(idOf(await ask('POST', `/session/${source.id}/fork`, body)));
    assert.equal((await store.read(child.id)).total, 4);
    const order = { source, point: { after: messageId('msg_unknown') }, origin: 'api' } as const;
    await assert.rejects(forks.fork(order), { code: 'fork_point_invalid' });
  });

  it('an unknown session is refused by both (2.5)', async () => {
    await assert.rejects(ask('POST', '/session/ses_unknown/fork', {}), { code: 'no_such_session' });
    const order = { source: ref('ses_unknown'), point: 'end', origin: 'api' } as const;
    await assert.rejects(forks.fork(order), { code: 'no_such_session' });
  });

  it('our fork is in its list while it runs, and it carries the fork on with exactly the prefix (2.15)', async () => {
    const point = { after: await messageAt(source, 1) };
    const { session } = await forks.fork({ source, point, title: 'Ours', origin: 'api' });
    const listed = await ask('GET', '/session');
    assert.ok(Array.isArray(listed) && listed.some((item) => idOf(item) === session.id));
    stub.clear();
    await say(session.id, 'Asked in our fork');
    assert.deepEqual(
      spokenOf(stub.mainRequests()[0] ?? assert.fail()).map(({ text }) => text),
      ['First question', 'Reply to: First question', 'Asked in our fork'],
    );
  });

  it('the source is usable after that (2.14)', async () => {
    await say(source.id, 'Third question');
    assert.equal((await store.read(source.id)).total, 6);
  });
});
