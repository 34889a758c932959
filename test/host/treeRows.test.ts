import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as vscode from 'vscode';
import { type Lineage, sessionId } from '../../src/core/model.ts';
import { openClicked } from '../../src/vscode/commands/open.ts';
import { goToParent } from '../../src/vscode/commands/view.ts';
import type { Row } from '../../src/vscode/tree/rows.ts';
import type { MemoryStore } from '../unit/support/memoryStore.ts';
import { drawTree } from './drawTree.ts';
import { makeScene, type Scene } from './fakeServices.ts';

const from = (store: MemoryStore, id: string, messages: number, more: Partial<Lineage> = {}) => ({
  lineage: {
    parent: { agent: store.agent.id, id: sessionId(id) },
    kind: 'fork',
    messages,
    how: 'recorded',
    ...more,
  } satisfies Lineage,
});

const rowOf = async ({ tree, ref }: Scene, id: string): Promise<Row> =>
  (await tree.find(ref(sessionId(id)))) ?? assert.fail(`no row ${id}`);

async function tooltipOf(scene: Scene, id: string): Promise<string> {
  const row = await rowOf(scene, id);
  const { tooltip } = await scene.tree.resolveTreeItem(await scene.tree.getTreeItem(row), row);
  assert.ok(tooltip instanceof vscode.MarkdownString);
  return tooltip.value.replaceAll('\\', '');
}

const contextOf = async (scene: Scene, id: string): Promise<readonly string[]> =>
  String((await scene.tree.getTreeItem(await rowOf(scene, id))).contextValue).split(' ');

