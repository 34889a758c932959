import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { until } from '../agents/support/until.ts';
import { changedSamples, sampleHashes } from './support/sampleFiles.ts';
import { openWorkbench, type Workbench } from './support/workbench.ts';

/** Reading and writing in the panel of a real VS Code, with the sample agent: what reaches beyond the page. */

let workbench: Workbench;

before(async () => {
  workbench = await openWorkbench({ samples: true });
  await workbench.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await workbench.tree.open();
  await workbench.tree.click('Rotate tokens');
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
const mode = () => panel().getByRole('button', { name: /^Mode: / });
/** The reply with this number is stored: it can be forked after. */
const turnEnds = (number: number) => message(number).locator('button.verb').waitFor({ state: 'attached' });
/** One pixel. */
const onePixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

async function open(name: string, last: number): Promise<void> {
  await workbench.tree.click(name);
  await panel().locator('.this-title').getByText(name).waitFor();
  await message(last).waitFor();
}

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
  await write('slow 300');
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
  await holds('slow 300');
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

test('a click on the mode starts the agent for that alone: its modes, model and commands come from it', async () => {
  await open('Sign with EdDSA', 15);
  const before = sampleHashes(workbench);
  assert.equal(await panel().locator('.choice').count(), 1, 'the mode is there before anybody knows it');
  await mode().click();
  await panel().locator('.menu-item:focus').getByText('Ask before edits').waitFor();
  await workbench.screenshot('panel-modes');
  assert.deepEqual(await panel().getByRole('menuitemradio').allInnerTexts(), [
    'Ask before edits',
    'Edit automatically',
    'Plan',
  ]);
  assert.equal(await panel().getByRole('menuitemradio', { checked: true }).innerText(), 'Ask before edits');
  await panel().getByRole('menuitemradio', { name: 'Plan' }).click();
  await panel().getByRole('button', { name: 'Mode: Plan' }).waitFor();
  await panel().getByRole('button', { name: 'Model: Sonnet 4.5' }).click();
  await panel().getByRole('menuitemradio', { name: 'Sonnet 4.5', checked: true }).waitFor();
  await workbench.page.keyboard.press('Escape');
  assert.deepEqual(changedSamples(before, workbench), [], 'nothing was sent');
});

test('a slash command of the agent is offered beside the panel’s own, and carried out', async () => {
  await composer().click();
  await write('/');
  await panel().getByRole('option', { name: '/test' }).waitFor();
  const names = await panel().locator('.command-name').allInnerTexts();
  assert.deepEqual(names, ['/fork [label]', '/side question', '/test', '/edit what to change']);
  await write('te');
  await composer().press('Enter');
  await holds('/test ');
  await composer().press('Enter');
  const ran = message(17).getByRole('button', { name: /^Ran npm test/ });
  await ran.waitFor();
  await ran.click();
  await panel().locator('.body').getByText('48 passed').waitFor();
  await turnEnds(17);
  await panel()
    .getByRole('status')
    .getByText(/^Reply finished, 1 tool call, \d/)
    .waitFor({ state: 'attached' });
});

test('the mode that is chosen is kept by a fork, which shows it before its agent runs', async () => {
  await message(15).hover();
  await message(15).getByRole('button', { name: 'Fork after this reply' }).click();
  await panel().getByText('Forked from Sign with EdDSA at message 15').waitFor();
  await panel().getByRole('button', { name: 'Mode: Plan' }).waitFor();
  await write('edit the login');
  await composer().press('Enter');
  await panel().getByText('nothing is edited in Plan mode').waitFor();
  await turnEnds(17);
});

test('several lines, and a file that is mentioned, reach the agent as they were written', async () => {
  await open('Opaque tokens', 20);
  await write('Look twice');
  await composer().press('Shift+Enter');
  await write('at @log');
  await panel().getByRole('option', { name: 'src/login.ts' }).waitFor();
  await composer().press('Enter');
  await holds('Look twice\nat @src/login.ts ');
  await composer().press('Enter');
  await panel().getByText('“Look twice at @src/login.ts”').waitFor();
  assert.equal(await message(21).locator('.prompt-text').innerText(), 'Look twice\nat @src/login.ts ');
  await turnEnds(22);
});

test('an image that is dropped is seen, and reaches the agent', async () => {
  await composer().evaluate(async (field, data) => {
    const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([bytes], 'shot.png', { type: 'image/png' }));
    field.dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer }));
  }, onePixel);
  await panel().locator('.composer .thumbnail').waitFor();
  await write('What is it?');
  await composer().press('Enter');
  await panel().getByText('It came with 1 image.').waitFor();
  await turnEnds(24);
});

