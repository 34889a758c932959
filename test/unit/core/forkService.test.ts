import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Catalog, type ForkEvent } from '../../../src/core/catalog.ts';
import { SessionForksError } from '../../../src/core/errors.ts';
import { type ForkRequest, ForkService } from '../../../src/core/forkService.ts';
import { agentId, messageId, type SessionId, sessionId } from '../../../src/core/model.ts';
import { MemoryStore } from '../support/memoryStore.ts';

async function setUp(notation = 'pRpRpR', more: Parameters<MemoryStore['add']>[2] = {}) {
  const store = new MemoryStore();
  const id = store.add('s', notation, more);
  const catalog = new Catalog([store]);
  await catalog.refresh();
  const events: ForkEvent[] = [];
  catalog.onDidFork((event) => events.push(event));
  const service = new ForkService(catalog);
  const request: ForkRequest = { source: { agent: store.agent.id, id }, point: 'end', origin: 'command' };
  return { store, catalog, service, request, events };
}

const after = (number: number) => ({ after: messageId(`s-${number}`) });
const refused = (code: string) => (error: unknown) =>
  error instanceof SessionForksError && error.code === code;

describe('the fork service', () => {
  it('returns the child with its source, title and count', async () => {
    const { service, request } = await setUp();
    const result = await service.fork({ ...request, point: after(4) });
    assert.equal(result.messages, 4);
    assert.equal(result.title, 's (1)');
    assert.deepEqual(result.forkedFrom, { session: request.source, title: 's' });
  });

  it('says what the child inherits and what it does not (checklist 1.8)', async () => {
    const { service, request } = await setUp();
    const { inherited, notInherited } = await service.fork(request);
    assert.deepEqual(inherited, ['messages', 'model', 'folder']);
    assert.deepEqual(notInherited, ['files on disk', 'permissions given for the session']);
  });

  it('lets no caller choose the id of the child (checklist 0.12)', async () => {
    const { service, request } = await setUp();
    const chosen = { ...request, id: 'mine', session: { agent: request.source.agent, id: 'mine' } };
    assert.equal((await service.fork(chosen)).session.id, 'child-1');
  });

  it('copies again under a new id when one is taken, three times at most (checklist 0.13: collision)', async () => {
    const { service, request, store, events } = await setUp();
    const newId = store.newId;
    const takenUntil = (attempt: number) => () => {
      if (store.forks < attempt) {
        throw new SessionForksError('collision', 'taken');
      }
      return newId();
    };
    store.newId = takenUntil(4);
    assert.equal((await service.fork(request)).session.id, 'child-4');
    store.forks = 0;
    store.newId = takenUntil(5);
    await assert.rejects(service.fork(request), refused('collision'));
    assert.deepEqual([store.forks, store.kept.size, events.length], [4, 2, 1]);
  });

  it('forks what is stored now, not what was listed before (trap 8)', async () => {
    const { service, request, store } = await setUp('pR');
    store.add('s', 'pRpR');
    assert.equal((await service.fork(request)).messages, 4);
  });

  it('finds the point in an outline, and gives the prompt to edit with its text', async () => {
    const { service, request, store } = await setUp();
    const [whole] = (await store.read(request.source.id, { from: 2, to: 3 })).messages;
    const { draft, messages } = await service.fork({ ...request, point: { before: messageId('s-3') } });
    assert.ok(draft?.text);
    assert.deepEqual([draft, messages], [whole, 2]);
  });

  it('forks nothing when the prompt to edit is another by the time it is read (invariant 5)', async () => {
    const { service, request, store } = await setUp();
    const read = store.read.bind(store);
    store.read = async (id, range, detail) => {
      const found = await read(id, range, detail);
      store.add('s', 'pR');
      return found;
    };
    const fork = service.fork({ ...request, point: { before: messageId('s-3') } });
    await assert.rejects(fork, refused('fork_point_invalid'));
    assert.equal(store.forks, 0);
  });

  it('says why a fork failed, in the words of the cause (checklist 0.16: fork_failed)', async () => {
    const { service, request, store } = await setUp();
    store.copy = () => {
      throw new Error('no space left on device');
    };
    await assert.rejects(service.fork(request), {
      code: 'fork_failed',
      message: 'The session could not be forked: no space left on device',
    });
  });

  it('keeps an explicit title as given, control characters aside (trap 18)', async () => {
    const { service, request } = await setUp();
    assert.equal(
      (await service.fork({ ...request, title: 'Other (fork)\u0007 way' })).title,
      'Other (fork) way',
    );
  });

  it('gives the lowest free number to each further fork', async () => {
    const { service, request } = await setUp();
    await service.fork(request);
    const second = await service.fork({ ...request, point: after(2) });
    assert.equal(second.title, 's (2)');
  });

  it('fires onDidFork exactly once for its own fork (checklist 1.7)', async () => {
    const { service, request, events, catalog } = await setUp();
    await service.fork(request);
    await catalog.refresh();
    assert.deepEqual(
      events.map((event) => [event.child.id, event.origin, event.messages]),
      [['child-1', 'command', 6]],
    );
  });

  it('tells a fork of a rewound branch once, also when it hangs on the session of the file', async () => {
    const { service, store, events, catalog } = await setUp();
    const base = { agent: store.agent.id, id: sessionId('s') };
    const branch = store.add('s~b', 'pRpR', {
      lineage: { parent: base, kind: 'rewound', messages: 2, how: 'recorded' },
    });
    await catalog.refresh();
    store.lineageOf = (_, cut) => ({ parent: base, kind: 'fork', messages: cut.keep, how: 'recorded' });
    await service.fork({ source: { agent: store.agent.id, id: branch }, point: 'end', origin: 'tree' });
    await catalog.refresh();
    assert.deepEqual(
      events.map((event) => event.origin),
      ['tree'],
    );
  });

  it('tells two forks of two rewound branches of one file, asked for at once, once each', async () => {
    const { service, store, events, catalog } = await setUp();
    const base = { agent: store.agent.id, id: sessionId('s') };
    const rewound = { parent: base, kind: 'rewound', messages: 2, how: 'recorded' } as const;
    const branches = ['s~b', 's~c'].map((id) => store.add(id, 'pRpR', { lineage: rewound }));
    await catalog.refresh();
    store.lineageOf = (_, cut) => ({ parent: base, kind: 'fork', messages: cut.keep, how: 'recorded' });
    const told = new Promise((resolve) => catalog.onDidFork(resolve));
    const copy = store.fork.bind(store);
    // The second copy takes longer than the whole first fork.
    store.fork = async (id, ...rest) => {
      await (id === 's~c' ? told : undefined);
      return copy(id, ...rest);
    };
    const fork = (id: SessionId) =>
      service.fork({ source: { agent: store.agent.id, id }, point: 'end', origin: 'tree' });
    const made = await Promise.all(branches.map(fork));
    await catalog.refresh();
    assert.deepEqual(
      events.map(({ child, origin }) => `${child.id} ${origin}`),
      made.map(({ session }) => `${session.id} tree`),
    );
  });

  it('makes one fork of a double click (trap 11)', async () => {
    const { service, request, store } = await setUp();
    const [first, second] = await Promise.all([service.fork(request), service.fork({ ...request })]);
    assert.equal(store.forks, 1);
    assert.equal(first, second);
  });

  it('makes a second fork of the same request once the first is done', async () => {
    const { service, request, store } = await setUp();
    const first = await service.fork(request);
    const second = await service.fork(request);
    assert.equal(store.forks, 2);
    assert.notEqual(first.session.id, second.session.id);
  });

  it('queues different forks of one source and makes all of them (trap 11)', async () => {
    const { service, request, store } = await setUp();
    const results = await Promise.all([
      service.fork({ ...request, point: after(2) }),
      service.fork({ ...request, point: after(4) }),
    ]);
    assert.equal(store.forks, 2);
    assert.deepEqual(
      results.map((result) => result.title),
      ['s (1)', 's (2)'],
    );
  });

  it('forks again after a failure: a failed fork does not poison later ones', async () => {
    const { service, request, store } = await setUp();
    const copy = store.copy;
    store.copy = () => {
      throw new Error('disk full');
    };
    await assert.rejects(service.fork(request), refused('fork_failed'));
    store.copy = copy;
    assert.equal((await service.fork(request)).messages, 6);
  });

  it('rolls back a child that holds other than the kept messages (invariant 4, trap 4)', async () => {
    const { service, request, store, events } = await setUp();
    store.copy = (messages) => messages;
    await assert.rejects(service.fork({ ...request, point: after(2) }), refused('fork_failed'));
    assert.deepEqual([...store.kept.keys()], ['s']);
    assert.deepEqual(events, []);
  });

  it('rolls back a child that names another parent (invariant 4)', async () => {
    const { service, request, store } = await setUp();
    const lineageOf = store.lineageOf;
    store.lineageOf = (_source, cut) => lineageOf(sessionId('other'), cut);
    await assert.rejects(service.fork(request), refused('fork_failed'));
    assert.equal(store.kept.size, 1);
  });

  it('rolls back a child that the list does not show (invariant 4, trap 15)', async () => {
    const { service, request, store } = await setUp();
    const list = store.list.bind(store);
    store.list = async () => {
      const { sessions, problems } = await list();
      return { sessions: sessions.filter(({ ref }) => ref.id === 's'), problems };
    };
    await assert.rejects(service.fork(request), refused('fork_failed'));
    assert.deepEqual([...store.kept.keys()], ['s']);
  });

  it('refuses a child that is the source itself, and leaves the source alone (invariant 3, trap 12)', async () => {
    const { service, request, store } = await setUp();
    store.newId = () => request.source.id;
    store.copy = (messages) => messages;
    store.lineageOf = () => undefined;
    await assert.rejects(service.fork(request), refused('fork_failed'));
    assert.ok(store.kept.has(request.source.id));
  });

  it('neither hides nor deletes the source when a throw-away fork of it is the source itself (invariant 3)', async () => {
    const { service, request, store, catalog } = await setUp();
    store.newId = () => request.source.id;
    store.copy = (messages) => messages;
    store.lineageOf = () => undefined;
    await assert.rejects(
      service.fork({ ...request, unseen: true, title: 'aside-1' }),
      refused('fork_failed'),
    );
    await catalog.refresh();
    assert.deepEqual(catalog.hidden('aside-1'), []);
    assert.ok(store.kept.has(request.source.id));
  });

  it('refuses a session that a schedule or a channel writes (checklist 1.2)', async () => {
    const { service, request, store } = await setUp('pRpR', { readOnly: true });
    await assert.rejects(service.fork(request), refused('not_supported'));
    assert.equal(store.forks, 0);
  });

  it('refuses the run of a subagent (trap 17)', async () => {
    const { service, request, store } = await setUp('pRpR', {
      lineage: {
        parent: { agent: agentId('memory'), id: sessionId('other') },
        kind: 'subagent',
        messages: 0,
        how: 'recorded',
      },
    });
    await assert.rejects(service.fork(request), refused('not_supported'));
    assert.equal(store.forks, 0);
  });

  it('reports an unknown agent and an unknown session', async () => {
    const { service, request } = await setUp();
    const unknown = { ...request, source: { agent: agentId('none'), id: sessionId('s') } };
    await assert.rejects(service.fork(unknown), refused('no_such_session'));
    const gone = { ...request, source: { ...request.source, id: sessionId('../../x') } };
    await assert.rejects(service.fork(gone), refused('no_such_session'));
  });

  it('takes a running source at its last finished turn and says so (traps 8 and 10)', async () => {
    const { service, request } = await setUp('pRpr', { live: 'busy' });
    const result = await service.fork({ ...request, point: after(4) });
    assert.equal(result.messages, 2);
    assert.deepEqual(result.leftOut, { from: 3, to: 4 });
  });

  it('refuses a running source when asked to', async () => {
    const { service, request, store } = await setUp('pRpr', { live: 'busy' });
    await assert.rejects(service.fork({ ...request, whenBusy: 'refuse' }), refused('busy'));
    assert.equal(store.forks, 0);
  });

  it('waits for a running source when asked to', async () => {
    const { service, request, store } = await setUp('pRpr', { live: 'busy' });
    const fork = service.fork({ ...request, whenBusy: 'wait' });
    store.add('s', 'pRprR');
    assert.equal((await fork).messages, 5);
  });

  it('stops waiting when cancelled, and writes nothing', async () => {
    const { service, request, store } = await setUp('pRpr', { live: 'busy' });
    const stop = new AbortController();
    const fork = service.fork({ ...request, whenBusy: 'wait', signal: stop.signal });
    stop.abort();
    await assert.rejects(fork, refused('cancelled'));
    assert.equal(store.forks, 0);
  });

  it('forks a fork of a fork, five deep, each from its own source (checklist 2.16)', async () => {
    const { service, request, store, catalog } = await setUp();
    store.copy = (messages, cut) => messages.slice(0, cut.keep);
    let source = request.source;
    for (let depth = 1; depth <= 5; depth++) {
      const result = await service.fork({ ...request, source });
      assert.deepEqual(catalog.get(result.session)?.lineage?.parent, source);
      source = result.session;
    }
  });

  it('undo deletes an untouched fork and refuses a continued one (checklist 0.6)', async () => {
    const { service, request, store } = await setUp();
    await service.undo(await service.fork(request));
    assert.equal(store.kept.size, 1);
    const result = await service.fork(request);
    store.add(result.session.id, 'pRpRpRpR');
    await assert.rejects(service.undo(result), refused('busy'));
    assert.ok(store.kept.has(result.session.id));
  });

  it('never touches the source (invariant 1)', async () => {
    const { service, request, store } = await setUp();
    const before = JSON.stringify(store.kept.get(request.source.id));
    await service.fork({ ...request, point: after(2) });
    assert.equal(JSON.stringify(store.kept.get(request.source.id)), before);
  });
});
