import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, FrameLocator, Page } from 'playwright-core';
import { buildForest } from '../../src/core/forkTree.ts';
import { type Message, messageId, sessionId } from '../../src/core/model.ts';
import { claudeCode } from '../../src/stores/claudeCode/index.ts';
import { findIn, promptBeside } from '../../src/vscode/panel/find.ts';
import { Reading } from '../../src/vscode/panel/reading.ts';
import { buildPanelState, pageSize } from '../../src/vscode/panel/state.ts';
import { launchBrowser } from '../setup/browser.ts';
import { buildExtension } from '../setup/build.ts';
import { temporaryFolder } from '../setup/paths.ts';
import { longTitle, rareWord, writeLongSession } from './support/longSession.ts';
import { type Answer, openPanelPage, type PanelPage, panelState } from './support/panelPage.ts';
import { openWorkbench, type Workbench } from './support/workbench.ts';

/** A session of 20,000 messages in the panel, beside one of 200. */

const long = 20_000;
const short = 200;
/** All elements of the page, those of header and composer included. */
const mostElements = 1500;
const waitMs = 30_000;
/** A frame of a page that draws all messages takes longer, on any machine. */
const stuckMs = 5000;

/** The page's host, on a store with one session of `count` messages. */
async function hostOf(count: number): Promise<Answer> {
  const home = temporaryFolder();
  const id = sessionId(writeLongSession(home, '/srv/long', count));
  const store = claudeCode({ home, variables: {}, folders: {} });
  const transcript = await store.read(id, { last: pageSize });
  const reading = new Reading(store, transcript);
  const { live, composer, strings } = panelState({});
  const forest = buildForest([transcript.info]);
  const { capabilities } = store;
  const facts = { transcript, forest, capabilities, live, composer, strings, agentName: '', forking: false };
  return async (message) => {
    switch (message.type) {
      case 'ready':
        return [{ type: 'state', state: buildPanelState(facts) }];
      case 'load':
        return [{ type: 'page', ...(await reading.range(message.from, message.to)) }];
      case 'find':
        return [
          {
            type: 'found',
            text: message.text,
            ...(await findIn(await reading.whole(), message, new AbortController().signal)),
          },
        ];
      case 'seekPrompt':
        return [{ type: 'reveal', index: promptBeside(await reading.whole(), message.from, message.back) }];
      default:
        return [];
    }
  };
}

type Frame = Page | FrameLocator;

const message = (frame: Frame, number: number) => frame.locator(`article[data-number="${number}"]`);
const scroller = (frame: Frame) => frame.locator('.scroller');
const find = (frame: Frame) => frame.getByRole('textbox', { name: 'Find in session' });
const count = (frame: Frame) => frame.locator('.find-count');
const elements = (frame: Frame): Promise<number> => frame.locator('*').count();

/** Scrolls to a share of the log and waits until messages are seen there; gives the number of the first. */
async function scrollTo(frame: Frame, share: number): Promise<number> {
  return scroller(frame).evaluate(async (element, at) => {
    element.scrollTop = at * (element.scrollHeight - element.clientHeight);
    for (const end = performance.now() + 30_000; performance.now() < end; ) {
      await new Promise((resolve) => requestAnimationFrame(resolve));
      const view = element.getBoundingClientRect();
      const seen = [...element.querySelectorAll<HTMLElement>('article')].find((row) => {
        const box = row.getBoundingClientRect();
        return box.bottom > view.top + 1 && box.top < view.bottom - 1;
      });
      if (seen) return Number(seen.dataset.number);
    }
    throw new Error('No message is seen.');
  }, share);
}

/** Scrolls by `px` in each of `frames` frames; gives the longest frame in ms and the most articles in the document. */
const wheel = (
  frame: Frame,
  px: number,
  frames: number,
): Promise<{ readonly longest: number; readonly rows: number }> =>
  scroller(frame).evaluate(
    async (element, [by, times]) => {
      const next = () => new Promise<number>((resolve) => requestAnimationFrame(resolve));
      let [longest, rows, last] = [0, 0, await next()];
      for (let at = 0; at < times; at++) {
        element.scrollTop += by;
        const now = await next();
        longest = Math.max(longest, now - last);
        last = now;
        rows = Math.max(rows, element.querySelectorAll('article').length);
      }
      return { longest, rows };
    },
    [px, frames] as const,
  );

/** Bytes of JavaScript that the page holds when all rubbish is gone. */
async function heapOf(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.enable');
  await session.send('HeapProfiler.collectGarbage');
  await session.send('HeapProfiler.collectGarbage');
  await session.send('Performance.enable');
  const { metrics } = await session.send('Performance.getMetrics');
  await session.detach();
  return metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? 0;
}

