import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AsideForks, type AsideNote, type AsideNotes } from '../../../src/core/asideForks.ts';
import { Catalog, type ForkEvent } from '../../../src/core/catalog.ts';
import { SessionForksError } from '../../../src/core/errors.ts';
import { ForkService } from '../../../src/core/forkService.ts';
import { sessionId } from '../../../src/core/model.ts';
import { MemoryStore } from '../support/memoryStore.ts';

/** Notes in memory, which outlive the forks' keeper as a file does. */
function memoryNotes() {
  const kept = new Map<string, AsideNote>();
  const inUse = new Set<string>();
  const notes: AsideNotes = {
    all: async () => [...kept.values()].map((note) => ({ ...note, inUse: inUse.has(note.mark) })),
    keep: async (note) => void kept.set(note.mark, note),
    forget: async (mark) => void kept.delete(mark),
  };
  return { kept, inUse, notes };
}

async function setUp(notation = 'pRpR', more: Parameters<MemoryStore['add']>[2] = {}) {
  const store = new MemoryStore();
  const source = { agent: store.agent.id, id: store.add('s', notation, more) };
  const { kept, inUse, notes } = memoryNotes();
  const start = async () => {
    const catalog = new Catalog([store]);
    const events: ForkEvent[] = [];
    const seen = new Set<string>();
    catalog.onDidFork((event) => events.push(event));
    catalog.onDidChange(() => catalog.sessions().forEach(({ ref }) => void seen.add(ref.id)));
    const asides = new AsideForks(catalog, new ForkService(catalog), notes);
    await asides.hideLeft();
    await catalog.refresh();
    return { catalog, asides, events, seen };
  };
  return { store, source, kept, inUse, start };
}

describe('a throw-away fork', () => {
  it('holds what a fork at the end holds, while no list shows it and nobody is told of it', async () => {
    const { store, source, start } = await setUp();
    const { asides, catalog, events, seen } = await start();
    const fork = await asides.open({ source });
    assert.equal((await store.read(fork.session.id)).total, 4);
    await catalog.refresh();
    await fork.drop();
    assert.deepEqual([[...seen], events], [['s'], []]);
  });

  it('is gone after its drop, and so is its note', async () => {
    const { store, source, kept, start } = await setUp();
    const { asides } = await start();
    const fork = await asides.open({ source });
    assert.equal(kept.size, 1);
    await fork.drop();
    assert.deepEqual([[...store.kept.keys()], kept.size], [['s'], 0]);
  });

  it('is deleted under the id that its agent carried it on by, too', async () => {
    const { store, source, start } = await setUp();
    const { asides, catalog } = await start();
    const fork = await asides.open({ source });
    store.add('other', 'pR');
    await fork.carriedOnAs({ ...source, id: sessionId('other') });
    await fork.drop();
    assert.deepEqual([[...store.kept.keys()], catalog.sessions().length], [['s'], 1]);
  });

  it('is noted before it is made: a crash in between leaves what the next start deletes', async () => {
    const { store, source, kept, start } = await setUp();
    const first = await start();
    store.gate = new Promise(() => undefined);
    void first.asides.open({ source });
    while (store.forks === 0) await new Promise((resolve) => setImmediate(resolve));
    const [mark = ''] = [...kept.keys()];
    // The program ended after the copy was published and before its id was known.
    store.add('left', 'pRpR', { title: mark });
    const { asides, catalog, events, seen } = await start();
    await asides.deleteLeft();
    assert.deepEqual([[...store.kept.keys()], [...seen], kept.size], [['s'], ['s'], 0]);
    assert.deepEqual([events, catalog.sessions().length], [[], 1]);
  });

  it('of another program that still runs is hidden and left alone', async () => {
    const { store, source, kept, inUse, start } = await setUp();
    const other = await start();
    await other.asides.open({ source });
    for (const mark of kept.keys()) inUse.add(mark);
    const { asides, seen } = await start();
    await asides.deleteLeft();
    asides.dispose();
    assert.deepEqual([store.kept.size, [...seen]], [2, ['s']]);
  });

  it('of another program is looked at again, but not once all is closed', async (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] });
    const { store, source, kept, inUse, start } = await setUp();
    const other = await start();
    await other.asides.open({ source });
    for (const mark of kept.keys()) inUse.add(mark);
    const { asides } = await start();
    const looking = asides.deleteLeft();
    asides.dispose();
    await looking;
    inUse.clear();
    context.mock.timers.tick(60_000);
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(store.kept.size, 2);
  });

  it('that cannot be deleted stays hidden and noted, and the caller hears why', async () => {
    const { store, source, kept, start } = await setUp();
    const { asides, catalog } = await start();
    const fork = await asides.open({ source });
    store.remove = async () => {
      throw new Error('The disk is read-only.');
    };
    await assert.rejects(fork.drop(), /read-only/);
    assert.deepEqual([catalog.sessions().length, kept.size], [1, 1]);
  });

  it('that holds too little is an error, and nothing of it is left', async () => {
    const { store, source, kept, start } = await setUp();
    const { asides } = await start();
    store.copy = (messages) => messages.slice(0, 1);
    await assert.rejects(asides.open({ source }), SessionForksError);
    assert.deepEqual([[...store.kept.keys()], kept.size], [['s'], 0]);
  });

  it('of a running source holds its finished turns', async () => {
    const { store, source, start } = await setUp('pRpr', { live: 'busy' });
    const { asides } = await start();
    const fork = await asides.open({ source });
    assert.equal((await store.read(fork.session.id)).total, 2);
  });
});
