import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { changedSamples, sampleHashes } from './support/sampleFiles.ts';
import { openWorkbench, type Workbench } from './support/workbench.ts';

/** The main job by mouse and keyboard, in the order in which a person does it. */

let workbench: Workbench;

before(async () => {
  workbench = await openWorkbench({ samples: true });
  await workbench.tree.open();
  await workbench.tree.row('Migration first').waitFor();
});
after(() => workbench?.dispose());

const forest = [
  'Add OAuth login',
  'Rotate tokens, fork at message 12 of Add OAuth login, level 2',
  'Redis allow-list, fork at message 18 of Rotate tokens, level 3',
  'Migration first, fork at message 21 of Redis allow-list, level 4',
  'Keep them opaque, rewound to message 15 in Rotate tokens, level 3',
  'Opaque tokens, fork at message 12 of Add OAuth login, level 2',
  'Sign with EdDSA, fork at message 12 of Add OAuth login, level 2',
  'Flaky upload test',
  'Try fake timers, fork at message 6 of Flaky upload test, level 2',
  'Mock the clock, fork at message 9 of Try fake timers, level 3',
  'Run against a real S3 bucket in CI, fork at message 6 of Flaky upload test, level 2',
  'Bump Node to 24',
  'Use node:sqlite, fork at message 4 of Bump Node to 24, level 2',
  'Move logging to pino',
  'Second try at caching, fork at message 7 of a deleted session, level 1',
  'Import legacy users',
];

const messages = () => workbench.webview().locator('article.message');
const message = (number: number) => workbench.webview().locator(`article[data-number="${number}"]`);
const selected = () => workbench.tree.rows().and(workbench.page.locator('[aria-selected="true"]'));
const composer = () => workbench.webview().getByRole('textbox', { name: 'Prompt' });
const toast = (text: string) =>
  workbench.page.locator('.notification-toast').filter({ hasText: text }).first();

/** Waits until the child is selected in the tree; gives its row's name. */
async function selectedChild(name: RegExp): Promise<string> {
  await selected().and(workbench.page.getByLabel(name)).waitFor();
  return (await selected().getAttribute('aria-label')) ?? '';
}

/** The panel shows exactly `count` messages: the last number, and none after it. */
async function panelHolds(count: number): Promise<void> {
  await message(count).waitFor();
  assert.equal(await message(count + 1).count(), 0);
  const first = Number(await messages().first().getAttribute('data-number'));
  assert.equal(await messages().count(), count - first + 1);
  assert.equal(first, 1);
}

test('the forests of both sample stores are the true ones (checklist 1.5, trap 17)', async () => {
  const names = await workbench.tree.names();
  assert.deepEqual(
    names.slice(0, -1).map((name, index) => name.slice(0, forest[index]?.length)),
    forest,
  );
  assert.match(names.at(-1) ?? '', /^Other folders/);
});

test('a session opens from the tree by a click, and reads with numbers', async () => {
  await workbench.tree.click('Flaky upload test');
  await message(14).waitFor();
  await panelHolds(14);
});

test('"Fork after this reply" in the panel says what it keeps, and forks there (checklist 1.1, 1.4, 3.3, 3.4)', async () => {
  const before = sampleHashes(workbench);
  const verb = message(3).getByRole('button', { name: 'Fork after this reply' });
  await message(3).hover();
  await verb.hover();
  await message(3).getByText('keeps 3 messages').waitFor();
  await workbench.screenshot('panel-cut-line');
  await verb.click();
  const row = await selectedChild(/fork at message 3 of Flaky upload test/);
  assert.match(row, /level 2/);
  await workbench.webview().getByText('Forked from Flaky upload test at message 3').first().waitFor();
  await panelHolds(3);
  assert.equal(
    changedSamples(before, workbench).length,
    1,
    'the child is the only file that is new or changed',
  );
  await toast('3 messages kept').waitFor();
});

test('a prompt in the child streams an answer, and only the child grows (trap 12)', async () => {
  const before = sampleHashes(workbench);
  await composer().fill('Which timer leaks?');
  await composer().press('Enter');
  await workbench.webview().getByText('You asked').waitFor();
  await message(5).waitFor();
  await message(5).locator('button.verb').waitFor({ state: 'attached' });
  const changed = changedSamples(before, workbench);
  assert.equal(changed.length, 1, 'the turn went to the child alone (trap 12)');
});