test('a file that is dropped from the explorer is attached by its place', async () => {
  await composer().evaluate(
    (field, uri) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.setData('application/vnd.code.uri-list', uri);
      field.dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer }));
    },
    pathToFileURL(join(workbench.workspace, 'src', 'tokens.ts')).href,
  );
  const chip = panel().locator('.composer .chip').filter({ hasText: 'tokens.ts' });
  await chip.waitFor();
  assert.equal(await chip.getAttribute('title'), join(workbench.workspace, 'src', 'tokens.ts'));
  await chip.getByRole('button', { name: 'Remove tokens.ts' }).click();
  await chip.waitFor({ state: 'detached' });
});

test('"Send now" stops the turn for the queued prompt; Escape stops that one', async () => {
  await write('slow 300');
  await composer().press('Enter');
  await panel().getByText('Step 1 of').waitFor();
  await write('slow 300 as well');
  await composer().press('Enter');
  await queued('slow 300 as well').getByRole('button', { name: 'Send now' }).click();
  await message(27).getByText('slow 300 as well').waitFor();
  await message(28).getByText('Step 1 of').waitFor();
  await composer().press('Escape');
  await panel().locator('.status').getByText('Stopped').waitFor();
  assert.equal(await panel().locator('.queue').count(), 0);
});

test('an edit is asked for with its diff, by the agent’s own options; D shows it in VS Code’s editor', async () => {
  await open('Use node:sqlite', 7);
  await write('edit the login');
  await composer().press('Enter');
  await panel().locator('.option:focus').waitFor();
  assert.deepEqual(await panel().locator('.option-words').allInnerTexts(), [
    'Allow',
    'Always allow',
    'Reject',
  ]);
  await panel().locator('.permission .diff-line.added').getByText('password.length < 16').waitFor();
  await panel()
    .getByRole('alert')
    .getByText('Allow Claude Code to edit this file?')
    .waitFor({ state: 'attached' });
  await panel().getByRole('button', { name: 'Mode: Ask before edits' }).waitFor();
  await workbench.page.keyboard.press('d');
  const changed = workbench.page.locator('.monaco-diff-editor .editor.modified .view-line');
  await changed.getByText(/length.<.16/).waitFor();
  await tab(/^Use node:sqlite/).click();
  await panel().locator('.permission').waitFor();
});

test('↓ and Enter answer it; Escape refuses and stops the turn', async () => {
  await panel().locator('.option').first().focus();
  await workbench.page.keyboard.press('ArrowDown');
  await workbench.page.keyboard.press('ArrowDown');
  await panel().locator('.option:focus').getByText('Reject').waitFor();
  // A card takes no key in its first 400 ms; this one was drawn anew with its tab.
  await until(async () => {
    await workbench.page.keyboard.press('Enter');
    return (await panel().locator('.permission').count()) === 0;
  });
  await panel().getByText('The edit was refused').waitFor();
  await turnEnds(9);
  await composer().fill('edit it');
  await composer().press('Enter');
  await panel().locator('.option').first().focus();
  await workbench.page.keyboard.press('Escape');
  await panel().locator('.status').getByText('Stopped').waitFor();
  await panel().locator('.permission').waitFor({ state: 'detached' });
});

test('a draft of several lines is there after a reload of the window', async () => {
  await composer().click();
  await write('half a');
  await composer().press('Shift+Enter');
  await write('thought');
  await workbench.reload();
  await message(9).waitFor();
  await holds('half a\nthought');
  await composer().fill('');
});

test('nothing reported an error', () => {
  assert.deepEqual(workbench.errors, []);
});
