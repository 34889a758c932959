import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { changedSamples, sampleHashes } from './support/sampleFiles.ts';
import { openWorkbench, type Workbench } from './support/workbench.ts';

/** A whole fork-and-go-on by keyboard alone: no test here touches the mouse, or gives the focus to anything itself. */

const focusTree = 'Session Forks: Focus on Session Forks View';
let workbench: Workbench;

before(async () => {
  workbench = await openWorkbench({ samples: true });
  await workbench.runCommand(focusTree);
  await workbench.tree.row('Migration first').waitFor();
  // A view that had to be made first takes the focus with the second call.
  await workbench.runCommand(focusTree);
  await workbench.page.locator('.part.sidebar .monaco-list:focus').waitFor();
});
after(() => workbench?.dispose());

const panel = () => workbench.webview();
const message = (number: number) => panel().locator(`article[data-number="${number}"]`);
const composer = () => panel().getByRole('textbox', { name: 'Prompt' });
const title = () => panel().locator('.this-title');
const type = (text: string) => workbench.page.keyboard.type(text);

async function press(...keys: readonly string[]): Promise<void> {
  for (const key of keys) {
    await workbench.page.keyboard.press(key);
  }
}

/** Waits until the focus of the panel stands on what matches. */
const focused = (selector: string) => panel().locator(`${selector}:focus`).waitFor();

/** Presses a key until the focus of the panel stands on what matches. */
async function pressUntil(key: string, selector: string, most = 30): Promise<void> {
  for (let pressed = 0; (await panel().locator(`${selector}:focus`).count()) === 0; pressed++) {
    assert.ok(pressed < most, `${key} does not lead to ${selector}`);
    await press(key);
  }
}

/** Goes down the tree to the row of this name. */
async function walkTreeTo(name: string): Promise<void> {
  const row = workbench.page.locator(`.part.sidebar .monaco-list-row.focused[aria-label^="${name}"]`);
  await press('Home');
  for (let pressed = 0; (await row.count()) === 0; pressed++) {
    assert.ok(pressed < 40, `no row ${name}`);
    await press('ArrowDown');
  }
}

test('a session opens from the tree, and its composer has the focus', async () => {
  await walkTreeTo('Flaky upload test');
  await press('Enter');
  await title().getByText('Flaky upload test').waitFor();
  await focused('.draft');
});

test('F on a reply forks after it, and the prompt typed next is answered in the child alone', async () => {
  const before = sampleHashes(workbench);
  await pressUntil('Shift+Tab', '[data-row]');
  await press('Home', 'ArrowDown', 'ArrowDown');
  await focused('article[data-number="3"]');
  await message(3).getByRole('button', { name: 'Fork after this reply' }).waitFor();
  await press('f');
  await panel().getByText('Forked from Flaky upload test at message 3').first().waitFor();
  await focused('.draft');
  await type('Which timer leaks?');
  await press('Enter');
  await message(5).locator('button.verb').waitFor({ state: 'attached' });
  assert.equal(changedSamples(before, workbench).length, 1);
});

test('F on a prompt fills the composer of a new fork, where it is changed and sent', async () => {
  await focused('.draft');
  await pressUntil('Shift+Tab', '[data-row]');
  await press('End', 'Alt+ArrowUp');
  await focused('article[data-number="4"]');
  await press('f');
  await panel().getByText('Nothing is sent yet.').waitFor();
  await focused('.draft');
  assert.equal(await composer().inputValue(), 'Which timer leaks?');
  await type(' Or which test');
  await press('Shift+Enter');
  await type('is slow?');
  await press('Enter');
  await message(4).getByText('Or which test').waitFor();
  await message(5).locator('button.verb').waitFor({ state: 'attached' });
});

test('the menu of a message does what its toolbar does, and gives the focus back', async () => {
  await pressUntil('Shift+Tab', '[data-row]');
  await press('Home', 'ArrowDown', 'Shift+F10');
  await panel().getByRole('menuitem', { name: 'Fork after this reply' }).waitFor();
  await focused('.menu-item');
  await press('Escape');
  await focused('article[data-number="2"]');
});

test('the toolbar itself is reached: Enter goes into a message, Escape out of it', async () => {
  await press('Enter');
  await pressUntil('ArrowDown', '.verb');
  await press('Escape');
  await focused('article[data-number="2"]');
});

test('a permission is answered by its number, and the focus is back in the composer', async () => {
  await press('Control+/');
  await focused('.draft');
  await type('edit it');
  await press('Enter');
  await focused('.option');
  // A card takes no key in its first 400 ms: the person may have been typing.
  await workbench.page.waitForTimeout(600);
  await press('1');
  await panel().getByText('The edit is shown as made').waitFor();
  await message(8).locator('button.verb').waitFor({ state: 'attached' });
  await focused('.draft');
  assert.equal(await composer().inputValue(), '');
});

test('a checkpoint, the mode and the map have their keys', async () => {
  await type('One more');
  await press('Control+Enter');
  await message(10).locator('button.verb').waitFor({ state: 'attached' });
  await press('Control+.');
  await panel().getByRole('menuitemradio', { name: 'Plan' }).waitFor();
  await press('End', 'Enter');
  await panel().getByRole('button', { name: 'Mode: Plan' }).waitFor();
  await press('Alt+m');
  await focused('.map-row.here');
  await press('Escape');
  await panel().locator('.map').waitFor({ state: 'detached' });
});

test('the fork point leads to the parent by Enter', async () => {
  await press('Control+/');
  await pressUntil('Shift+Tab', '[data-row]');
  await press('End');
  await pressUntil('ArrowUp', '.divider');
  await press('Enter');
  await title().getByText('Flaky upload test').waitFor();
  await focused('article[data-number="3"]');
});

test('nothing reported an error', () => {
  assert.deepEqual(workbench.errors, []);
});
