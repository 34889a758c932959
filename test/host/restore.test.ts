import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import * as vscode from 'vscode';
import { sessionId } from '../../src/core/model.ts';
import { createPanels } from '../../src/vscode/panel/index.ts';
import { type PanelServices, type Panels, panelViewType } from '../../src/vscode/services.ts';
import { memento } from '../unit/support/memento.ts';
import { makeScene, type Scene } from './fakeServices.ts';
import { eventually, extensionId } from './sampleHome.ts';

const panelsOf = ({ services }: Scene): Panels => {
  const { extensionUri } = vscode.extensions.getExtension(extensionId) ?? assert.fail();
  const panelServices: Partial<PanelServices> = {
    ...services,
    extensionUri,
    workspaceState: memento(),
    liveAgents: new Map(),
  };
  return createPanels(panelServices as PanelServices);
};

async function restored(scene: Scene, state: unknown): Promise<{ title: string; closed: boolean }> {
  const view = vscode.window.createWebviewPanel(panelViewType, 'as it was', vscode.ViewColumn.One);
  let closed = false;
  view.onDidDispose(() => {
    closed = true;
  });
  const panels = panelsOf(scene);
  await panels.restore(view, state);
  const outcome = { title: closed ? '' : view.title, closed };
  panels.dispose();
  return outcome;
}

const family = (): Promise<Scene> =>
  makeScene((store, cwd) => {
    const parent = { agent: store.agent.id, id: store.add('parent', 'pR', { cwd }) };
    store.add('child', 'pR', { cwd, lineage: { parent, kind: 'fork', messages: 2, how: 'recorded' } });
  });

describe('a chat panel that VS Code restores', () => {
  after(() => vscode.commands.executeCommand('workbench.action.closeAllEditors'));

  it('shows the child whose id it kept, and forks nothing again (traps 21 and 48)', async () => {
    const scene = await family();
    const state = { session: scene.ref(sessionId('child')) };
    assert.deepEqual(await restored(scene, state), { title: 'child', closed: false });
    assert.equal(scene.store.forks, 0);
  });

  it('closes when its session was deleted meanwhile, and makes none (trap 24)', async () => {
    const scene = await family();
    scene.store.kept.delete(sessionId('child'));
    const state = { session: scene.ref(sessionId('child')) };
    assert.deepEqual(await restored(scene, state), { title: '', closed: true });
    assert.deepEqual([...scene.store.kept.keys()], ['parent']);
  });

  it('opens a session once, however often it is asked for at a time (trap 11)', async () => {
    const scene = await family();
    const panels = panelsOf(scene);
    const session = scene.ref(sessionId('child'));
    const open = (): number =>
      vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs).filter(({ label }) => label === 'child').length;
    // VS Code tells of closed tabs a moment later.
    await eventually(() => open() === 0);
    await Promise.all([panels.open(session), panels.open(session)]);
    await panels.open(session);
    await eventually(() => open() > 0);
    // A second panel would come a moment after the first one.
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(open(), 1);
    panels.dispose();
  });
});
