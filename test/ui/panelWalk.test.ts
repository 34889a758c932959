import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { until } from '../agents/support/until.ts';
import { openWorkbench, type Workbench } from './support/workbench.ts';

/** Reading and writing in the panel of a real VS Code, with the sample agent: what reaches beyond the page. */

let workbench: Workbench;

before(async () => {
  workbench = await openWorkbench({ samples: true });
  await workbench.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await workbench.tree.open();
  await workbench.tree.row('Rotate tokens').click();
  await message(15).waitFor();
});
after(() => workbench?.dispose());

const panel = () => workbench.webview();
const message = (number: number) => panel().locator(`article[data-number="${number}"]`);
const composer = () => panel().getByRole('textbox', { name: 'Prompt' });
const queued = (text: string) => panel().getByRole('listitem').filter({ hasText: text });
const tab = (name: RegExp) => workbench.page.locator('.tabs-container').getByRole('tab', { name });
const write = (text: string) => composer().pressSequentially(text);
const holds = (text: string) => until(async () => (await composer().inputValue()) === text);

test('a thought opens and folds; an edit opens to its diff, and that to VS Code’s own diff editor', async () => {
  const thought = message(14).getByRole('button', { name: /^Thought/ });
  await thought.click();
  await message(14).locator('.thought').waitFor();
  await thought.click();
  await message(14).locator('.thought').waitFor({ state: 'detached' });
  await message(14)
    .getByRole('button', { name: /Edited .*routes\.ts/ })
    .click();
  await message(14).locator('.diff-line').first().waitFor();
  await message(14).getByRole('button', { name: 'Open diff' }).click();
  await workbench.page.locator('.monaco-diff-editor').waitFor();
  await tab(/^Rotate tokens/).click();
  await message(14).waitFor();
});

test('code is copied as it stands', async () => {
  const code = message(15).locator('pre').first();
  await code.hover();
  await message(15).getByRole('button', { name: 'Copy', exact: true }).first().click();
  const shown = (await code.innerText()).trim();
  const copied = () => workbench.page.evaluate(() => navigator.clipboard.readText());
  await until(async () => (await copied()).trim() === shown);
});

test('prompts wait in the queue while a turn runs: one is edited, one dropped; the turn is stopped', async () => {
  await write('slow');
  await composer().press('Enter');
  await panel().getByText('Step 1 of').waitFor();
  await write('then tidy up');
  await composer().press('Enter');
  await queued('then tidy up').getByRole('button', { name: 'Edit' }).click();
  await holds('then tidy up');
  await composer().press('End');
  await write(' well');
  await composer().press('Enter');
  await queued('then tidy up well').getByRole('button', { name: 'Drop' }).click();
  await queued('then tidy up').waitFor({ state: 'detached' });
  await panel().getByRole('button', { name: 'Stop' }).first().click();
  await panel().getByText('Stopped').first().waitFor();
});

test('↑ brings the last prompt back; / offers commands, and Escape leaves the text', async () => {
  await composer().click();
  await composer().press('ArrowUp');
  await holds('slow');
  await composer().fill('');
  await write('/');
  await panel()
    .getByRole('option', { name: /^\/fork/ })
    .waitFor();
  await composer().press('Escape');
  await panel().getByRole('option').first().waitFor({ state: 'detached' });
  await holds('/');
  await composer().fill('');
});

test('the mode that is chosen is shown, and the agent works in it', async () => {
  const mode = panel().getByRole('button', { name: /Ask before edits/ });
  await mode.click();
  const other = panel().getByRole('menuitemradio').filter({ hasNotText: 'Ask before edits' }).first();
  const name = (await other.innerText()).split('\n')[0]?.trim() ?? assert.fail();
  await other.click();
  await panel()
    .getByRole('button', { name: new RegExp(name) })
    .first()
    .waitFor();
});

test('nothing reported an error', () => {
  assert.deepEqual(workbench.errors, []);
});
