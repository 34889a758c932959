import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openWorkbench, type Workbench } from './support/workbench.ts';

let workbench: Workbench;

before(async () => {
  workbench = await openWorkbench({ samples: true });
});
after(() => workbench?.dispose());

test('the view opens by its icon and shows the sample sessions', async () => {
  await workbench.tree.open();
  await workbench.tree.rows().first().waitFor();
  await workbench.screenshot('smoke');
});

test('view and transcript are there again after a reload', async () => {
  const lens = workbench.page.locator('.codelens-decoration a', { hasText: 'Open in chat panel' });
  await workbench.tree.click('Move logging to pino');
  await workbench.webview().locator('article').first().waitFor();
  await workbench.runCommand('Session Forks: Open Transcript');
  await lens.waitFor();
  await workbench.reload();
  await workbench.tree.open();
  await workbench.tree.rows().first().waitFor();
  await lens.waitFor();
});

test('nothing reported an error', () => {
  assert.deepEqual(workbench.errors, []);
});
