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

/** The chat panel's page by itself, in a browser that keeps the page's own policy. */

const text = 'Look at [the file](src/a.ts:3), `src/b.ts:8` and https://a.test/x.';

const reply = (number: number, text: string): Message => ({
  kind: 'reply',
  id: messageId(`m${number}`),
  parts: [
    { kind: 'thinking', text },
    { kind: 'text', text },
    {
      kind: 'tool',
      id: 't',
      name: 'Bash',
      action: 'run',
      target: 'npm test',
      input: 'npm test',
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
  attachments: [{ name: 'a.txt' }],
});

const state = panelState({
  messages: [prompt(1, text), reply(2, text), prompt(3, 'plain'), reply(4, 'plain')],
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

test('links do not navigate: paths go to the host, with their lines', async () => {
  const links = page.locator('article').nth(1).locator('.text a');
  assert.deepEqual(await links.evaluateAll((all) => all.map((link) => link.getAttribute('href'))), [
    'src/a.ts:3',
    'src/b.ts:8',
    'https://a.test/x',
  ]);
  await links.nth(0).click();
  await links.nth(1).click();
  await links.nth(2).click();
  await page.waitForFunction("window.posted.some((message) => message.type === 'openLink')");
  assert.deepEqual(await panel.posted('openFile'), [
    { type: 'openFile', path: 'src/a.ts:3' },
    { type: 'openFile', path: 'src/b.ts:8' },
  ]);
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

test('while text streams in, only the block that grows is drawn again', async () => {
  const turn = (words: string): Message => ({
    kind: 'reply',
    id: messageId('live-1'),
    parts: [{ kind: 'text', text: `First.\n\nSecond.\n\n${words}` }],
    finished: false,
    endsTurn: false,
  });
  const live = (words: string, kept: number) =>
    panel.send({ type: 'live', live: { status: 'working', turn: [turn(words)], plan: [] }, kept });
  await live('word', 0);
  const blocks = page.locator('article').nth(4).locator('.block');
  await blocks.nth(2).waitFor();
  const drawn = await page.evaluateHandle(() => {
    const changed = new Set<string>();
    new MutationObserver((records) => {
      for (const { target } of records) {
        const element = target instanceof Element ? target : target.parentElement;
        const block = element?.closest('.block');
        const row = element?.closest('article');
        if (row)
          changed.add(`${row.dataset.row} ${[...row.querySelectorAll('.block')].indexOf(block ?? row)}`);
      }
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
    return changed;
  });
  for (let count = 2; count <= 6; count++) {
    await live('word '.repeat(count), 0);
    await blocks
      .nth(2)
      .getByText(new RegExp(`^(word ?){${count}}$`))
      .waitFor();
  }
  assert.deepEqual(await drawn.evaluate((changed) => [...changed]), ['live-1 2']);
  await panel.send({ type: 'live', live: { status: 'idle', turn: [], plan: [] }, kept: 0 });
  await page.locator('article').nth(4).waitFor({ state: 'detached' });
});

test('the page has no accessibility faults', async () => {
  const axe = readFileSync(join(root, 'node_modules', 'axe-core', 'axe.min.js'), 'utf8');
  const session = await page.context().newCDPSession(page);
  await session.send('Runtime.evaluate', { expression: axe });
  const run = `axe.run('#panel', { rules: { 'color-contrast': { enabled: false } } }).then(({ violations }) =>
    violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html.slice(0, 160)).join(' | ')))`;
  assert.deepEqual(await page.evaluate(run), []);
});
