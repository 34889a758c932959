import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, FrameLocator, Page } from 'playwright-core';
import { type Message, messageId, type ToolCall } from '../../src/core/model.ts';
import { showForced } from '../../src/webview/controls.ts';
import { launchBrowser } from '../setup/browser.ts';
import { buildExtension } from '../setup/build.ts';
import { promptRecord, replyRecord, resultRecord, writeClaudeSession } from './support/claudeSession.ts';
import { hostile, hugeLine, tricks } from './support/hostile.ts';
import { openPanelPage, type PanelPage, panelState } from './support/panelPage.ts';
import { openWorkbench, type Workbench } from './support/workbench.ts';

/** A hostile transcript is shown as the text it is (invariant 9; issue 4, C4). */

/** Elements that no transcript may bring into the log. */
const acting =
  'img, script, style, iframe, svg, form, base, meta, link, object, embed, [onload], [onerror], [srcdoc]';

describe('the page by itself', () => {
  let browser: Browser;
  let panel: PanelPage;
  let page: Page;

  before(async () => {
    await buildExtension();
    browser = await launchBrowser();
    const path = [{ session: panelState({}).session, title: hostile }];
    const state = panelState({ title: hostile, agentName: hostile, folder: hostile, path, messages });
    panel = await openPanelPage(browser, ({ type }) => (type === 'ready' ? [{ type: 'state', state }] : []));
    page = panel.page;
    await page
      .locator('article')
      .nth(messages.length - 1)
      .waitFor();
    const folds = page.locator('article button[aria-expanded=false]');
    await folds.evaluateAll((all) => {
      for (const fold of all) fold.dispatchEvent(new MouseEvent('click'));
    });
    await page.locator('pre .hljs-keyword').first().waitFor();
  });
  after(() => browser?.close());

  test('nothing runs, nothing leaves the page, and the policy has nothing to block', async () => {
    await page.evaluate(
      () => new Promise((resolve) => setTimeout(() => requestAnimationFrame(resolve), 500)),
    );
    assert.equal(await page.evaluate('window.broken'), undefined);
    assert.deepEqual(panel.requests, []);
    assert.deepEqual(await panel.violations(), []);
    assert.deepEqual(panel.errors, []);
  });

  test('nothing but plain markup comes into the log, and no style', async () => {
    assert.equal(await page.locator('.log').locator(acting).count(), 0);
    assert.equal(await page.locator('article [style], article[style], .log [id], .log [name]').count(), 0);
  });

  test('every trick can be read as text', async () => {
    const reply = (await page.locator('article').nth(1).locator('.text').innerText()).replace(/\s+/g, ' ');
    for (const trick of [tricks.handler, tricks.script, tricks.frame, tricks.clobber, tricks.template]) {
      assert.ok(reply.includes(trick.replace(/\s+/g, ' ')), trick);
    }
    assert.ok(reply.includes('safe [U+202E]gnp.exe') && reply.includes('b[U+2066]c [U+202E]d'));
    assert.doesNotMatch(reply, /\u202e/);
    const prompt = await page.locator('article').nth(0).locator('.prompt-text').textContent();
    assert.equal(prompt, showForced(hostile));
  });

  test('only web addresses and paths are links, and each says where it leads', async () => {
    const links = page.locator('.log a');
    const places = await links.evaluateAll((all) =>
      all.map((link) => [link.getAttribute('href'), link.getAttribute('title')]),
    );
    assert.ok(places.length > 0);
    for (const [href, title] of places) {
      assert.equal(href, title);
      assert.match(href ?? '', /^https:\/\/evil\.test\//);
    }
  });

  test('terminal output has its colours, and code shows what hides in it', async () => {
    const body = page.locator('article').nth(1).locator('.body').last();
    await body.getByRole('button', { name: /Show all/ }).click();
    assert.equal(await body.locator('.ink-1').first().textContent(), 'red');
    const text = (await body.textContent()) ?? '';
    assert.ok(!text.includes('\u001b') && !text.includes('evil.test/t'));
    assert.ok(text.includes('[U+202E]gnp.exe'));
    const target = await page.locator('article').nth(1).locator('.row-target').first().textContent();
    assert.ok(target?.includes('[U+202E]') && !target.includes('\u202e'));
  });

  test('a line without end is cut, and shown whole only when it is wanted', async () => {
    const drawn = await page.locator('.log').evaluate((log) => log.textContent?.length ?? 0);
    assert.ok(drawn < 300_000, `${drawn} characters`);
    const prompt = page.locator('article').nth(2);
    await prompt.getByRole('button', { name: 'Show all 500,000 characters' }).click();
    await prompt.getByRole('button', { name: /Show all/ }).waitFor({ state: 'detached' });
    assert.equal((await prompt.locator('.prompt-text').textContent())?.length, hugeLine.length);
  });

  test('its words cannot reach over their message', async () => {
    const view = await page.locator('.scroller').boundingBox();
    const wide = await page.locator('.log').evaluate((log) => log.scrollWidth > log.clientWidth + 1);
    assert.ok(view && !wide);
  });
});

describe('in VS Code', () => {
  let workbench: Workbench;
  const requests: string[] = [];
  const title = 'A hostile session';

  before(async () => {
    workbench = await openWorkbench({
      prepare: (folders) => {
        writeClaudeSession(folders, 1, title, [
          promptRecord(hostile),
          replyRecord('1', [
            { type: 'thinking', thinking: hostile, signature: '' },
            { type: 'text', text: hostile },
            { type: 'tool_use', id: 'toolu_1', name: 'Bash', input: { command: hostile } },
          ]),
          resultRecord('toolu_1', hostile, true),
          promptRecord(hugeLine),
          replyRecord('2', [{ type: 'text', text: 'The end.' }]),
        ]);
      },
    });
    workbench.page.on('request', (request) => requests.push(request.url()));
    await workbench.tree.open();
    await workbench.tree.click(title);
    await message(workbench.webview(), 4).waitFor();
  });
  after(() => workbench?.dispose());

  test('nothing runs, no request leaves the machine, and no policy is broken', async () => {
    const frame = workbench.webview();
    await message(frame, 2).locator('button[aria-expanded=false]').first().click();
    await message(frame, 2).locator('.thought').waitFor();
    assert.equal(await frame.locator('body').evaluate(() => Reflect.get(window, 'broken')), undefined);
    assert.equal(await frame.locator('.log').locator(acting).count(), 0);
    assert.deepEqual(
      requests.filter((url) => url.includes('evil.test')),
      [],
    );
    assert.deepEqual(workbench.errors, []);
    await workbench.screenshot('hostile');
  });

  test('a web link asks before it leaves', async () => {
    const link = message(workbench.webview(), 2).locator('.text a').first();
    await link.click();
    await workbench.page.locator('.monaco-dialog-box', { hasText: 'evil.test' }).waitFor();
    await workbench.page.keyboard.press('Escape');
    assert.deepEqual(
      requests.filter((url) => url.includes('evil.test')),
      [],
    );
  });
});

const message = (frame: FrameLocator, number: number) => frame.locator(`article[data-number="${number}"]`);

const call = (more: Partial<ToolCall>): ToolCall => ({
  kind: 'tool',
  id: 't"><img src=x onerror="window.broken=20">',
  name: hostile,
  action: 'run',
  target: hostile,
  input: hostile,
  output: hostile,
  status: 'done',
  ...more,
});

const messages: readonly Message[] = [
  {
    kind: 'prompt',
    id: messageId('"><b>1'),
    text: hostile,
    attachments: [{ name: hostile, mimeType: hostile, path: hostile }],
  },
  {
    kind: 'reply',
    id: messageId('2'),
    finished: true,
    endsTurn: true,
    model: hostile,
    parts: [
      { kind: 'thinking', text: hostile },
      { kind: 'text', text: `${hostile}\n\n\`\`\`ts\nconst a = "${tricks.bidi}";\n\`\`\`` },
      call({
        id: 'edit',
        action: 'edit',
        edits: [{ path: hostile, before: hostile, after: `${hostile}\nmore` }],
      }),
      call({}),
    ],
  },
  { kind: 'prompt', id: messageId('3'), text: hugeLine, attachments: [] },
  {
    kind: 'reply',
    id: messageId('4'),
    finished: true,
    endsTurn: true,
    parts: [
      { kind: 'text', text: hugeLine },
      call({ id: 'huge', target: 'cat', input: 'cat', output: hugeLine }),
      call({ id: 'edit', action: 'edit', target: 'f', edits: [{ path: 'f', before: '', after: hugeLine }] }),
    ],
  },
];
