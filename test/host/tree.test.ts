import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import * as vscode from 'vscode';
import { Catalog } from '../../src/core/catalog.ts';
import { ForkService } from '../../src/core/forkService.ts';
import { agentId, standsAlone } from '../../src/core/model.ts';
import type { Services } from '../../src/vscode/services.ts';
import { SessionTree } from '../../src/vscode/tree/sessionTree.ts';
import { drawTree } from './drawTree.ts';
import { findSample, homeStores, installHomeSamples } from './sampleHome.ts';

/** Only what the tree uses of the services. */
function treeServices(): Services {
  const catalog = new Catalog(homeStores());
  const listed = (): Promise<void> => (catalog.listed ? Promise.resolve() : catalog.refresh());
  return { catalog, forkService: new ForkService(catalog), listed } as Partial<Services> as Services;
}

describe('the tree', () => {
  before(installHomeSamples);

  it('equals the sample forests: lineage, icons, fork@N, orphan, damage, other folders (checklist 1.5, 3.6)', async () => {
    const services = treeServices();
    assert.deepEqual(await drawTree(new SessionTree(async () => services)), [
      'comment Add OAuth login | Claude Code',
      '  repo-forked Rotate tokens | fork@12',
      '    repo-forked Redis allow-list | fork@18',
      '      repo-forked Migration first | fork@21',
      '    discard Keep them opaque | rewound@15',
      '  repo-forked Opaque tokens | fork@12',
      '  repo-forked Sign with EdDSA | fork@12',
      'comment Flaky upload test | Qwen Code',
      '  repo-forked Try fake timers | fork@6',
      '    repo-forked Mock the clock | fork@9',
      '  repo-forked Run against a real S3… | fork@6',
      'comment Bump Node to 24 | Claude Code',
      '  repo-forked Use node:sqlite | fork@4',
      'comment Move logging to pino | Qwen Code',
      'repo-forked Second try at caching | fork@7 · parent deleted',
      'warning Import legacy users | Qwen Code',
      'folder Other folders | 3 sessions',
      ...(await otherFolders(services)),
    ]);
  });

  it('says a row to a screen reader, and what can be done with it', async () => {
    const services = treeServices();
    const tree = new SessionTree(async () => services);
    const { info } = await findSample('Rotate tokens');
    const item = await tree.getTreeItem((await tree.find(info.ref)) ?? assert.fail());
    const spoken = item.accessibilityInformation?.label ?? '';
    assert.match(spoken, /^Rotate tokens, fork at message 12 of Add OAuth login, level 2, /u);
    assert.equal(item.contextValue, 'session fork rename remove archive parent resume');
  });

  it('offers on a rewound branch only what works there', async () => {
    const services = treeServices();
    const tree = new SessionTree(async () => services);
    const { info } = await findSample('Keep them opaque');
    const item = await tree.getTreeItem((await tree.find(info.ref)) ?? assert.fail());
    assert.equal(item.contextValue, 'session fork parent');
  });

  it('leads from each row to its parent, so that it can be revealed', async () => {
    const services = treeServices();
    const tree = new SessionTree(async () => services);
    const { info } = await findSample('Migration first');
    const path: string[] = [];
    for (let row = await tree.find(info.ref); row; row = tree.getParent(row)) {
      path.push(String((await tree.getTreeItem(row)).label));
    }
    assert.deepEqual(path, ['Migration first', 'Redis allow-list', 'Rotate tokens', 'Add OAuth login']);
  });

  it('tells only the rows that changed, and nothing when nothing did', async () => {
    const services = treeServices();
    const tree = new SessionTree(async () => services);
    await drawTree(tree);
    const told: string[] = [];
    tree.onDidChangeTreeData((rows) => told.push(JSON.stringify(rows)));
    await services.catalog.refresh();
    tree.update();
    assert.deepEqual(told, []);
    const { store, info } = await findSample('Sign with EdDSA');
    await store.rename?.(info.ref.id, 'Sign with Ed25519');
    await services.catalog.refresh();
    tree.update();
    await store.rename?.(info.ref.id, 'Sign with EdDSA');
    assert.deepEqual(told, [JSON.stringify([{ kind: 'session', agent: 'claude-code', id: info.ref.id }])]);
  });

  it('tells the same when it looks only near the sessions that changed', async (context) => {
    // Nothing grows older meanwhile.
    context.mock.timers.enable({ apis: ['Date'], now: Date.now() });
    const services = treeServices();
    const trees = [new SessionTree(async () => services), new SessionTree(async () => services)] as const;
    const told: string[][] = [[], []];
    for (const [index, tree] of trees.entries()) {
      await drawTree(tree);
      tree.onDidChangeTreeData((rows) => told[index]?.push(JSON.stringify(rows ?? 'all')));
    }
    services.catalog.onDidChange(({ changed }) => {
      trees[0].update(changed);
      trees[1].update();
    });
    const named = services.catalog.sessions().filter((info) => standsAlone(info) && !info.problem);
    for (const { ref, title } of named) {
      for (const name of [`Renamed: ${title}`, title]) {
        await services.catalog.store(ref.agent)?.rename?.(ref.id, name);
        await services.catalog.refresh();
        await Promise.all(trees.map((tree) => drawTree(tree)));
      }
    }
    assert.equal(told[0]?.length, 2 * named.length);
    assert.ok(
      told[0].some((rows) => rows.includes('},{')),
      'those below tell what their parent is called',
    );
    assert.deepEqual(told[0].map(sorted), told[1]?.map(sorted));
  });

  it('hides archived sessions and other agents by its filter, and says when that leaves nothing', async () => {
    const services = treeServices();
    const tree = new SessionTree(async () => services);
    tree.setFilter({ agents: [services.catalog.agents()[1]?.id ?? assert.fail()] });
    const labels = (await drawTree(tree)).filter((line) => !line.startsWith(' '));
    assert.ok(labels.some((line) => line.includes('Flaky upload test')));
    assert.ok(!labels.some((line) => line.includes('Add OAuth login')));
    tree.setFilter({ agents: [agentId('nobody')] });
    assert.equal(await tree.emptiness(), 'filtered');
    assert.deepEqual(await drawTree(tree), []);
  });

  it('escapes what sessions say in the tooltip', async () => {
    const services = treeServices();
    const tree = new SessionTree(async () => services);
    const { store, info } = await findSample('Move logging to pino');
    await store.rename?.(info.ref.id, '[x](command:evil) $(flame) **b**');
    const row = (await tree.find(info.ref)) ?? assert.fail();
    const { tooltip } = await tree.resolveTreeItem(await tree.getTreeItem(row), row);
    await store.rename?.(info.ref.id, 'Move logging to pino');
    assert.ok(tooltip instanceof vscode.MarkdownString);
    assert.ok(!tooltip.isTrusted);
    assert.ok(!tooltip.value.includes('](command:') && !tooltip.value.includes('$(flame)'));
    assert.ok(tooltip.value.includes('\\[x\\]'));
  });
});

const sorted = (rows: string): readonly string[] =>
  [JSON.parse(rows)]
    .flat()
    .map((row) => JSON.stringify(row))
    .sort();

async function otherFolders(services: Services): Promise<string[]> {
  const lines = await drawTree(new SessionTree(async () => services), { kind: 'folders' }, '  ');
  assert.equal(lines.length, 3);
  return lines;
}
