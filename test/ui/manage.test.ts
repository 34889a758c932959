import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { changedSamples, sampleHashes } from './support/sampleFiles.ts';
import { openWorkbench, type Workbench } from './support/workbench.ts';

/** What stands around the main job: other doors to a fork, ways back to its parent, cancelling, deleting. */

let workbench: Workbench;

before(async () => {
  workbench = await openWorkbench({ samples: true });
  await workbench.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await workbench.tree.open();
  await workbench.tree.row('Migration first').waitFor();
});
after(() => workbench?.dispose());

const message = (number: number) => workbench.webview().locator(`article[data-number="${number}"]`);
const quickInput = () => workbench.page.locator('.quick-input-widget input[type=text]');
const dialog = () => workbench.page.locator('.monaco-dialog-box');
const tab = (name: string | RegExp) => workbench.page.locator('.tabs-container').getByRole('tab', { name });
/** Its name ends with its key. */
const deleteEntry = /^Delete…/;
const selected = (name: RegExp) =>
  workbench.tree
    .rows()
    .and(workbench.page.locator('[aria-selected="true"]'))
    .and(workbench.page.getByLabel(name));

const isInView = (number: number): Promise<boolean> =>
  message(number).evaluate((article) => {
    const { top, bottom } = article.getBoundingClientRect();
    return bottom > 0 && top < innerHeight;
  });

async function openSession(name: string): Promise<void> {
  await workbench.closeEditors();
  await workbench.tree.click(name);
  await message(1).waitFor();
}

/** In the picker of messages; then the title is asked for. */
async function pickSecondMessage(): Promise<void> {
  await workbench.page.getByText('End of session').waitFor();
  await quickInput().pressSequentially('2 · Reply');
  await workbench.page.keyboard.press('Enter');
  await workbench.page.getByText('Title of the fork').waitFor();
}

/** Runs this and gives the transcripts that are new or changed once the extension has done all that it asks for. */
async function changedBy(act: () => Promise<unknown>): Promise<readonly string[]> {
  const before = sampleHashes(workbench);
  await act();
  await nothingToDo();
  return changedSamples(before, workbench);
}

/** The extension takes up one command after the other: when it asks for a session, all before has begun. */
async function nothingToDo(): Promise<void> {
  await workbench.runCommand('Session Forks: Fork Session…');
  await workbench.page.getByText('Pick the session to fork').waitFor();
  await workbench.page.keyboard.press('Escape');
  await quickInput().waitFor({ state: 'hidden' });
  await workbench.page.locator('.part.statusbar').getByText('Forking “').waitFor({ state: 'detached' });
}

test('the fork icon on a row forks that session (checklist 1.3)', async () => {
  const changed = await changedBy(async () => {
    const row = workbench.tree.row('Mock the clock');
    await row.hover();
    await row.getByRole('button', { name: 'Fork Session' }).click();
    await selected(/fork at message \d+ of Mock the clock, level 4/).waitFor();
  });
  assert.equal(changed.length, 1);
});

test('a double click on the verb makes one fork (trap 11)', async () => {
  await openSession('Bump Node to 24');
  const changed = await changedBy(async () => {
    await message(2).hover();
    await message(2).getByRole('button', { name: 'Fork after this reply' }).dblclick();
    await selected(/fork at message 2 of Bump Node to 24/).waitFor();
  });
  assert.equal(changed.length, 1);
});

test('Esc in the title of a fork writes nothing (checklist 1.15)', async () => {
  const changed = await changedBy(async () => {
    await workbench.tree.choose(workbench.tree.row('Sign with EdDSA'), 'Fork at Message…');
    await pickSecondMessage();
    assert.equal(await quickInput().inputValue(), 'Sign with EdDSA (1)');
    await workbench.page.keyboard.press('Escape');
    await quickInput().waitFor({ state: 'hidden' });
  });
  assert.deepEqual(changed, []);
});

test('an empty title is the proposed one (checklist 1.15, trap 18)', async () => {
  await workbench.tree.choose(workbench.tree.row('Sign with EdDSA'), 'Fork at Message…');
  await pickSecondMessage();
  await quickInput().fill('');
  await workbench.page.keyboard.press('Enter');
  await selected(/^Sign with EdDSA \(1\), fork at message 2 of Sign with EdDSA/).waitFor();
  await message(2).waitFor();
});

