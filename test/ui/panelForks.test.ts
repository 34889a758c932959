import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { until } from '../agents/support/until.ts';
import { ensureFolder } from '../setup/paths.ts';
import { promptRecord, replyRecord, writeClaudeSession } from './support/claudeSession.ts';
import { changedSamples, sampleHashes } from './support/sampleFiles.ts';
import { type Folders, openWorkbench, type Workbench } from './support/workbench.ts';

/** Forks in the chat panel with the sample agent: checkpoint, the side, what a person writes along, siblings, the map. */

/** How long what is polled for may take, in ms. */
const patienceMs = 120_000;
const running = 'Runs in a terminal';
let workbench: Workbench;

before(async () => {
  workbench = await openWorkbench({ samples: true, prepare: writeRunningSession });
  await workbench.tree.open();
  await workbench.tree.row('Migration first').waitFor();
});
after(() => workbench?.dispose());

/** A session of two turns whose second one is open, in a Claude Code that runs: this process stands in for it. */
function writeRunningSession(folders: Folders): void {
  const call = { type: 'tool_use', id: 'toolu_1', name: 'Bash', input: { command: 'npm test' } };
  const sessionId = writeClaudeSession(folders, 8, running, [
    promptRecord('Is it done?'),
    replyRecord('1', [{ type: 'text', text: 'Almost.' }]),
    promptRecord('Run the tests.'),
    replyRecord('2', [call]),
  ]);
  const entry = { pid: process.pid, sessionId, status: 'busy' };
  writeFileSync(
    join(ensureFolder(folders.home, '.claude', 'sessions'), `${process.pid}.json`),
    JSON.stringify(entry),
  );
}

const panel = () => workbench.webview();
const message = (number: number) => panel().locator(`article[data-number="${number}"]`);
const composer = () => panel().getByRole('textbox', { name: 'Prompt' });
const side = () => panel().getByRole('region', { name: 'On the side' });
const title = () => panel().locator('.this-title');
const toast = (text: string) =>
  workbench.page.locator('.notification-toast').filter({ hasText: text }).first();

/** A session that was carried on a moment ago moves up in the tree: a click may meet its neighbour, and is repeated. */
async function open(name: string, attempts = 3): Promise<void> {
  await workbench.closeEditors();
  await workbench.tree.click(name);
  const opened = title()
    .getByText(name)
    .waitFor({ timeout: attempts > 1 ? patienceMs / 4 : patienceMs });
  await (attempts > 1 ? opened.catch(() => open(name, attempts - 1)) : opened);
  await composer().waitFor();
}

/** The notes of throw-away forks that are not deleted yet. */
function notes(): readonly string[] {
  const machine = dirname(workbench.home);
  const folders = readdirSync(machine, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith(join('session-forks.session-forks', 'asides')),
  );
  return folders.flatMap((path) => readdirSync(join(machine, path)));
}

/** Every line of the extension's own records of forks. */
function recorded(): string {
  const machine = dirname(workbench.home);
  const files = readdirSync(machine, { recursive: true, encoding: 'utf8' }).filter((path) =>
    /session-forks\.session-forks[\\/](?:forks|lineage)\.jsonl$/.test(path),
  );
  return files.map((path) => readFileSync(join(machine, path), 'utf8')).join('');
}

/** Waits until the composer holds this text. */
const composerHolds = (text: string) => until(async () => (await composer().inputValue()) === text);

test('"Checkpoint and send" forks first and stays in the source, which alone grows (checklist 1.13)', async () => {
  await open('Flaky upload test');
  const before = sampleHashes(workbench);
  await composer().fill('Try a riskier way');
  await composer().press('Control+Enter');
  await toast('Forked “Flaky upload test” after message 14').waitFor();
  await message(16).locator('button.verb').waitFor({ state: 'attached' });
  assert.equal(await title().innerText(), 'Flaky upload test');
  const row = workbench.tree.row(/fork at message 14 of Flaky upload test/);
  await row.waitFor();
  assert.equal(changedSamples(before, workbench).length, 2, 'the checkpoint and the source');
  assert.equal(
    await message(14)
      .getAttribute('aria-label')
      .then((it) => it?.includes('1 fork starts here')),
    true,
  );
});

