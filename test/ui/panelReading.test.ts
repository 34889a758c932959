import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Locator } from 'playwright-core';
import { until } from '../agents/support/until.ts';
import { promptRecord, replyRecord, resultRecord, writeClaudeSession } from './support/claudeSession.ts';
import { openWorkbench, type Workbench } from './support/workbench.ts';

/** Reading in the panel of a real VS Code: all that a session holds, and what leads from it into VS Code. */

const title = 'Everything to read';
const esc = '\u001b';
const onePixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const code = 'const longest: number = 64;';
const prose = [
  '### What I found',
  'See [the check](src/login.ts:4), `src/tokens.ts:3` and <https://a.test/docs>:',
  '- one **bold** thing\n- another',
  '| Name | Length |\n| --- | --- |\n| shortest | 12 |',
  '> As it was said.',
  `\`\`\`ts\n${code}\n\`\`\``,
].join('\n\n');
const output = `${esc}[32m✓ 47 passed${esc}[0m\n${esc}[31m✗ expected 200, got 401${esc}[0m\n  at src/login.ts:5:3`;
const prompt = (text: string) => ({ ...promptRecord(text), promptId: text });

const records = [
  {
    type: 'user',
    message: {
      role: 'user',
      content: [
        { type: 'text', text: 'What is wrong in this picture?' },
        { type: 'image', source: { type: 'base64', media_type: 'image/png', data: onePixel } },
      ],
    },
  },
  replyRecord('1', [
    { type: 'thinking', thinking: 'First I look at the check.', signature: '' },
    { type: 'text', text: prose },
  ]),
  prompt('Run the tests.'),
  replyRecord('2', [{ type: 'tool_use', id: 'toolu_1', name: 'Bash', input: { command: 'npm test' } }]),
  resultRecord('toolu_1', output, true),
  replyRecord('3', [{ type: 'text', text: 'One test fails.' }]),
  { type: 'system', subtype: 'compact_boundary', content: 'Conversation compacted' },
  { ...promptRecord('The summary that only the model reads.'), isCompactSummary: true },
  prompt('שלום, מה שבור ב־`src/login.ts`?'),
  replyRecord('4', [{ type: 'text', text: 'הבדיקה שבורה:\n\n```ts\nreturn 401;\n```' }]),
];

let workbench: Workbench;

before(async () => {
  workbench = await openWorkbench({
    samples: true,
    prepare: (folders) => void writeClaudeSession(folders, 7, title, records),
  });
  await workbench.tree.open();
});
after(() => workbench?.dispose());

const panel = () => workbench.webview();
const message = (number: number) => panel().locator(`article[data-number="${number}"]`);
const article = (text: string) => panel().locator('article').filter({ hasText: text });
const editor = () => workbench.page.locator('.editor-instance .monaco-editor').first();
const cursor = (line: number) => workbench.page.getByText(`Ln ${line}, Col`).first();
const tab = (name: RegExp | string) => workbench.page.locator('.tabs-container').getByRole('tab', { name });
const composer = () => panel().getByRole('textbox', { name: 'Prompt' });

async function open(name: string, last: number): Promise<void> {
  await workbench.tree.click(name);
  await panel().locator('.this-title').getByText(name).waitFor();
  await message(last).waitFor();
}

const back = () => tab(title).click();
const directionOf = (what: Locator) => what.evaluate((element) => getComputedStyle(element).direction);

test('Markdown is drawn as headings, lists, tables, quotes and coloured code', async () => {
  await open(title, 7);
  const text = message(2).locator('.text');
  assert.equal(await text.locator('h3').innerText(), 'What I found');
  assert.deepEqual(await text.locator('li').allInnerTexts(), ['one bold thing', 'another']);
  assert.equal(await text.locator('td').last().innerText(), '12');
  assert.equal(await text.locator('blockquote').innerText(), 'As it was said.');
  await text.locator('.hljs-keyword').getByText('const').waitFor();
});

test('the image of a prompt is seen', async () => {
  const image = message(1).locator('img');
  assert.equal(await image.evaluate((it) => it instanceof HTMLImageElement && it.naturalWidth), 1);
});

test('a link to a file leads to its line in the editor', async () => {
  await message(2).getByRole('link', { name: 'the check' }).click();
  await tab('login.ts').waitFor();
  await cursor(4).waitFor();
  await back();
  await message(2).getByRole('link', { name: 'src/tokens.ts:3' }).click();
  await tab('tokens.ts').waitFor();
  await cursor(3).waitFor();
});

test('"Insert at cursor" puts code into the editor that the panel covers, at its cursor', async () => {
  await workbench.page.keyboard.press('Control+Home');
  await back();
  await message(2).locator('.code').hover();
  await message(2).getByRole('button', { name: 'Insert at cursor' }).click();
  await editor()
    .locator('.view-line')
    .first()
    .getByText(/64;const.LIFETIME_MS/)
    .waitFor();
  await workbench.page.keyboard.press('Control+z');
  await back();
});

