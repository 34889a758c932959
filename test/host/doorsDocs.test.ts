// The examples of docs/programs.md that need VS Code, run as they stand there.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import * as vscode from 'vscode';
import type { SessionInfo } from '../../src/core/model.ts';
import { findSample, installHomeSamples } from './sampleHome.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/programs.md'), 'utf8');
const [toolExample = '', extensionExample = '', commandExample = ''] = [
  ...page.matchAll(/^```js\n([\s\S]*?)^```$/gmu),
].map(([, text]) => text ?? '');

describe('the page for programs', () => {
  before(installHomeSamples);

  it('has an extension that forks by the API and hears of it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'session-forks-example-'));
    const file = join(folder, 'extension.cjs');
    writeFileSync(file, extensionExample);
    const subscriptions: vscode.Disposable[] = [];
    const fork = await createRequire(file)(file).activate({ subscriptions });
    const { store, info } = await findSample('Second try');
    assert.deepEqual([info.ref.id, info.lineage?.messages], [fork.session.id, 2]);
    assert.equal(subscriptions.length, 1);
    for (const subscription of subscriptions) subscription.dispose();
    await store.remove?.(info.ref.id);
    rmSync(folder, { recursive: true });
  });

  async function run(example: string): Promise<SessionInfo> {
    const { info, transcript } = await findSample('Add OAuth login');
    const AsyncFunction = (async () => undefined).constructor as FunctionConstructor;
    const act = new AsyncFunction('vscode', 'session', 'message', example);
    await act(vscode, info.ref, transcript.messages[1]?.id);
    return info;
  }

  it('has a call of a language-model tool', async () => {
    const session = await run(toolExample);
    const { store, info } = await findSample('By a tool');
    assert.deepEqual([info.lineage?.parent, info.lineage?.messages], [session.ref, 2]);
    await store.remove?.(info.ref.id);
  });

  it('has a command that forks without a question', async () => {
    const session = await run(commandExample);
    const { store, info } = await findSample('By a command');
    assert.deepEqual([info.lineage?.parent, info.lineage?.messages], [session.ref, 2]);
    await store.remove?.(info.ref.id);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });
});