test('a question on the side is answered, and nothing of it is left in tree, files or records', async () => {
  await open('Bump Node to 24');
  const before = sampleHashes(workbench);
  const names = await workbench.tree.names();
  const records = recorded();
  await composer().fill('/side Which version is current?');
  await composer().press('Enter');
  await side().getByText('You asked').waitFor();
  await side().getByText('Nothing of it stays.').waitFor();
  await workbench.screenshot('panel-side');
  await until(() => sampleHashes(workbench).size === before.size);
  assert.deepEqual(changedSamples(before, workbench), []);
  await until(() => notes().length === 0);
  assert.equal(recorded(), records);
  assert.deepEqual(
    (await workbench.tree.names()).map((name) => name.split(',')[0]),
    names.map((name) => name.split(',')[0]),
  );
  await composer().press('Escape');
  await side().waitFor({ state: 'detached' });
});

test('a question on the side can be asked while a turn runs, from its last finished turn', async () => {
  await open('Bump Node to 24');
  await composer().fill('slow 60');
  await composer().press('Enter');
  await panel().getByText('Step 1 of').waitFor();
  await composer().fill('What are you doing?');
  await panel().getByRole('button', { name: 'More ways to send' }).click();
  await panel()
    .getByRole('menuitem', { name: /^Ask on the side/ })
    .click();
  await side().getByText('You asked').waitFor();
  await side().getByRole('button', { name: 'Close' }).click();
  await until(() => notes().length === 0);
});

test('a question whose agent dies leaves nothing', async () => {
  await open('Bump Node to 24');
  const before = sampleHashes(workbench);
  await composer().fill('/side crash');
  await composer().press('Enter');
  await side().getByText('Not answered.').waitFor();
  await until(() => notes().length === 0);
  assert.equal(sampleHashes(workbench).size, before.size);
});

test('a window that closes in between leaves a note, and the next start deletes the fork', async () => {
  await open('Bump Node to 24');
  const before = sampleHashes(workbench);
  await composer().fill('/side slow 60');
  await composer().press('Enter');
  await side().getByText('Step 1 of').waitFor();
  assert.equal(sampleHashes(workbench).size, before.size + 1);
  await workbench.reload();
  await workbench.tree.open();
  await workbench.tree.row('Bump Node to 24').waitFor();
  await until(() => sampleHashes(workbench).size === before.size);
  await until(() => notes().length === 0);
  assert.equal(await workbench.tree.row(/aside-/).count(), 0);
});

test('/fork with a label forks here and opens the child under that title (checklist 1.16)', async () => {
  await open('Flaky upload test');
  await composer().fill('/fork Slower runner');
  await composer().press('Enter');
  await title().getByText('Slower runner').waitFor();
  await workbench.tree.row('Slower runner, fork at message 16 of Flaky upload test').waitFor();
});

/** Px from the log's top to the fork point. */
const forkPointTop = () =>
  panel()
    .locator('.divider')
    .evaluate(
      (row) => row.getBoundingClientRect().top - (row.closest('.scroller')?.getBoundingClientRect().top ?? 0),
    );

test('‹ › walks the siblings: the fork point stays where it is, with the focus on it', async () => {
  await open('Rotate tokens');
  const divider = panel().locator('.divider');
  // Near the end of what is seen: a shorter sibling has no more below its fork point.
  await divider.evaluate((row) => {
    const log = row.closest('.scroller');
    const box = log?.getBoundingClientRect();
    log?.scrollBy(0, row.getBoundingClientRect().top - (box?.bottom ?? 0) + 80);
  });
  await divider.focus();
  const top = await forkPointTop();
  const seen = new Set([await title().innerText()]);
  const position = Number((await panel().locator('.walker-count').innerText()).split('/')[0]);
  const toFirst = Array.from({ length: position - 1 }, () => ['ArrowLeft', 'Previous fork'] as const);
  const next = ['ArrowRight', 'Next fork'] as const;
  for (const [key, way] of [...toFirst, next, next]) {
    const label = await panel().getByRole('button', { name: way }).getAttribute('aria-label');
    const name = label?.replace(`${way}: `, '') ?? '';
    await workbench.page.keyboard.press(key);
    await title().getByText(name).waitFor();
    await panel().locator('.divider:focus').waitFor();
    assert.ok(Math.abs((await forkPointTop()) - top) < 3, `${name}: ${await forkPointTop()}, not ${top}`);
    seen.add(name);
  }
  assert.deepEqual([...seen].sort(), ['Opaque tokens', 'Rotate tokens', 'Sign with EdDSA']);
});

