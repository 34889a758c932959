import assert from 'node:assert/strict';
import { afterEach, describe, it, mock } from 'node:test';
import * as vscode from 'vscode';
import { forkAtOnce } from '../../src/vscode/commands/fork.ts';
import { answering, makeScene, type Scene } from './fakeServices.ts';
import { extensionId } from './sampleHome.ts';

const settings = () => vscode.workspace.getConfiguration('sessionForks');
const busySession = (): Promise<Scene> =>
  makeScene((store, cwd) => void store.add('source', 'pRpR', { cwd, live: 'busy' }));

/** What VS Code was asked to show. */
function watching(): () => number {
  const progress = mock.method(vscode.window, 'withProgress');
  const said = [answering('showInformationMessage', undefined), answering('showWarningMessage', undefined)];
  return () => progress.mock.callCount() + said.flat().length;
}

describe('a fork by command that is to be silent', () => {
  afterEach(async () => {
    mock.restoreAll();
    await settings().update('whenBusy', undefined, vscode.ConfigurationTarget.Global);
  });

  it('gives the result and shows nothing: no child, no progress, no message', async () => {
    const shown = watching();
    const { services, store, shown: opened, ref } = await busySession();
    const [id] = [...store.kept.keys()];
    const source = ref(id ?? assert.fail());
    const result = await forkAtOnce(services, { ...source, silent: true, title: 'Quiet' });
    assert.deepEqual([result?.title, result?.forkedFrom.session], ['Quiet', source]);
    assert.deepEqual([shown(), opened, services.made], [0, [], []]);
  });

  it('is refused while the source works, where the person wants that, and asks nothing', async () => {
    const shown = watching();
    await settings().update('whenBusy', 'refuse', vscode.ConfigurationTarget.Global);
    const { services, store, ref } = await busySession();
    const [id] = [...store.kept.keys()];
    const fork = forkAtOnce(services, { ...ref(id ?? assert.fail()), silent: true });
    await assert.rejects(fork, { code: 'busy' });
    assert.deepEqual([shown(), store.forks], [0, 0]);
  });

  it('throws what another one would ask or show, its code first', async () => {
    const shown = watching();
    await vscode.extensions.getExtension(extensionId)?.activate();
    const missing = { agent: 'claude-code', id: 'no-such-session', silent: true };
    const asked = async (argument: object) => vscode.commands.executeCommand('sessionForks.fork', argument);
    await assert.rejects(asked(missing), /^\w*Error: no_such_session: /u);
    await assert.rejects(asked({ ...missing, title: 7 }), /bad_request: /u);
    assert.equal(shown(), 0);
  });
});
