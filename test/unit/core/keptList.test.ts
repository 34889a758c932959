import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { keepList, type ListCache } from '../../../src/core/keptList.ts';
import type { SessionInfo } from '../../../src/core/model.ts';
import type { SessionStore } from '../../../src/core/store.ts';
import { MemoryStore } from '../support/memoryStore.ts';

describe('a list that is kept for the next start', () => {
  async function setUp() {
    const memory = new MemoryStore();
    memory.add('a', 'pR');
    memory.add('b', 'pR');
    const kept = (await memory.list()).sessions;
    const saved: (readonly SessionInfo[])[] = [];
    const given: (readonly SessionInfo[])[] = [];
    let stamp = '1';
    const listed = (sessions: readonly SessionInfo[]): readonly SessionInfo[] =>
      sessions.map((info) => ({ ...info, file: { path: `/${info.ref.id}`, stamp } }));
    const inner: SessionStore = {
      agent: memory.agent,
      capabilities: memory.capabilities,
      watchRoots: () => [],
      list: async (previous = []) => {
        given.push(previous);
        return { sessions: listed(kept), problems: [] };
      },
      relist: async (previous) => listed(previous),
      read: (id) => memory.read(id),
      fork: (source, cut, title) => memory.fork(source, cut, title),
    };
    const earlier = listed(kept);
    const cache: ListCache = {
      load: async () => earlier,
      save: (_agent, sessions) => void saved.push(sessions),
    };
    const change = (): void => {
      stamp += '1';
    };
    return { store: keepList(inner, cache), saved, given, earlier, change };
  }

  it('is what the first listing begins with, and no other', async () => {
    const { store, given, earlier } = await setUp();
    const { sessions } = await store.list();
    await store.list(sessions);
    await store.list([]);
    assert.deepEqual(given, [earlier, sessions, []]);
  });

  it('is saved when a file changed, and not when all are as they were', async () => {
    const { store, saved, change } = await setUp();
    const { sessions } = await store.list();
    await store.list(sessions);
    await store.relist?.(sessions, ['/a']);
    assert.deepEqual(saved, []);
    change();
    const now = (await store.relist?.(sessions, ['/a'])) ?? [];
    change();
    const later = (await store.list(now)).sessions;
    assert.deepEqual(saved, [now, later]);
  });
});