describe('a row', () => {
  it('opens by a command that needs nothing VS Code forgets when it asks for the row anew', async () => {
    const scene = await makeScene((store, cwd) => void store.add('one', 'pR', { cwd }));
    const { command } = await scene.tree.getTreeItem(await rowOf(scene, 'one'));
    assert.equal(command?.command, 'sessionForks.openClicked');
    assert.equal(command.arguments, undefined);
    await openClicked(scene.services);
    assert.deepEqual(scene.shown, []);
    await scene.services.tree.show(scene.ref(sessionId('one')));
    await openClicked(scene.services);
    assert.deepEqual(scene.shown, ['tree one', 'panel one']);
  });

  it('names on hover the parent, the fork point, the counts, what was inherited and both ids (checklist 1.5, 1.8, trap 20)', async () => {
    const scene = await makeScene((store, cwd) => {
      store.add('parent', 'pRpR', { cwd });
      store.add('child', 'pRpRpR', { cwd, ...from(store, 'parent', 2) });
    });
    const said = await tooltipOf(scene, 'child');
    assert.match(said, /Fork of \*\*parent\*\* at message 2 \(recorded\)/u);
    assert.match(said, /2 inherited · 4 own messages/u);
    assert.match(said, /Inherited: messages, model\. Not inherited: files on disk, permissions/u);
    assert.match(said, /child, forked from parent/u);
  });

  it('says that a lineage is inferred, or that the parent is deleted (checklist 0.7, 1.10)', async () => {
    const scene = await makeScene((store, cwd) => {
      store.add('parent', 'pRpR', { cwd });
      store.add('guessed', 'pR', { cwd, ...from(store, 'parent', 2, { how: 'inferred' }) });
      store.add('orphan', 'pR', { cwd, ...from(store, 'gone', 2) });
    });
    assert.match(await tooltipOf(scene, 'guessed'), /\(inferred from equal messages\)/u);
    assert.match(await tooltipOf(scene, 'orphan'), /Forked at message 2; its parent is deleted/u);
    const { description } = await scene.tree.getTreeItem(await rowOf(scene, 'orphan'));
    assert.match(String(description), /^fork@2 · .* · parent deleted$/u);
  });

  it('offers a fork only of an agent whose sessions can be forked (checklist 1.2, 2.10)', async () => {
    const scene = await makeScene((store, cwd) => void store.add('one', 'pR', { cwd }));
    assert.ok((await contextOf(scene, 'one')).includes('fork'));
    scene.store.capabilities = { ...scene.store.capabilities, forkAt: 'none' };
    assert.ok(!(await contextOf(scene, 'one')).includes('fork'));
  });

  it('that can be forked has Fork on itself and in its menu, and no other row has (checklist 1.2, 1.3)', () => {
    const { contributes } = vscode.extensions.getExtension('session-forks.session-forks')?.packageJSON ?? {};
    const forks = contributes.menus['view/item/context'].filter(({ command }: { readonly command: string }) =>
      /\.fork(AtMessage)?$/u.test(command),
    );
    assert.deepEqual(
      forks.map(({ command, group }: Readonly<Record<string, string>>) => `${command} ${group}`),
      ['sessionForks.fork inline@1', 'sessionForks.fork 2_fork@1', 'sessionForks.forkAtMessage 2_fork@2'],
    );
    for (const { when, group } of forks) {
      const one = group.startsWith('inline') ? '' : ' && !listMultiSelection';
      assert.equal(when, `view == sessionForks.sessions && viewItem =~ /\\bfork\\b/${one}`);
    }
  });

  it('of a subagent’s run says so, can only be read, and stays folded under its session (trap 17)', async () => {
    const scene = await makeScene((store, cwd) => {
      store.add('parent', 'pR', { cwd });
      store.add('run', 'pR', { cwd, ...from(store, 'parent', 0, { kind: 'subagent' }) });
    });
    const item = await scene.tree.getTreeItem(await rowOf(scene, 'run'));
    assert.ok(item.iconPath instanceof vscode.ThemeIcon);
    assert.equal(item.iconPath.id, 'hubot');
    assert.match(String(item.description), /^subagent · [\d,.]+ d$/u);
    assert.match(
      item.accessibilityInformation?.label ?? '',
      /^run, run of a subagent of parent, read-only, level 2, /u,
    );
    assert.equal(item.contextValue, 'session parent');
    assert.match(
      await tooltipOf(scene, 'run'),
      /Run of a subagent of \*\*parent\*\*\. It can be read, not forked/u,
    );
    const parent = await scene.tree.getTreeItem(await rowOf(scene, 'parent'));
    assert.equal(parent.collapsibleState, vscode.TreeItemCollapsibleState.Collapsed);
  });

  it('of an archived session or of a subagent’s run is shown with what it belongs to (trap 17)', async () => {
    const scene = await makeScene((store, cwd) => {
      store.add('put away', 'pR', { cwd, archived: true });
      store.add('its run', 'pR', { cwd, ...from(store, 'put away', 0, { kind: 'subagent' }) });
      store.add('kept', 'pR', { cwd, archived: true });
      store.add('its fork', 'pR', { cwd, ...from(store, 'kept', 2) });
    });
    const rows = async (parent?: Row): Promise<readonly unknown[]> =>
      Promise.all(
        (await scene.tree.getChildren(parent)).map(async (row) =>
          row.kind === 'session' ? [row.id, ...(await rows(row))] : row.kind,
        ),
      );
    assert.deepEqual(await rows(), [['kept', ['its fork']]]);
    scene.tree.setFilter({ archived: true });
    assert.deepEqual(await rows(), [
      ['kept', ['its fork']],
      ['put away', ['its run']],
    ]);
  });

  it('stands at its real depth, however deep, and leads back up to its root (trap 23)', async () => {
    const depth = 60;
    const scene = await makeScene((store, cwd) => {
      store.add('s0', 'pR', { cwd });
      for (let level = 1; level <= depth; level++) {
        store.add(`s${level}`, 'pR', { cwd, ...from(store, `s${level - 1}`, 2) });
      }
    });
    let rows = await scene.tree.getChildren();
    for (let level = 0; level <= depth; level++) {
      assert.deepEqual(
        rows.map((row) => row.kind === 'session' && row.id),
        [`s${level}`],
      );
      rows = await scene.tree.getChildren(rows[0]);
    }
    let above = 0;
    for (
      let row = scene.tree.getParent(await rowOf(scene, `s${depth}`));
      row;
      row = scene.tree.getParent(row)
    ) {
      above++;
    }
    assert.equal(above, depth);
  });
});