test('a fork of a session that runs in another program is cut at its last finished turn, and says so', async () => {
  await open(running);
  await message(4).waitFor();
  await panel().getByRole('img', { name: 'live' }).waitFor();
  await panel().getByRole('button', { name: 'Fork', exact: true }).click();
  await panel().getByText('at message 2, its last finished turn.').waitFor();
  await panel().getByText('That session is still running;').waitFor();
  await panel().getByText('the open turn (3–4) is not in this fork.').waitFor();
  assert.equal(await panel().locator('article').count(), 2);
  await workbench.screenshot('panel-busy-source');
});

test('the path in the header leads to the parent, and … to those between', async () => {
  await open('Migration first');
  const path = panel().getByRole('navigation', { name: 'Fork path' });
  await path.getByRole('button', { name: '2 more ancestors' }).click();
  await panel().getByRole('menuitem', { name: 'Redis allow-list' }).click();
  await title().getByText('Redis allow-list').waitFor();
  await path.getByRole('button', { name: 'Rotate tokens' }).click();
  await title().getByText('Rotate tokens').waitFor();
  await path.getByRole('button', { name: 'Add OAuth login' }).click();
  await title().getByText('Add OAuth login').waitFor();
  assert.equal(await path.getByRole('button').count(), 0);
});

test('the map shows the whole tree with this session lit, and goes to another by keyboard', async () => {
  await open('Rotate tokens');
  await composer().press('Alt+m');
  const here = panel().getByRole('treeitem', { name: /Rotate tokens.*here/ });
  await here.waitFor();
  assert.equal(await panel().getByRole('treeitem').count(), 7);
  await workbench.page.keyboard.press('Home');
  await workbench.page.keyboard.press('Enter');
  await title().getByText('Add OAuth login').waitFor();
});

test('pasted images go to the agent with the prompt', async () => {
  await open('Use node:sqlite');
  await composer().evaluate((field) => {
    const bytes = Uint8Array.from(
      atob(
        'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==',
      ),
      (letter) => letter.charCodeAt(0),
    );
    const clipboardData = new DataTransfer();
    clipboardData.items.add(new File([bytes], 'shot.png', { type: 'image/png' }));
    field.dispatchEvent(new ClipboardEvent('paste', { bubbles: true, cancelable: true, clipboardData }));
  });
  await panel().locator('.composer .thumbnail').waitFor();
  await composer().fill('What is in it?');
  await workbench.screenshot('panel-image');
  await composer().press('Enter');
  await panel().getByText('It came with 1 image.').waitFor();
});

test('@ mentions a file of the session’s folder', async () => {
  await open('Use node:sqlite');
  await composer().pressSequentially('Read @log');
  const option = panel().getByRole('option', { name: 'src/login.ts' });
  await option.waitFor();
  await workbench.screenshot('panel-mention');
  await composer().press('Enter');
  await composerHolds('Read @src/login.ts ');
});

test('@ offers the lines that are selected in the editor, and the agent gets them named', async () => {
  await workbench.closeEditors();
  await workbench.page.keyboard.press('Control+p');
  await workbench.page.locator('.quick-input-widget input[type=text]').fill('login.ts');
  await workbench.page
    .getByRole('option', { name: /login\.ts/ })
    .first()
    .waitFor();
  await workbench.page.keyboard.press('Enter');
  await workbench.page.locator('.monaco-editor.focused').waitFor();
  await workbench.page.keyboard.press('Shift+ArrowDown');
  await workbench.page.keyboard.press('Shift+ArrowDown');
  await workbench.page
    .getByText(/\(\d+ selected\)/)
    .first()
    .waitFor();
  await workbench.tree.click('Opaque tokens');
  await title().getByText('Opaque tokens').waitFor();
  await composer().pressSequentially('Explain @');
  await panel().getByRole('option', { name: 'src/login.ts:1-2' }).waitFor();
  await composer().press('Enter');
  await composerHolds('Explain @src/login.ts#L1-2 ');
  await composer().press('Enter');
  await panel().getByText('“Explain @src/login.ts#L1-2”').waitFor();
});

test('nothing reported an error', () => {
  assert.deepEqual(workbench.errors, []);
});
