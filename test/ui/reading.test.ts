import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { type Message, messageId, type ToolCall } from '../../src/core/model.ts';
import { launchBrowser } from '../setup/browser.ts';
import { buildExtension } from '../setup/build.ts';
import { toolCall } from '../unit/support/messages.ts';
import { openPanelPage, type PanelPage, panelState } from './support/panelPage.ts';

/** What a reply is made of, drawn by the page: thinking, tools, diffs, code, borders, images. */

const onePixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const code = 'const a = 1;\nconst b = 2;';
const lines = Array.from({ length: 30 }, (_, index) => `line ${index + 1}`).join('\n');

const tool = (id: string, more: Partial<ToolCall>): ToolCall => toolCall({ id, ...more });

const messages: readonly Message[] = [
  {
    kind: 'prompt',
    id: messageId('1'),
    text: 'Look at this.',
    attachments: [
      { name: 'shot.png', mimeType: 'image/png', data: onePixel },
      { name: 'drawing.svg', mimeType: 'image/svg+xml', data: btoa('<svg/>') },
    ],
  },
  {
    kind: 'reply',
    id: messageId('2'),
    finished: true,
    endsTurn: true,
    parts: [
      { kind: 'thinking', text: 'First I look.', durationMs: 8000 },
      tool('read', { action: 'read', target: '/app/src/a.ts', output: 'a\nb\n' }),
      tool('run', { target: 'npm test', output: lines, durationMs: 6400 }),
      tool('other', { action: 'other', target: 'mcp', input: '{"q": 1}', output: 'an answer' }),
      tool('one', {
        action: 'edit',
        target: '/app/a.ts',
        edits: [{ path: '/app/a.ts', before: 'x', after: 'y' }],
      }),
      tool('two', {
        action: 'edit',
        target: '/app/b.ts',
        edits: [
          { path: '/app/b.ts', before: 'x', after: 'y', line: 7 },
          { path: '/app/c.ts', before: '', after: 'z' },
        ],
      }),
      { kind: 'text', text: `Done:\n\n\`\`\`ts\n${code}\n\`\`\`` },
    ],
  },
  { kind: 'prompt', id: messageId('3'), text: 'Go on.', attachments: [], afterCompaction: true },
];

let browser: Browser;
let panel: PanelPage;
let page: Page;

before(async () => {
  await buildExtension();
  browser = await launchBrowser();
  const state = panelState({ messages, folder: '/app' });
  panel = await openPanelPage(browser, ({ type }) => (type === 'ready' ? [{ type: 'state', state }] : []));
  page = panel.page;
  await reply().waitFor();
});
after(() => browser?.close());

const reply = () => page.locator('article').nth(1);
const row = (words: string) => reply().getByRole('button', { name: words });
const bodies = () => reply().locator('.body');

test('thinking is folded, and opens to its words', async () => {
  await row('Thought for 8 s').click();
  await reply().locator('.thought').getByText('First I look.').waitFor();
  await row('Thought for 8 s').click();
  await reply().locator('.thought').waitFor({ state: 'detached' });
});

test('a tool call opens to its output, long ones in two steps', async () => {
  await row('Ran npm test').click();
  assert.equal((await bodies().innerText()).trim().split('\n').length, 21);
  await reply().getByRole('button', { name: 'Show all 30 lines' }).click();
  await bodies().getByText('line 30').waitFor();
  await row('Ran npm test').click();
});

test('a tool that no row can sum up shows what went in and what came out', async () => {
  await row('Used mcp').click();
  await bodies().nth(1).waitFor();
  assert.deepEqual(await bodies().allInnerTexts(), ['{"q": 1}', 'an answer']);
  await row('Used mcp').click();
});

test('a file that was read or edited opens in VS Code', async () => {
  await row('Read src/a.ts').click();
  await reply().getByRole('button', { name: 'Open file' }).click();
  assert.deepEqual((await panel.posted()).at(-1), { type: 'openFile', path: '/app/src/a.ts' });
  await row('Read src/a.ts').click();
});

test('every edit of a call leads to a diff of its own', async () => {
  const openDiff = reply().getByRole('button', { name: 'Open diff' });
  await row('Edited a.ts').click();
  await openDiff.click();
  assert.deepEqual((await panel.posted()).at(-1), { type: 'openDiff', message: '2', tool: 'one', edit: 0 });
  await row('Edited a.ts').click();
  await row('Edited b.ts').click();
  await openDiff.nth(1).waitFor();
  assert.equal(await openDiff.count(), 2);
  await openDiff.nth(1).click();
  assert.deepEqual((await panel.posted()).at(-1), { type: 'openDiff', message: '2', tool: 'two', edit: 1 });
  assert.match(await reply().locator('.edit-head').nth(1).innerText(), /^c\.ts/);
  assert.match(await reply().locator('.diff-line').first().innerText(), /^7\s*−\s*x/);
  await row('Edited b.ts').click();
});

test('code is coloured, can be copied, and goes to the cursor', async () => {
  await reply().locator('.hljs-keyword').first().waitFor();
  await reply().locator('.code').hover();
  await reply().locator('.code').getByRole('button', { name: 'Copy' }).click();
  assert.deepEqual((await panel.posted()).at(-1), { type: 'copy', text: code });
  await reply().getByRole('button', { name: 'Insert at cursor' }).click();
  assert.deepEqual((await panel.posted()).at(-1), { type: 'insert', text: code });
});

for (const [dir, opens, folds] of [
  ['ltr', 'ArrowRight', 'ArrowLeft'],
  ['rtl', 'ArrowLeft', 'ArrowRight'],
] as const) {
  test(`${opens} opens and ${folds} folds all rows of a message in a page that runs ${dir}`, async () => {
    await page.evaluate((to) => document.documentElement.setAttribute('dir', to), dir);
    await reply().focus();
    await page.keyboard.press(opens);
    await bodies().nth(6).waitFor();
    assert.equal(await reply().locator('[aria-expanded=false]').count(), 0);
    await page.keyboard.press(folds);
    await bodies().first().waitFor({ state: 'detached' });
    await page.evaluate(() => document.documentElement.setAttribute('dir', 'ltr'));
  });
}

test('a compaction is a border before the message that follows it', async () => {
  const border = page.getByRole('separator', { name: 'Earlier messages were summarised for the model here' });
  const [line, message] = await Promise.all([
    border.boundingBox(),
    page.locator('article').nth(2).boundingBox(),
  ]);
  assert.ok(line && message && line.y < message.y);
});

test('images of a prompt are shown, drawings that could act are not', async () => {
  const pictures = page.locator('article').nth(0).locator('img');
  assert.equal(await pictures.count(), 1);
  assert.equal(await pictures.evaluate((it) => it instanceof HTMLImageElement && it.naturalWidth), 1);
  await page.getByText('drawing.svg').waitFor();
  assert.deepEqual([await panel.violations(), panel.requests, panel.errors], [[], [], []]);
});
