import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { stepsIn } from './support/step.ts';
import { takePictures } from './support/themes.ts';
import { openWorkbench, type Workbench } from './support/workbench.ts';

/** The panel in a folder that is not trusted: it reads and forks, and starts no agent before the person trusts it. */

let workbench: Workbench;
const step = stepsIn(() => workbench, 'untrusted');

before(async () => {
  workbench = await openWorkbench({ samples: true, untrusted: true });
  await workbench.page.getByRole('button', { name: /Restricted Mode/ }).waitFor();
  await workbench.tree.open();
});
after(() => workbench?.dispose());

const panel = () => workbench.webview();
const notice = () => panel().getByRole('region', { name: 'This folder is not trusted' });
const answer = () => panel().getByText('You asked: “And then?”');
const waiting = () => panel().getByRole('list', { name: 'Prompts that wait for you' });

step('a session is read and forked, and a prompt waits: no agent is started', async () => {
  await workbench.tree.click('Opaque tokens');
  await panel().locator('article[data-number="20"]').waitFor();
  await panel().getByRole('button', { name: 'Fork', exact: true }).click();
  await panel().getByText('Forked from Opaque tokens at message 20').first().waitFor();
  const composer = panel().getByRole('textbox', { name: 'Prompt' });
  await composer.fill('And then?');
  await composer.press('Enter');
  await notice().getByText('Trust this folder to go on with the agent. Reading works without.').waitFor();
  await waiting().getByText('And then?').waitFor();
  await takePictures(workbench, 'untrusted');
  assert.equal(await panel().locator('.live-dot').count(), 0);
  assert.equal(await answer().count(), 0);
});

step('“Manage Trust” leads to VS Code’s own page; once the folder is trusted, the prompt goes', async () => {
  await notice().getByRole('button', { name: 'Manage Trust' }).click();
  await workbench.page.getByRole('button', { name: 'Trust', exact: true }).click();
  await workbench.closeModal();
  await answer().first().waitFor();
  await notice().waitFor({ state: 'detached' });
  await waiting().waitFor({ state: 'detached' });
});

test('nothing reported an error', () => {
  assert.deepEqual(workbench.errors, []);
});