describe('the page by itself', () => {
  let browser: Browser;
  let panel: PanelPage;
  let page: Page;

  before(async () => {
    await buildExtension();
    browser = await launchBrowser();
    panel = await openPanelPage(browser, await hostOf(long));
    page = panel.page;
    await message(page, long).waitFor();
  });
  after(() => browser?.close());

  test('shows the end first, and asks for nothing before the person scrolls', async () => {
    assert.ok(await message(page, long).isVisible());
    assert.deepEqual(await panel.posted('load'), []);
  });

  test('any part of the session is a scroll away, in about the place the scrollbar says', async () => {
    for (const share of [0.5, 0.1, 0.9, 0, 0.75]) {
      const number = await scrollTo(page, share);
      assert.ok(Math.abs(number / long - share) < 0.05, `${number} at ${share}`);
      assert.ok((await elements(page)) < mostElements);
    }
  });

  test('what the person reads stands still while messages above it are drawn and measured', async () => {
    await scrollTo(page, 0.4);
    const top = () =>
      scroller(page).evaluate((element) => {
        const middle = element.getBoundingClientRect().top + 300;
        const rows = [...element.querySelectorAll<HTMLElement>('article')];
        const row = rows.find((it) => it.getBoundingClientRect().bottom > middle);
        return { number: row?.dataset.number, top: row?.getBoundingClientRect().top ?? 0 };
      });
    for (let step = 0; step < 20; step++) {
      const before = await top();
      const [moved] = await scroller(page).evaluate(async (element, number) => {
        const row = () => element.querySelector<HTMLElement>(`article[data-number="${number}"]`);
        const from = row()?.getBoundingClientRect().top ?? 0;
        element.scrollTop -= 200;
        for (let frame = 0; frame < 3; frame++)
          await new Promise((resolve) => requestAnimationFrame(resolve));
        return [(row()?.getBoundingClientRect().top ?? 0) - from];
      }, before.number);
      assert.ok(Math.abs((moved ?? 0) - 200) < 2, `moved by ${moved} px instead of 200`);
    }
  });

  test('the keyboard reaches every message, and the focus is never lost', async () => {
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute('data-number'));
    await scrollTo(page, 1);
    await message(page, long).focus();
    await page.keyboard.press('Home');
    await page.waitForFunction(() => document.activeElement?.getAttribute('data-number') === '1');
    for (let number = 2; number <= 40; number++) {
      await page.keyboard.press('ArrowDown');
      await page.waitForFunction(
        (it) => document.activeElement?.getAttribute('data-number') === `${it}`,
        number,
      );
    }
    await page.keyboard.press('Alt+ArrowUp');
    assert.equal(await focused(), '39');
    await scrollTo(page, 0.6);
    assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('role')), 'log');
    assert.equal(await page.locator('.log[tabindex="0"]').count(), 1);
    await page.keyboard.press('ArrowUp');
    await page.waitForFunction(() => document.activeElement?.getAttribute('data-number') === '38');
    await page.keyboard.press('End');
    await page.waitForFunction((it) => document.activeElement?.getAttribute('data-number') === it, `${long}`);
  });

  test('a screen reader hears where a message stands among all', async () => {
    const row = message(page, long);
    assert.equal(await row.getAttribute('aria-setsize'), `${long}`);
    assert.equal(await row.getAttribute('aria-posinset'), `${long}`);
  });

  test('a reload shows the same message at the same place', async () => {
    await scrollTo(page, 0.35);
    const kept = await page.waitForFunction(() => {
      const { place } = JSON.parse(sessionStorage.getItem('state') ?? '{}');
      const view = document.querySelector('.scroller')?.getBoundingClientRect();
      const row = document.querySelector(`article[data-index="${place?.index}"]`)?.getBoundingClientRect();
      const isThere = view && row && Math.abs(row.top - view.top - place.top) <= 1;
      return isThere && { index: Number(place.index), top: row.top };
    });
    const place = await kept.jsonValue();
    assert.ok(place);
    await page.reload();
    // Within a pixel: the log scrolls by whole ones.
    await page.waitForFunction(({ index, top }) => {
      const row = document.querySelector(`article[data-index="${index}"]`)?.getBoundingClientRect();
      const isColoured = document.querySelectorAll('pre .hljs-keyword').length > 0;
      return isColoured && row !== undefined && Math.abs(row.top - top) <= 1;
    }, place);
  });

  test('a turn that runs is drawn at the end, and leaves alone who reads above it', async () => {
    const turn: Message = {
      kind: 'reply',
      id: messageId('live-reply-1'),
      parts: [{ kind: 'text', text: 'Still running.' }],
      finished: false,
      endsTurn: false,
    };
    const number = await scrollTo(page, 0.5);
    await panel.send({ type: 'live', live: { status: 'working', turn: [turn], plan: [] }, kept: 0 });
    await page.getByText('Working').waitFor();
    assert.ok(await message(page, number).isVisible());
    await page.getByRole('button', { name: 'Jump to latest' }).click();
    await message(page, long + 1)
      .getByText('Still running.')
      .waitFor();
    assert.ok((await panel.posted('load')).length > 0);
    await panel.send({ type: 'live', live: { status: 'idle', turn: [], plan: [] }, kept: 0 });
    await message(page, long + 1).waitFor({ state: 'detached' });
  });

  test('find looks through all messages, counts them, and goes back to where the person was', async () => {
    await message(page, long).focus();
    await page.keyboard.press('Control+f');
    await find(page).pressSequentially(rareWord.toLowerCase());
    await page.getByText('20 of 20', { exact: true }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByText('1 of 20', { exact: true }).waitFor();
    await message(page, 1000).waitFor();
    await page.keyboard.press('Enter');
    await message(page, 2000).waitFor();
    assert.deepEqual(await marks(page), [rareWord]);
    await page.keyboard.press('Shift+Enter');
    await message(page, 1000).waitFor();
    await page.keyboard.press('Escape');
    await find(page).waitFor({ state: 'detached' });
    assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('role')), 'log');
    assert.deepEqual(await marks(page), []);
  });

  test('find opens the row that a hit is folded in', async () => {
    await page.keyboard.press('Control+f');
    await find(page).fill('ok 12000');
    await page.getByText('of 30', { exact: false }).waitFor();
    await message(page, 12_000).locator('.body').waitFor();
    assert.equal((await marks(page))[0], 'ok 12000');
    await page.keyboard.press('Escape');
  });

  test('costs at most twice the memory of a session of 200 messages', async (t) => {
    const other = await openPanelPage(browser, await hostOf(short));
    await message(other.page, short).waitFor();
    const figures = [];
    for (const one of [page, other.page]) {
      for (let share = 0; share <= 1; share += 0.05) await scrollTo(one, share);
      figures.push(await heapOf(one));
    }
    const [large = 0, small = 0] = figures;
    t.diagnostic(
      `JS heap: ${long} messages ${mb(large)} MB, ${short} messages ${mb(small)} MB, ${(large / small).toFixed(2)} times`,
    );
    assert.ok(large <= 2 * small, `${mb(large)} MB against ${mb(small)} MB`);
  });
});

