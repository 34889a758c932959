import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import * as vscode from 'vscode';
import { eventually, findSample, installHomeSamples } from './sampleHome.ts';

interface Side {
  readonly title: string;
  readonly lines: readonly string[];
}

/** The two documents of the active comparison. */
async function sides(): Promise<readonly [Side, Side]> {
  const input = await eventually(() => {
    const active = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
    return active instanceof vscode.TabInputTextDiff ? active : undefined;
  });
  const read = async (uri: vscode.Uri): Promise<Side> => {
    const lines = (await vscode.workspace.openTextDocument(uri)).getText().split('\n');
    return { title: lines[0] ?? '', lines };
  };
  return [await read(input.original), await read(input.modified)];
}

const closeAll = () => vscode.commands.executeCommand('workbench.action.closeAllEditors');

describe('a comparison (checklist 0.8)', () => {
  before(installHomeSamples);
  after(closeAll);

  it('shows a fork beside its parent, each from the fork point on', async () => {
    const { info } = await findSample('Rotate tokens');
    await vscode.commands.executeCommand('sessionForks.compareWithParent', info.ref);
    const [parent, fork] = await sides();
    assert.equal(parent.title, '# Add OAuth login');
    assert.equal(fork.title, '# Rotate tokens');
    for (const { lines } of [parent, fork]) {
      assert.equal(lines[3], '> 12 messages in common, from Add OAuth login');
      assert.equal(lines[5], '## 13 · Prompt');
    }
    assert.match(fork.lines[1] ?? '', /^fork@12 · \d+ own messages · [\d,]+ tokens · /u);
  });

  it('shows siblings from the point on at which they parted, with equal headings', async () => {
    const one = await findSample('Opaque tokens');
    const other = await findSample('Rotate tokens');
    await vscode.commands.executeCommand('sessionForks.compare', { ...one.info.ref, other: other.info.ref });
    const [left, right] = await sides();
    assert.deepEqual([left.title, right.title], ['# Opaque tokens', '# Rotate tokens']);
    const headings = ({ lines }: Side) => lines.filter((line) => line.startsWith('## ')).slice(0, 2);
    assert.deepEqual(headings(left), ['## 13 · Prompt', '## 14 · Reply']);
    assert.deepEqual(headings(right), headings(left));
  });

  it('shows sessions of different trees whole, and says that they have nothing in common', async () => {
    const one = await findSample('Rotate tokens');
    const other = await findSample('Flaky upload test');
    await vscode.commands.executeCommand('sessionForks.compare', { ...one.info.ref, other: other.info.ref });
    for (const { lines } of await sides()) {
      assert.equal(lines[3], '> No message in common');
      assert.equal(lines[5], '## 1 · Prompt');
    }
  });

  it('carries the verb of each message in its hover', async () => {
    const { info } = await findSample('Rotate tokens');
    await vscode.commands.executeCommand('sessionForks.compareWithParent', info.ref);
    const tab = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
    assert.ok(tab instanceof vscode.TabInputTextDiff);
    const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
      'vscode.executeHoverProvider',
      tab.modified,
      new vscode.Position(5, 3),
    );
    const texts = hovers.flatMap(({ contents }) =>
      contents.map((content) => (typeof content === 'string' ? content : content.value)),
    );
    assert.match(texts.join('\n'), /Message 13 of \d+/u);
    assert.match(texts.join('\n'), /\[Edit \\& fork from here\]\(command:sessionForks\.fork/u);
  });
});
