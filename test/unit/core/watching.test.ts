import assert from 'node:assert/strict';
import { describe, it, mock, type TestContext } from 'node:test';
import { Catalog } from '../../../src/core/catalog.ts';
import { type SessionId, type SessionInfo, sessionId } from '../../../src/core/model.ts';
import { type FolderWatcher, watchStore } from '../../../src/core/watching.ts';
import { MemoryStore } from '../support/memoryStore.ts';

/** A watcher whose changes the test makes. */
function setUp(context: TestContext, refreshMs = 0) {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  let now = 0;
  context.mock.method(performance, 'now', () => now);
  let changed = (_path?: string): void => undefined;
  let closed = 0;
  const watcher: FolderWatcher = {
    watch: (_folder, listener) => {
      changed = listener;
      return { dispose: () => void closed++ };
    },
  };
  const refreshed: (readonly string[] | undefined)[] = [];
  const watch = watchStore(watcher, new MemoryStore(), 100, async (paths) => {
    refreshed.push(paths);
    now += refreshMs;
  });
  const pass = async (ms: number): Promise<void> => {
    context.mock.timers.tick(ms);
    await Promise.resolve();
    await Promise.resolve();
  };
  return { change: (path?: string) => changed(path), refreshed, pass, watch, closed: () => closed };
}

describe('watching the folders of a store', () => {
  it('gathers what changed in a while, each path once', async (context) => {
    const { change, refreshed, pass } = setUp(context);
    for (const path of ['/a', '/b', '/a']) {
      change(path);
    }
    await pass(99);
    assert.deepEqual(refreshed, []);
    await pass(1);
    change('/c');
    await pass(100);
    assert.deepEqual(refreshed, [['/a', '/b'], ['/c']]);
  });

  it('looks at everything when a change has no path, or too many have one', async (context) => {
    const { change, refreshed, pass } = setUp(context);
    change('/a');
    change();
    change('/b');
    await pass(100);
    for (let number = 0; number < 2_000; number++) {
      change(`/${number}`);
    }
    await pass(100);
    assert.deepEqual(refreshed, [undefined, undefined]);
  });

  it('takes at most a tenth of the time, however often a long session grows', async (context) => {
    const { change, refreshed, pass } = setUp(context, 50);
    for (let ms = 0; ms < 5_000; ms += 100) {
      change('/long');
      await pass(100);
    }
    assert.ok(
      refreshed.length >= 8 && refreshed.length <= 11,
      `${refreshed.length} listings in 5 s of 50 ms each`,
    );
  });

  it('refreshes no more once it is disposed', async (context) => {
    const { change, refreshed, pass, watch, closed } = setUp(context);
    change('/a');
    watch.dispose();
    await pass(1_000);
    assert.deepEqual(refreshed, []);
    assert.equal(closed(), 1);
  });
});

describe('a catalog that is told which files changed', () => {
  class PartlyStore extends MemoryStore {
    readonly asked: (readonly string[])[] = [];
    suffices = true;
    paths: (id: SessionId) => Promise<string | undefined> = async (id) => id;

    pathOf(id: SessionId): Promise<string | undefined> {
      return this.paths(id);
    }

    async relist(
      previous: readonly SessionInfo[],
      changed: readonly string[],
    ): Promise<readonly SessionInfo[] | undefined> {
      this.asked.push(changed);
      const { sessions } = await super.list();
      return this.suffices
        ? previous.map((info) =>
            changed.includes(info.ref.id)
              ? (sessions.find(({ ref }) => ref.id === info.ref.id) ?? info)
              : info,
          )
        : undefined;
    }
  }

  async function listed() {
    const store = new PartlyStore();
    for (const id of ['a', 'b', 'c']) {
      store.add(id, 'pR');
    }
    const catalog = new Catalog([store]);
    await catalog.refresh();
    const list = mock.method(store, 'list');
    return { store, catalog, list, agent: store.agent.id };
  }

  it('asks the store for those alone, and tells what they changed', async () => {
    const { store, catalog, list, agent } = await listed();
    const before = catalog.sessions();
    const changes: unknown[] = [];
    catalog.onDidChange((change) => changes.push(change));
    store.add('b', 'pRpR');
    store.add('c', 'pRpR');
    await catalog.refresh(agent, ['b']);
    assert.equal(list.mock.callCount(), 0);
    assert.deepEqual(changes, [{ added: [], changed: ['memory/b'], removed: [] }]);
    assert.deepEqual(
      catalog.sessions().map((info, index) => info === before[index]),
      [true, false, true],
    );
  });

  it('asks the store for one session alone that was just written, by its file', async () => {
    const { store, catalog, list, agent } = await listed();
    store.add('d', 'pR');
    await catalog.refreshSession({ agent, id: sessionId('d') });
    assert.deepEqual([store.asked, list.mock.callCount()], [[['d']], 0]);
  });

  it('lists all when the store does not know the file of a session, or cannot tell it', async () => {
    const { store, catalog, list, agent } = await listed();
    for (const paths of [async () => undefined, () => Promise.reject(new Error('locked'))]) {
      store.paths = paths;
      await catalog.refreshSession({ agent, id: sessionId('d') });
    }
    assert.deepEqual([store.asked, list.mock.callCount()], [[], 2]);
  });

  it('lists all when those do not suffice, before the first listing, and after one that failed', async () => {
    const { store, catalog, list, agent } = await listed();
    store.suffices = false;
    await catalog.refresh(agent, ['b']);
    assert.equal(list.mock.callCount(), 1);
    store.suffices = true;
    list.mock.mockImplementationOnce(() => Promise.reject(new Error('locked')));
    await catalog.refresh();
    await catalog.refresh(agent, ['b']);
    assert.equal(list.mock.callCount(), 3);
    assert.deepEqual(store.asked, [['b']]);
    const other = new Catalog([store]);
    await other.refresh(agent, ['b']);
    assert.equal(list.mock.callCount(), 4);
  });

  it('looks once at all that came while it was listing', async () => {
    const { store, catalog, list, agent } = await listed();
    const running = catalog.refresh(agent, ['a']);
    await Promise.all([running, catalog.refresh(agent, ['b']), catalog.refresh(agent, ['c'])]);
    assert.deepEqual(store.asked, [['a'], ['b', 'c']]);
    await Promise.all([catalog.refresh(agent, ['a']), catalog.refresh(agent, ['b']), catalog.refresh(agent)]);
    assert.equal(list.mock.callCount(), 1);
  });
});
