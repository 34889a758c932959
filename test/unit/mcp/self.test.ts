import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Catalog } from '../../../src/core/catalog.ts';
import { ForkService } from '../../../src/core/forkService.ts';
import type { Self, ToolContext } from '../../../src/mcp/toolContext.ts';
import { callTool } from '../../../src/mcp/tools.ts';
import { MemoryStore } from '../support/memoryStore.ts';

function contextOf(store: MemoryStore, self?: Self): ToolContext {
  const catalog = new Catalog([store]);
  const forkService = new ForkService(catalog);
  return {
    catalog,
    forkService,
    origin: 'mcp',
    whenBusy: 'lastFinishedTurn',
    linkBase: 'vscode://x.y',
    ...(self && { self }),
  };
}

describe('“this session”', () => {
  it('is the one that the panel named, forked from its last finished turn while the tool runs', async () => {
    const store = new MemoryStore();
    store.add('mine', 'pRpo', { live: 'busy' });
    store.add('newer', 'pR');
    const context = contextOf(store, { agent: 'memory', session: 'mine' });
    const fork = await callTool(context, 'branch_session', {});
    assert.deepEqual(fork.forkedFrom, {
      sessionKey: 'memory/mine',
      agent: 'memory',
      session: 'mine',
      title: 'mine',
    });
    assert.equal(fork.forkPoint, 2);
    assert.deepEqual(fork.leftOut, { from: 3, to: 4 });
  });

  it('may be named “this”, also to read it', async () => {
    const store = new MemoryStore();
    store.add('mine', 'pR');
    const context = contextOf(store, { agent: 'memory', session: 'mine' });
    assert.equal((await callTool(context, 'read_session', { session: 'this' })).session, 'mine');
    for (const session of ['this', 'this session']) {
      assert.equal((await callTool(context, 'branch_session', { session })).messageCount, 2);
    }
  });

  it('is nothing to fork before its first turn is over', async () => {
    const store = new MemoryStore();
    store.add('mine', 'po', { live: 'busy' });
    const context = contextOf(store, { agent: 'memory', session: 'mine' });
    await assert.rejects(callTool(context, 'branch_session', {}), { code: 'nothing_to_fork' });
    assert.equal(store.forks, 0);
  });

  it('is the one that grew last in its folder, where the agent began it after the server was told', async () => {
    const store = new MemoryStore();
    store.add('older', 'pR', { cwd: '/work', updated: 1 });
    store.add('mine', 'pR', { cwd: '/work', updated: 2 });
    store.add('elsewhere', 'pR', { cwd: '/other', updated: 3 });
    const context = contextOf(store, { agent: 'memory', folder: '/work' });
    assert.equal((await callTool(context, 'read_session', {})).session, 'mine');
  });

  it('is not another agent’s', async () => {
    const other = new MemoryStore();
    other.add('theirs', 'pR');
    const context = contextOf(other, { agent: 'somebody', session: 'theirs' });
    const input = { agent: 'memory' };
    await assert.rejects(callTool(context, 'branch_session', input), { code: 'no_source' });
  });
});