test('a reload restores the child, not its parent (trap 48)', async () => {
  await workbench.reload();
  await workbench.tree.open();
  await message(5).waitFor();
  await workbench.webview().getByText('Forked from Flaky upload test at message 3').first().waitFor();
  await panelHolds(5);
});

test('"Edit & fork from here" keeps what is before the prompt and sends nothing (trap 1)', async () => {
  await workbench.closeEditors();
  await workbench.tree.click('Bump Node to 24');
  await message(7).waitFor();
  const before = sampleHashes(workbench);
  const prompt = workbench.webview().locator('article.prompt').nth(1);
  const text = await prompt.locator('.prompt-text').innerText();
  const keeps = Number(await prompt.getAttribute('data-number')) - 1;
  await prompt.hover();
  await prompt.getByRole('button', { name: 'Edit & fork from here' }).click();
  await selectedChild(new RegExp(`fork at message ${keeps} of Bump Node to 24`));
  await panelHolds(keeps);
  assert.equal(await composer().inputValue(), text);
  await workbench.webview().getByText('Nothing is sent yet.').waitFor();
  assert.equal(changedSamples(before, workbench).length, 1);
});

test('Undo Fork takes the child back and leaves no file (checklist 0.6)', async () => {
  await workbench.closeEditors();
  const before = sampleHashes(workbench);
  await workbench.tree.click('Move logging to pino');
  await messages().first().waitFor();
  await workbench.webview().getByRole('button', { name: 'Fork', exact: true }).click();
  await selectedChild(/fork at message \d+ of Move logging to pino/);
  await toast('Forked “Move logging to pino”').getByRole('button', { name: 'Undo Fork' }).click();
  await selectedChild(/^Move logging to pino, Qwen Code/);
  assert.deepEqual(changedSamples(before, workbench), []);
  assert.equal(sampleHashes(workbench).size, before.size);
});

test('the tree’s menu forks a session at its end (checklist 0.3)', async () => {
  await workbench.closeEditors();
  const before = sampleHashes(workbench);
  await workbench.tree.choose(workbench.tree.row('Opaque tokens'), 'Fork Session');
  const row = await selectedChild(/fork at message \d+ of Opaque tokens, level 3/);
  await panelHolds(Number(/message (\d+)/.exec(row)?.[1]));
  assert.equal(changedSamples(before, workbench).length, 1);
});

test('a lens in the transcript forks at its message (checklist 1.7, 3.3)', async () => {
  await workbench.closeEditors();
  const before = sampleHashes(workbench);
  await workbench.tree.click('Sign with EdDSA');
  await messages().first().waitFor();
  await workbench.runCommand('Session Forks: Open Transcript');
  const lenses = workbench.page.locator('.codelens-decoration a', { hasText: 'Fork after this reply' });
  await lenses.first().waitFor();
  await workbench.screenshot('transcript-lenses');
  await lenses.first().click();
  const row = await selectedChild(/fork at message 2 of Sign with EdDSA/);
  assert.match(row, /level 3/);
  await panelHolds(2);
  assert.equal(changedSamples(before, workbench).length, 1);
});

test('the palette forks by keyboard alone: session, message, title, which is kept as given (checklist 0.4, 0.11, 1.15)', async () => {
  await workbench.closeEditors();
  const before = sampleHashes(workbench);
  const { page } = workbench;
  const input = page.locator('.quick-input-widget input[type=text]');
  await workbench.runCommand('Session Forks: Fork Session…');
  await page.getByText('Pick the session to fork').waitFor();
  await workbench.screenshot('picker-session');
  await input.pressSequentially('Try fake timers');
  await page.keyboard.press('Enter');
  await page.getByText('End of session').waitFor();
  await workbench.screenshot('picker-message');
  await input.pressSequentially('2 · Reply');
  await page.keyboard.press('Enter');
  await page.getByText('Title of the fork').waitFor();
  await workbench.screenshot('picker-title');
  await input.fill('My own name');
  await page.keyboard.press('Enter');
  await selectedChild(/^My own name, fork at message 2 of Try fake timers, level 3/);
  await panelHolds(2);
  assert.equal(changedSamples(before, workbench).length, 1);
});

test('nothing reported an error', () => {
  assert.deepEqual(workbench.errors, []);
});