test('a session’s row in the picker has a button to fork it and one to open it (checklist 0.4, 0.11)', async () => {
  await workbench.closeEditors();
  await workbench.runCommand('Session Forks: Fork Session…');
  await workbench.page.getByText('Pick the session to fork').waitFor();
  await quickInput().pressSequentially('Move logging to pino');
  const row = workbench.page.locator('.quick-input-list').getByRole('option').first();
  await row.hover();
  await row.getByRole('button', { name: 'Open in chat panel' }).waitFor();
  await row.getByRole('button', { name: 'Fork at its end' }).click();
  await selected(/fork at message \d+ of Move logging to pino, level 2/).waitFor();
  await message(1).waitFor();
});

test('Fork Latest Session forks the newest session of this folder (checklist 0.2)', async () => {
  const changed = await changedBy(async () => {
    await workbench.runCommand('Session Forks: Fork Latest Session');
    // The fork that the test before this one made last.
    await selected(/fork at message \d+ of Move logging to pino \(1\), level 3/).waitFor();
  });
  assert.equal(changed.length, 1);
});

test('Go to Parent selects the parent (checklist 0.10)', async () => {
  await workbench.tree.choose(workbench.tree.row('Redis allow-list'), 'Go to Parent');
  await selected(/^Rotate tokens, fork at message 12/).waitFor();
});

test('the path in the panel leads to the root, and the divider to the parent at the fork point (checklist 0.10)', async () => {
  await openSession('Redis allow-list');
  const panel = workbench.webview();
  await panel.getByRole('navigation', { name: 'Fork path' }).getByText('Add OAuth login').click();
  await tab(/^Add OAuth login/).waitFor();
  await openSession('Redis allow-list');
  await panel
    .getByRole('group', { name: /^Forked from Rotate tokens/ })
    .getByRole('button')
    .first()
    .click();
  await tab(/^Rotate tokens/).waitFor();
  await message(18).waitFor();
  await workbench.page.waitForTimeout(500);
  assert.ok(await isInView(18));
});

test('Copy Resume Command copies the line that resumes this very session (trap 20)', async () => {
  await workbench.tree.choose(workbench.tree.row('Flaky upload test'), 'Copy Resume Command');
  await workbench.page.getByText('Copied the command').waitFor();
  const line = await workbench.page.evaluate(() => navigator.clipboard.readText());
  assert.match(line, /^cd \S+ && qwen --resume [0-9a-f-]{36}$/);
  const id = line.split(' ').at(-1) ?? '';
  assert.ok([...sampleHashes(workbench).keys()].some((path) => path.includes(id)));
});

test('a deleted parent takes no fork with it: they move to the top and say so (checklist 1.10, trap 22)', async () => {
  await workbench.closeEditors();
  await openSession('Try fake timers');
  const before = sampleHashes(workbench);
  await workbench.tree.choose(workbench.tree.row('Flaky upload test'), deleteEntry);
  await dialog()
    .getByText(/Delete “Flaky upload test”\? Its 2 forks stay and move to the top level\./)
    .waitFor();
  await dialog().getByRole('button', { name: 'Delete', exact: true }).click();
  await workbench.tree.row(/^Try fake timers, fork at message 6 of a deleted session, level 1/).waitFor();
  await workbench.tree
    .row(/^Run against a real S3 bucket in CI, fork at message 6 of a deleted session/)
    .waitFor();
  assert.equal(sampleHashes(workbench).size, before.size - 1);
  await workbench.webview().getByText('its parent is deleted').first().waitFor();
  await message(6).waitFor();
});

test('a continued fork is deleted after a question; its panel closes and its parent is selected (checklist 1.11, 1.12, trap 24)', async () => {
  await openSession('Use node:sqlite');
  await workbench.tree.choose(workbench.tree.row('Use node:sqlite'), deleteEntry);
  await dialog()
    .getByText(/Delete “Use node:sqlite”\?/)
    .waitFor();
  await dialog().getByRole('button', { name: 'Delete', exact: true }).click();
  await selected(/^Bump Node to 24, Claude Code/).waitFor();
  await tab(/^Use node:sqlite/).waitFor({ state: 'detached' });
});

test('a fork to which nothing was added is deleted without a question (checklist 1.12)', async () => {
  await workbench.tree.choose(workbench.tree.row('Sign with EdDSA (1)'), deleteEntry);
  await selected(/^Sign with EdDSA, fork at message 12/).waitFor();
  assert.equal(await dialog().count(), 0);
});

test('nothing reported an error', () => {
  assert.deepEqual(workbench.errors, []);
});
