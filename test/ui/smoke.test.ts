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

test('the view is there again after a reload', async () => {
  await workbench.reload();
  await workbench.tree.open();
  await workbench.tree.rows().first().waitFor();
});

test('nothing reported an error', () => {
  assert.deepEqual(workbench.errors, []);
});
