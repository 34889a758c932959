import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as vscode from 'vscode';

const ID = 'session-forks.session-forks';

test('the extension activates in a real extension host', async () => {
  const extension = vscode.extensions.getExtension(ID);
  assert.ok(extension, `${ID} is not installed`);
  await extension.activate();
  assert.equal(extension.isActive, true);
});

test('the workspace is a throwaway folder', () => {
  assert.equal(vscode.workspace.workspaceFolders?.length, 1);
});