/** Draws all rows of a scene; gives what tells which of them the tree names when a session becomes another. */
async function drawnScene(add: Parameters<typeof makeScene>[0]) {
  const scene = await makeScene(add);
  const { tree, store, services } = scene;
  tree.setFilter({ otherFolders: true });
  await drawTree(tree);
  let told: readonly string[] = [];
  tree.onDidChangeTreeData((rows) => {
    told = rows?.map((row) => (row.kind === 'session' ? row.id : row.kind)) ?? ['all'];
  });
  services.catalog.onDidChange(({ changed }) => tree.update(changed));
  return async (id: string, change: Readonly<{ updated: number } | { title: string }>) => {
    told = [];
    const kept = store.kept.get(sessionId(id)) ?? assert.fail();
    store.kept.set(sessionId(id), { ...kept, ...change });
    await services.catalog.refresh();
    await drawTree(tree);
    return told;
  };
}

describe('a session that changes', () => {
  const day = 24 * 60 * 60 * 1000;

  it('is told with all rows whose order it changes, and with no others', async () => {
    const change = await drawnScene((store, cwd) => {
      store.add('top', 'pRpR', { cwd, updated: 90 * day });
      store.add('second', 'pRpR', { cwd, updated: 50 * day });
      store.add('first fork', 'pRpR', { cwd, updated: 40 * day, ...from(store, 'top', 2) });
      store.add('second fork', 'pRpR', { cwd, updated: 30 * day, ...from(store, 'top', 2) });
      store.add('its fork', 'pRpR', { cwd, updated: 20 * day, ...from(store, 'second fork', 2) });
      store.add('far', 'pRpR', { cwd: '/far', updated: 80 * day });
      store.add('farther', 'pRpR', { cwd: '/far', updated: 70 * day });
    });
    assert.deepEqual(await change('second fork', { updated: 31 * day }), ['second fork']);
    assert.deepEqual(await change('its fork', { updated: 60 * day }), ['its fork', 'top']);
    assert.deepEqual(await change('farther', { updated: 75 * day }), ['farther']);
    assert.deepEqual(await change('farther', { updated: 85 * day }), ['folders', 'farther']);
    assert.deepEqual(await change('second', { updated: 95 * day }), ['all']);
    assert.deepEqual(await change('second', { updated: 95 * day }), []);
  });

  it('is told with all rows that say what it or a fork of it is called', async () => {
    const change = await drawnScene((store, cwd) => {
      store.add('base', 'pR', { cwd, title: 'Base' });
      store.add('fork', 'pR', { cwd, title: 'Base (fork)', preview: 'Own words', ...from(store, 'base', 2) });
      store.add('its fork', 'pR', { cwd, ...from(store, 'fork', 2) });
      store.add('last', 'pR', { cwd, ...from(store, 'its fork', 2) });
    });
    assert.deepEqual((await change('base', { title: 'Other' })).toSorted(), ['base', 'fork', 'its fork']);
  });
});

describe('Go to Parent', () => {
  it('selects the parent in the tree (checklist 0.10)', async () => {
    const scene = await makeScene((store, cwd) => {
      store.add('parent', 'pR', { cwd });
      store.add('child', 'pR', { cwd, ...from(store, 'parent', 2) });
    });
    await goToParent(scene.services, scene.ref(sessionId('child')));
    assert.deepEqual(scene.shown, ['tree parent']);
  });

  it('says so when the parent is gone, and makes none (trap 22)', async () => {
    const scene = await makeScene(
      (store, cwd) => void store.add('orphan', 'pR', { cwd, ...from(store, 'gone', 2) }),
    );
    await assert.rejects(goToParent(scene.services, scene.ref(sessionId('orphan'))), { code: 'no_source' });
    assert.deepEqual([...scene.store.kept.keys()], ['orphan']);
  });
});