describe('in VS Code', () => {
  let workbench: Workbench;

  before(async () => {
    workbench = await openWorkbench({
      prepare: ({ home, workspace }) => void writeLongSession(home, workspace, long),
    });
    await workbench.tree.open();
    await workbench.tree.click(longTitle);
    await message(workbench.webview(), long).waitFor({ timeout: waitMs });
  });
  after(() => workbench?.dispose());

  test('scroll and find hold no more than a few rows, and no frame is long', async (t) => {
    const frame = workbench.webview();
    const down = await wheel(frame, -240, 150);
    await scrollTo(frame, 0.3);
    const far = await wheel(frame, 3000, 60);
    await frame.locator('article.prompt').first().click();
    await workbench.page.keyboard.press('Control+f');
    const finding = wheel(frame, 0, 90);
    await find(frame).pressSequentially(rareWord);
    await count(frame).filter({ hasText: 'of 20' }).waitFor();
    await find(frame).press('Enter');
    const found = await finding;
    const ms = (longest: number): string => `${Math.round(longest)} ms`;
    t.diagnostic(
      `${long} messages: ${await elements(frame)} elements, at most ${Math.max(down.rows, far.rows)} messages in the document; ` +
        `longest frame: reading ${ms(down.longest)}, dragging ${ms(far.longest)}, finding ${ms(found.longest)}`,
    );
    assert.ok(Math.max(down.rows, far.rows, found.rows) < 60);
    assert.ok((await elements(frame)) < mostElements);
    assert.ok(Math.max(down.longest, far.longest, found.longest) < stuckMs, 'slow under load, but not stuck');
    await workbench.screenshot('long-session-find');
  });

  test('Escape closes find and not the panel; the outline leads to a prompt', async () => {
    const frame = workbench.webview();
    await find(frame).press('Escape');
    await find(frame).waitFor({ state: 'detached' });
    await frame.locator('body').press('Alt+p');
    const input = workbench.page.locator('.quick-input-widget input[type=text]');
    await input.fill('Question 4001:');
    await workbench.page
      .locator('.quick-input-list')
      .getByRole('option', { name: /Question 4001/ })
      .waitFor();
    await input.press('Enter');
    await message(frame, 4001).waitFor();
    assert.deepEqual(workbench.errors, []);
  });
});

/** The words that are marked as found. */
const marks = (page: Page): Promise<readonly string[]> =>
  page.evaluate(() => [...(CSS.highlights.get('find') ?? [])].map((range) => `${range}`));

const mb = (bytes: number): string => (bytes / 1_000_000).toFixed(1);
