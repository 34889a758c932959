import assert from 'node:assert/strict';
import { afterEach, describe, it, mock } from 'node:test';
import * as vscode from 'vscode';
import { agentId, sessionId } from '../../src/core/model.ts';
import type { Listing } from '../../src/core/store.ts';
import { filterAgents } from '../../src/vscode/commands/view.ts';
import { MemoryStore } from '../unit/support/memoryStore.ts';
import { makeScene, type Scene } from './fakeServices.ts';

/** Another agent: installed, without data. */
class OtherStore extends MemoryStore {
  override readonly agent: MemoryStore['agent'];

  constructor(name: string) {
    super();
    this.agent = { id: agentId(name.toLowerCase()), name };
  }
}

/** One whose data cannot be read. */
class BrokenStore extends OtherStore {
  override async list(): Promise<Listing> {
    return { sessions: [], problems: [{ text: 'The database is locked.' }] };
  }
}

const others = () => [new OtherStore('Empty'), new BrokenStore('Broken')];

const rowsOf = async ({ tree }: Scene): Promise<readonly string[]> =>
  (await tree.getChildren()).map((row) => (row.kind === 'session' ? row.id : row.kind));

interface Offered extends vscode.QuickPickItem {
  readonly agent: string;
}

/** Picks these agents in the next list; gives what the list offered. */
function picking(...agents: readonly string[]): readonly string[] {
  const offered: string[] = [];
  mock.method(vscode.window, 'showQuickPick', async (items: readonly Offered[]) => {
    offered.push(...items.map(({ label, description }) => `${label}: ${description}`));
    return items.filter(({ agent }) => agents.includes(agent));
  });
  return offered;
}

describe('the filter of the tree', () => {
  afterEach(() => mock.restoreAll());

  it('offers agents that have sessions, with their number, and no other agent', async () => {
    const two = new OtherStore('Two');
    two.add('theirs', 'pR');
    const scene = await makeScene(
      (store, cwd) => {
        store.add('ours', 'pR', { cwd });
        store.add('more', 'pR', { cwd });
        const parent = { agent: store.agent.id, id: sessionId('ours') };
        const lineage = { parent, kind: 'subagent', messages: 0, how: 'recorded' } as const;
        store.add('run', 'pR', { cwd, lineage });
      },
      [two, ...others()],
    );
    const offered = picking('two');
    await filterAgents(scene.services);
    assert.deepEqual(offered, ['Memory: 2 sessions', 'Two: 1 session']);
    assert.deepEqual(scene.tree.filter.agents, ['two']);
    assert.deepEqual(await rowsOf(scene), []);
  });

  it('shows all again when all or none are chosen, and nothing of agents that it leaves out', async () => {
    const scene = await makeScene((store, cwd) => void store.add('ours', 'pR', { cwd }), others());
    assert.deepEqual(await rowsOf(scene), ['problem', 'ours']);
    scene.tree.setFilter({ agents: [scene.store.agent.id] });
    assert.deepEqual(await rowsOf(scene), ['ours']);
    picking();
    await filterAgents(scene.services);
    assert.deepEqual(await rowsOf(scene), ['problem', 'ours']);
  });

  it('gives no place to an agent without data, and a welcome when there is nothing at all', async () => {
    const some = await makeScene(
      (store, cwd) => void store.add('ours', 'pR', { cwd }),
      [new OtherStore('Empty')],
    );
    assert.deepEqual(await rowsOf(some), ['ours']);
    const none = await makeScene(() => undefined, [new OtherStore('Empty')]);
    assert.deepEqual([await rowsOf(none), await none.tree.emptiness()], [[], 'noSessions']);
  });

  it('keeps archived sessions away until they are wanted, and says so when there are no others', async () => {
    const scene = await makeScene((store, cwd) => void store.add('put away', 'pR', { cwd, archived: true }));
    assert.deepEqual([await rowsOf(scene), await scene.tree.emptiness()], [[], 'archived']);
    scene.tree.setFilter({ agents: [agentId('nobody')] });
    assert.equal(await scene.tree.emptiness(), 'filtered');
    scene.tree.setFilter({ agents: [], archived: true });
    assert.deepEqual([await rowsOf(scene), await scene.tree.emptiness()], [['put away'], 'no']);
  });
});
