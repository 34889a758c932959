import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, it, mock } from 'node:test';
import * as vscode from 'vscode';
import { forkAtOnce, forkLatest } from '../../src/vscode/commands/fork.ts';
import { logForks } from '../../src/vscode/doors/forkLog.ts';
import { answering, makeScene, type Scene } from './fakeServices.ts';
import { eventually } from './sampleHome.ts';

const settings = () => vscode.workspace.getConfiguration('sessionForks');
const oneSession = (): Promise<Scene> => makeScene((store, cwd) => void store.add('source', 'pRpR', { cwd }));
const forkOf = ({ services, ref, store }: Scene, point: 'end' | 'before' = 'end') => {
  const [id] = [...store.kept.keys()];
  const third = store.kept.get(id ?? assert.fail())?.messages[2]?.id ?? assert.fail();
  return forkAtOnce(services, {
    ...ref(id ?? assert.fail()),
    point: point === 'end' ? 'end' : { before: third },
  });
};

describe('Fork Latest Session', () => {
  afterEach(() => mock.restoreAll());

  it('takes the newest session of this folder, not the newest of all (checklist 0.2, trap 19)', async () => {
    answering('showInformationMessage', undefined);
    const { services } = await makeScene((store, cwd) => {
      store.add('older', 'pR', { cwd, updated: 1 });
      store.add('newest here', 'pR', { cwd: `${cwd}/src`, updated: 2 });
      store.add('put away', 'pR', { cwd, updated: 3, archived: true });
      store.add('elsewhere', 'pR', { cwd: `${cwd}-two`, updated: 4 });
    });
    assert.equal((await forkLatest(services))?.forkedFrom.session.id, 'newest here');
  });

  it('says that this folder has none, and forks nothing of another folder by itself (checklist 0.2)', async () => {
    const said = answering('showInformationMessage', undefined);
    const { services, store } = await makeScene((made) => void made.add('far', 'pR', { cwd: '/elsewhere' }));
    assert.equal(await forkLatest(services), undefined);
    assert.deepEqual(said, ['No agent has a session in this folder yet. [Show All Folders]']);
    assert.equal(store.forks, 0);
  });

  it('is no_source where there is no session at all (checklist 0.11)', async () => {
    const { services } = await makeScene(() => undefined);
    await assert.rejects(forkLatest(services), { code: 'no_source' });
  });
});

describe('after a fork', () => {
  afterEach(async () => {
    mock.restoreAll();
    await settings().update('afterFork', undefined, vscode.ConfigurationTarget.Global);
  });

  it('the child is selected in the tree and its panel opens (checklist 1.4, 3.4)', async () => {
    answering('showInformationMessage', undefined);
    const scene = await oneSession();
    await forkOf(scene);
    assert.deepEqual(scene.shown, ['tree child-1', 'panel child-1']);
  });

  it('only what sessionForks.afterFork says is shown, and the notification leads to the rest (checklist 1.4)', async () => {
    const said = answering('showInformationMessage', undefined);
    const shownFor = async (value: string): Promise<string> => {
      await settings().update('afterFork', value, vscode.ConfigurationTarget.Global);
      const scene = await oneSession();
      await forkOf(scene);
      return scene.shown.join();
    };
    assert.deepEqual([await shownFor('showInTree'), await shownFor('stay')], ['tree child-1', '']);
    assert.match(said[1] ?? '', /\[Open Session\] \[Undo Fork\]$/u);
  });

  it('a prompt to edit opens the panel whatever the setting says', async () => {
    answering('showInformationMessage', undefined);
    await settings().update('afterFork', 'stay', vscode.ConfigurationTarget.Global);
    const scene = await oneSession();
    await forkOf(scene, 'before');
    assert.deepEqual(scene.shown, ['panel child-1']);
  });

  it('a message says what was forked and how many messages were kept, and that files are not rewound (checklist 0.6, trap 25)', async () => {
    const said = answering('showInformationMessage', undefined);
    await forkOf(await oneSession());
    assert.deepEqual(said, [
      'Forked “source” after message 4. 4 messages kept; files on disk are as they are now. [Show in Tree] [Undo Fork]',
    ]);
  });

  it('its button takes the fork back (checklist 0.6, 2.17)', async () => {
    answering('showInformationMessage', 'Undo Fork');
    const scene = await oneSession();
    await forkOf(scene);
    await eventually(() => scene.shown.includes('tree source'));
    assert.deepEqual([...scene.store.kept.keys()], ['source']);
    assert.deepEqual(scene.shown.slice(-2), ['closed child-1', 'tree source']);
  });

  it('the log names both ids (checklist 0.6, 0.9, trap 20)', async () => {
    answering('showInformationMessage', undefined);
    const scene = await oneSession();
    const folder = mkdtempSync(join(tmpdir(), 'session-forks-log-'));
    const logging = logForks(scene.services, join(folder, 'forks.jsonl'));
    await forkOf(scene);
    logging.dispose();
    assert.match(
      scene.logged.join(),
      /^Forked memory source -> child-1: fork@4, asked by command, by a copy, \d+ ms$/u,
    );
  });

  it('said of a running source: it was forked at its last finished turn, the open turn stays behind (traps 8 and 10)', async () => {
    const said = answering('showInformationMessage', undefined);
    const scene = await makeScene((store, cwd) => void store.add('source', 'pRpr', { cwd, live: 'busy' }));
    await forkOf(scene);
    assert.match(
      said[0] ?? '',
      /at message 2, its last finished turn.*the open turn \(3–4\) is not in this fork/u,
    );
  });
});

describe('while a fork is made', () => {
  afterEach(() => mock.restoreAll());

  it('the window shows what is forked, and after a second where to cancel it (checklist 3.7)', async () => {
    answering('showInformationMessage', undefined);
    const scene = await oneSession();
    const { promise, resolve } = Promise.withResolvers<void>();
    scene.store.gate = promise;
    const shown: string[] = [];
    mock.method(vscode.window, 'withProgress', async (options: vscode.ProgressOptions) => {
      shown.push(`${options.location} ${options.title} ${options.cancellable === true}`);
    });
    const fork = forkOf(scene);
    await eventually(() => shown.length > 1);
    resolve();
    await fork;
    assert.deepEqual(shown, [
      `${vscode.ProgressLocation.Window} Forking “source”… false`,
      `${vscode.ProgressLocation.Notification} Forking “source”… true`,
    ]);
  });
});