test('a tool’s output has the terminal’s colours, and leads to the files that it names', async () => {
  const failed = message(4);
  assert.match(await failed.locator('.row').innerText(), /^Failed\s+npm test/);
  const colours = ['.ink-1', '.ink-2', '.body pre'].map((it) =>
    failed
      .locator(it)
      .first()
      .evaluate((element) => getComputedStyle(element).color),
  );
  assert.equal(new Set(await Promise.all(colours)).size, 3);
  await failed.getByRole('link', { name: 'src/login.ts:5:3' }).click();
  await cursor(5).waitFor();
  await back();
});

test('a compaction is a border before the message that follows it; the summary is not a message', async () => {
  const border = panel().getByRole('separator', { name: /summarised for the model here/ });
  const [above, line, below] = await Promise.all(
    [message(5), border, message(6)].map((it) => it.boundingBox()),
  );
  assert.ok(above && line && below && above.y < line.y && line.y < below.y);
  assert.equal(await article('The summary that only').count(), 0);
});

test('right-to-left text runs from the right; code in it from the left', async () => {
  assert.equal(await directionOf(message(6).locator('.prompt-text')), 'rtl');
  assert.equal(await directionOf(message(7).locator('.block p').first()), 'rtl');
  assert.equal(await directionOf(message(7).locator('.code pre')), 'ltr');
  assert.equal(await directionOf(message(2).locator('.block p').first()), 'ltr');
  await workbench.screenshot('panel-reading');
});

test('find marks words in all messages, folded ones opened, and gives the focus back', async () => {
  await composer().click();
  await workbench.page.keyboard.press('Control+f');
  const find = panel().getByRole('textbox', { name: 'Find in session' });
  await find.fill('first i look');
  await panel().locator('.find-count').getByText('1 of 1').waitFor();
  await message(2).locator('.thought').waitFor();
  await find.press('Escape');
  await panel().locator('.draft:focus').waitFor();
});

test('the outline names all prompts and leads to the one that is picked', async () => {
  await workbench.page.keyboard.press('Alt+p');
  const options = workbench.page.locator('.quick-input-list').getByRole('option');
  await options.nth(2).waitFor();
  assert.equal(await options.count(), 3);
  await workbench.page.locator('.quick-input-widget input[type=text]').pressSequentially('Run the');
  await options.getByText('Run the tests.').waitFor();
  await workbench.page.keyboard.press('Enter');
  await panel().locator('article[data-number="3"]:focus').waitFor();
});

test('T opens the transcript at the message that has the focus; C copies the message', async () => {
  await workbench.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await workbench.page.keyboard.press('c');
  await until(
    async () => (await workbench.page.evaluate(() => navigator.clipboard.readText())) === 'Run the tests.',
  );
  await workbench.page.keyboard.press('t');
  await workbench.page.locator('.view-line').getByText('Run the tests.').waitFor();
  const lenses = workbench.page.locator('.codelens-decoration a', { hasText: 'Edit & fork from here' });
  await lenses.filter({ visible: true }).first().waitFor();
});

test('a rewound branch says where it left, and is closed for writing but not for forking', async () => {
  await open('Keep them opaque', 15);
  await panel().getByText('Rewound to message 15 in Rotate tokens').first().waitFor();
  await panel().getByText('A rewound branch stays as it is').waitFor();
  await panel().locator('.composer').getByRole('button', { name: 'Fork' }).waitFor();
  assert.equal(await composer().count(), 0);
});

test('a plan stands below its turn, and stays while there is work left', async () => {
  await open('Opaque tokens', 20);
  await panel().getByRole('button', { name: /^Mode/ }).click();
  await panel().getByRole('menuitemradio', { name: 'Plan' }).click();
  await panel().getByRole('button', { name: 'Mode: Plan' }).waitFor();
  await composer().fill('edit the login');
  await composer().press('Enter');
  const plan = panel().getByRole('list', { name: 'Plan' });
  await plan.getByText('Ask for longer passwords').waitFor();
  assert.equal(await plan.getByRole('listitem').count(), 3);
  await workbench.screenshot('panel-plan');
  await panel().getByText('nothing is edited in Plan mode').waitFor();
  await message(22).locator('button.verb').waitFor({ state: 'attached' });
  assert.equal(await plan.getByRole('listitem').count(), 3);
});

test('the sessions that were read stand on disk as they were', () => {
  const folder = workbench.workspace.replace(/[^a-zA-Z0-9]/g, '-');
  const path = join(
    workbench.home,
    '.claude',
    'projects',
    folder,
    '00000007-0000-4000-8000-000000000000.jsonl',
  );
  assert.equal(readFileSync(path, 'utf8').trimEnd().split('\n').length, records.length + 1);
});

test('nothing reported an error', () => {
  assert.deepEqual(workbench.errors, []);
});
