import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { type Message, messageId } from '../../src/core/model.ts';
import { launchBrowser } from '../setup/browser.ts';
import { buildExtension } from '../setup/build.ts';
import { root } from '../setup/paths.ts';
import { openPanelPage, type PanelPage, panelState } from './support/panelPage.ts';

/** The chat panel's page by itself, in a browser that keeps the page's own policy. Transcripts are hostile here. */

const hostile = [
  '<img src=x onerror="window.broken = 1">',
  '<script>window.broken = 2</script>',
  '<svg><animate onbegin="window.broken = 3" attributeName=x dur=1s></svg>',
  '<div style="position:fixed;inset:0">cover</div>',
  '[a](javascript:window.broken=4) [b](command:workbench.action.quit) [c](src/a.ts:3)',
  '![pixel](https://evil.test/pixel.png)',
  '```"><img src=x onerror="window.broken=5">\ncode</pre><img src=x onerror="window.broken=6">\n```',
  '`</code><img src=x onerror="window.broken=7">`',
].join('\n\n');

const reply = (number: number, text: string): Message => ({
  kind: 'reply',
  id: messageId(`m${number}`),
  parts: [
    { kind: 'thinking', text },
    { kind: 'text', text },
    {
      kind: 'tool',
      id: 't"><img src=x onerror="window.broken=8">',
      name: text,
      action: 'run',
      target: text,
      input: text,
      output: text,
      status: 'failed',
    },
  ],
  finished: true,
  endsTurn: true,
});

const prompt = (number: number, text: string): Message => ({
  kind: 'prompt',
  id: messageId(`m${number}`),
  text,
  attachments: [{ name: '<img src=x onerror="window.broken=9">' }],
});

const state = panelState({
  title: hostile,
  messages: [prompt(1, hostile), reply(2, hostile), prompt(3, 'plain'), reply(4, 'plain')],
});

let browser: Browser;
let panel: PanelPage;
let page: Page;

before(async () => {
  await buildExtension();
  browser = await launchBrowser();
  panel = await openPanelPage(browser, ({ type }) => (type === 'ready' ? [{ type: 'state', state }] : []));
  page = panel.page;
  await page.locator('article').nth(3).waitFor();
});
after(() => browser?.close());

test('a hostile transcript runs nothing, loads nothing and styles nothing', async () => {
  await page.waitForTimeout(300);
  assert.equal(await page.evaluate('window.broken'), undefined);
  assert.deepEqual(panel.requests, []);
  const acting = page
    .locator('#panel')
    .locator('img, script, svg animate, iframe, article [style], article[style]');
  assert.equal(await acting.count(), 0);
});

test('hostile text stays readable as text', async () => {
  assert.match((await page.locator('article').nth(1).textContent()) ?? '', /<script>window\.broken = 2/);
});

test('links do not navigate: paths go to the host, what could act is no link', async () => {
  const links = page.locator('article').nth(1).locator('.text a');
  assert.deepEqual(await links.evaluateAll((all) => all.map((link) => link.getAttribute('href'))), [
    'src/a.ts:3',
    'https://evil.test/pixel.png',
  ]);
  await links.first().click();
  await page.waitForFunction("window.posted.some((message) => message.type === 'openFile')");
  assert.equal(new URL(page.url()).pathname, '/');
});

test('the log is one tab stop; letters act on the message that has the focus', async () => {
  assert.equal(await page.locator('.log [tabindex="0"]').count(), 1);
  await page.locator('article').nth(3).focus();
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('f');
  assert.deepEqual((await panel.posted()).at(-1), { type: 'forkBefore', message: 'm3' });
  await page.keyboard.press('Home');
  await page.keyboard.press('f');
  assert.equal((await panel.posted()).filter(({ type }) => type === 'forkBefore').length, 1);
});

test('letters typed into the composer stay there', async () => {
  const before = (await panel.posted()).length;
  await page.getByRole('textbox', { name: 'Prompt' }).pressSequentially('fct1');
  assert.equal((await panel.posted()).length, before);
});

test('while a fork is made its verbs are switched off, by mouse and by key (checklist 3.7, trap 11)', async () => {
  const forking = (on: boolean) =>
    page.evaluate(`window.postMessage({ type: 'forking', forking: ${on} }, '*')`);
  const verbs = page.locator('button.verb');
  const count = await verbs.count();
  assert.ok(count > 1);
  await forking(true);
  await page
    .locator('button.verb:disabled')
    .nth(count - 1)
    .waitFor({ state: 'attached' });
  assert.ok(await page.getByRole('button', { name: 'Fork', exact: true }).isDisabled());
  const before = (await panel.posted()).length;
  await page.locator('article').nth(3).focus();
  await page.keyboard.press('f');
  await page.waitForTimeout(100);
  assert.equal((await panel.posted()).length, before);
  await forking(false);
  await page.locator('button.verb:disabled').first().waitFor({ state: 'detached' });
  await page.keyboard.press('f');
  assert.deepEqual((await panel.posted()).at(-1), { type: 'forkAfter', message: 'm4' });
});

test('the page has no accessibility faults', async () => {
  const axe = readFileSync(join(root, 'node_modules', 'axe-core', 'axe.min.js'), 'utf8');
  const session = await page.context().newCDPSession(page);
  await session.send('Runtime.evaluate', { expression: axe });
  const run = `axe.run('#panel', { rules: { 'color-contrast': { enabled: false } } }).then(({ violations }) =>
    violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html.slice(0, 160)).join(' | ')))`;
  assert.deepEqual(await page.evaluate(run), []);
});
