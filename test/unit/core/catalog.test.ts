import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { Catalog, type CatalogChange, type ForkEvent } from '../../../src/core/catalog.ts';
import { sessionId } from '../../../src/core/model.ts';
import { MemoryStore } from '../support/memoryStore.ts';

async function setUp() {
  const store = new MemoryStore();
  store.add('a', 'pRpR');
  const catalog = new Catalog([store]);
  const changes: CatalogChange[] = [];
  const forks: ForkEvent[] = [];
  catalog.onDidChange((change) => changes.push(change));
  catalog.onDidFork((event) => forks.push(event));
  return { store, catalog, changes, forks };
}

describe('the catalog', () => {
  it('reads nothing before it is asked (invariant 8)', async () => {
    const { store, catalog } = await setUp();
    const list = mock.method(store, 'list');
    assert.deepEqual(catalog.sessions(), []);
    assert.equal(catalog.listed, false);
    assert.equal(list.mock.callCount(), 0);
  });

  it('tells what was added, changed and removed', async () => {
    const { store, catalog, changes } = await setUp();
    await catalog.refresh();
    store.add('a', 'pRpRpR');
    store.add('b', 'pR');
    await catalog.refresh();
    store.kept.delete(sessionId('b'));
    await catalog.refresh();
    assert.deepEqual(changes, [
      { added: ['memory/a'], changed: [], removed: [] },
      { added: ['memory/b'], changed: ['memory/a'], removed: [] },
      { added: [], changed: [], removed: ['memory/b'] },
    ]);
  });

  it('keeps its forest while sessions only grow, with what became of them in it', async () => {
    const { store, catalog } = await setUp();
    await catalog.refresh();
    const forest = catalog.forest();
    store.add('a', 'pRpRpR', { created: 0 });
    await catalog.refresh();
    assert.equal(catalog.forest(), forest);
    assert.equal(forest.roots[0]?.info.messageCount, 6);
    store.add('b', 'pR');
    await catalog.refresh();
    assert.equal(catalog.forest().roots.length, 2);
    store.kept.delete(sessionId('b'));
    await catalog.refresh();
    assert.equal(catalog.forest().roots.length, 1);
  });

  it('takes a long list over in pieces, so that all else in the process has its turn, and tells it once', async () => {
    const { store, catalog, changes } = await setUp();
    for (let number = 1; number < 2_000; number++) {
      store.add(`more-${number}`, 'pR');
    }
    const seen = new Set<number>();
    let isDone = false;
    const watch = (): void => {
      seen.add(catalog.sessions().length);
      if (!isDone) {
        setImmediate(watch);
      }
    };
    watch();
    await catalog.refresh();
    isDone = true;
    assert.deepEqual([...seen], [0, 500, 1_000, 1_500, 2_000]);
    assert.deepEqual(
      changes.map(({ added }) => added.length),
      [2_000],
    );
  });

  it('tells no fork as made outside for what is hidden while the first list is taken over', async () => {
    const { store, catalog, changes, forks } = await setUp();
    for (let number = 1; number < 2_000; number++) {
      const parent = { agent: store.agent.id, id: sessionId('a') };
      store.add(`fork-${number}`, 'pR', { lineage: { parent, kind: 'fork', messages: 2, how: 'recorded' } });
    }
    const listed = catalog.refresh();
    while (catalog.sessions().length === 0) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal(catalog.sessions().length, 500);
    catalog.hide('a mark');
    catalog.show('a mark');
    catalog.hide('another', { agent: store.agent.id, id: sessionId('fork-1') });
    await listed;
    assert.deepEqual([catalog.sessions().length, forks], [1_999, []]);
    assert.deepEqual(
      changes.map(({ added, removed }) => [added.length, removed]),
      [
        [0, ['memory/fork-1']],
        [1_999, []],
      ],
    );
  });

  it('stays quiet when nothing changed', async () => {
    const { catalog, changes } = await setUp();
    await catalog.refresh();
    await catalog.refresh();
    assert.equal(changes.length, 1);
  });

  it('tells a fork made outside once', async () => {
    const { store, catalog, forks } = await setUp();
    await catalog.refresh();
    await store.fork(sessionId('a'), { keep: 2 }, 'outside');
    await catalog.refresh();
    await catalog.refresh();
    assert.deepEqual(
      forks.map((event) => [event.child.id, event.origin, event.messages]),
      [['child-1', 'outside', 2]],
    );
  });

  it('tells a fork once whose parent is written after the rest of it', async () => {
    const { store, catalog, forks } = await setUp();
    await catalog.refresh();
    const id = store.add('slow', 'pR');
    await catalog.refresh();
    const before = forks.length;
    const parent = { agent: store.agent.id, id: sessionId('a') };
    const lineage = { parent, kind: 'fork', messages: 2, how: 'recorded' } as const;
    store.add('slow', 'pR', { lineage });
    await catalog.refresh();
    store.add('slow', 'pRpR', { lineage });
    await catalog.refresh();
    assert.deepEqual(
      forks.map((event) => [event.child.id, event.origin]),
      [[id, 'outside']],
    );
    assert.equal(before, 0);
  });

  it('does not tell the forks that were there from the start, also when one was unreadable meanwhile', async () => {
    const { store, catalog, forks } = await setUp();
    const child = await store.fork(sessionId('a'), { keep: 2 }, 'old');
    await catalog.refresh();
    const lineage = catalog.get({ agent: store.agent.id, id: child })?.lineage;
    const { lineage: _, ...unreadable } = store.kept.get(child) ?? assert.fail();
    store.kept.set(child, unreadable);
    await catalog.refresh();
    store.kept.set(child, { ...unreadable, ...(lineage && { lineage }) });
    await catalog.refresh();
    assert.ok(lineage);
    assert.deepEqual(forks, []);
  });

  it('does not tell the forks that were there from the start', async () => {
    const { store, catalog, forks } = await setUp();
    await store.fork(sessionId('a'), { keep: 2 }, 'old');
    await catalog.refresh();
    assert.deepEqual(forks, []);
  });

  it('lists once more for a call that comes while it lists', async () => {
    const { store, catalog } = await setUp();
    const first = catalog.refresh();
    store.add('late', 'pR');
    await Promise.all([catalog.refresh(), first]);
    assert.equal(catalog.sessions().length, 2);
  });

  it('keeps the last good list and the problem when a store fails as a whole', async () => {
    const { store, catalog } = await setUp();
    await catalog.refresh();
    mock.method(store, 'list', () => Promise.reject(new Error('database is locked')));
    await catalog.refresh();
    assert.equal(catalog.sessions().length, 1);
    assert.deepEqual(
      catalog.problems().map(({ problem }) => problem.text),
      ['database is locked'],
    );
  });

  it('shows what was listed though the recorded forks cannot be read, says so, and lists on', async () => {
    const store = new MemoryStore();
    store.add('a', 'pRpR');
    const refresh = mock.fn(async () => false);
    const catalog = new Catalog([store], { get: () => undefined, add: async () => undefined, refresh });
    refresh.mock.mockImplementation(() => Promise.reject(new Error('EACCES: lineage.jsonl')));
    await Promise.all([catalog.refresh(), catalog.refresh(), catalog.refresh()]);
    assert.equal(catalog.sessions().length, 1);
    assert.deepEqual(
      catalog.problems().map(({ problem }) => problem.text),
      ['EACCES: lineage.jsonl'],
    );
    refresh.mock.restore();
    store.add('b', 'pR');
    await Promise.all([catalog.refresh(), catalog.refresh()]);
    assert.deepEqual([catalog.sessions().length, catalog.problems()], [2, []]);
  });

  it('gathers a burst of changes into one listing and stops when disposed', async (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] });
    const { store, catalog } = await setUp();
    const list = mock.method(store, 'list');
    let changed = (): void => undefined;
    let closed = 0;
    const watch = catalog.watch({
      watch: (_folder, listener) => {
        changed = listener;
        return { dispose: () => void closed++ };
      },
    });
    for (let count = 0; count < 10; count++) {
      changed();
    }
    context.mock.timers.tick(200);
    assert.equal(list.mock.callCount(), 1);
    changed();
    watch.dispose();
    context.mock.timers.tick(200);
    assert.equal(list.mock.callCount(), 1);
    assert.equal(closed, 1);
  });
});
