import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { agentId, type Message, messageId, sessionId } from '../../src/core/model.ts';
import type { PanelState } from '../../src/protocol.ts';
import { launchBrowser } from '../setup/browser.ts';
import { buildExtension } from '../setup/build.ts';
import { toolCall } from '../unit/support/messages.ts';
import { openPanelPage, type PanelPage, panelState } from './support/panelPage.ts';

/** The page's measures, motion and names, and how it adapts, in a browser of its own. */

const reply = (number: number): Message => ({
  kind: 'reply',
  id: messageId(`m${number}`),
  parts: [
    { kind: 'thinking', text: 'Hm.', durationMs: 8000 },
    toolCall({
      id: `t${number}`,
      action: 'edit',
      target: 'a.ts',
      edits: [{ path: 'a.ts', before: 'a', after: 'b' }],
    }),
    { kind: 'text', text: `Reply ${number}.\n\n\`\`\`ts\nconst a = 1;\n\`\`\`` },
  ],
  finished: true,
  endsTurn: true,
});
const prompt = (number: number): Message => ({
  kind: 'prompt',
  id: messageId(`m${number}`),
  text: `Prompt ${number}`,
  attachments: [],
});
const link = (id: string, title: string) => ({
  session: { agent: agentId('fake'), id: sessionId(id) },
  title,
});

const fork = panelState({
  messages: [prompt(1), reply(2), prompt(3), reply(4)],
  title: 'Rotate tokens',
  path: [link('root', 'Add OAuth login')],
  map: [
    { link: link('root', 'Add OAuth login'), depth: 0, kind: 'root', messages: 24, live: false },
    { link: link('a', 'Rotate tokens'), depth: 1, kind: 'fork', messages: 2, live: true },
  ],
  inherited: 2,
  running: true,
  divider: {
    kind: 'fork',
    messages: 2,
    how: 'recorded',
    parent: link('root', 'Add OAuth login'),
    siblings: [link('b', 'Opaque tokens'), link('a', 'Rotate tokens'), link('c', 'Sign with EdDSA')],
    position: 1,
  },
  forksAt: { '4': [link('d', 'Grace period')] },
  composer: {
    enabled: true,
    modes: [{ id: 'ask', name: 'Ask before edits' }],
    mode: 'ask',
    models: [{ id: 's', name: 'Sonnet 4.5' }],
    model: 's',
    commands: [],
    queue: [{ number: 1, text: 'Then add a line', attachments: 0, checkpoint: false, waits: false }],
  },
  live: {
    status: 'waiting',
    since: 0,
    turn: [],
    plan: [],
    context: { used: 68_000, size: 200_000 },
    permission: {
      id: 'p',
      call: { id: 't', name: 'Bash', action: 'run', target: 'npm run db:migrate', status: 'running' },
      options: [
        { id: 'y', name: 'Yes', kind: 'allow_once' },
        { id: 'n', name: 'No', kind: 'reject_once' },
      ],
    },
  },
});

let browser: Browser;
let panel: PanelPage;
let page: Page;
let shown: PanelState = fork;

before(async () => {
  await buildExtension();
  browser = await launchBrowser();
  panel = await openPanelPage(
    browser,
    ({ type }) => (type === 'ready' ? [{ type: 'state', state: shown }] : []),
    {
      width: 1200,
      height: 900,
    },
  );
  page = panel.page;
  await page.locator('article').nth(3).waitFor();
});
after(() => browser?.close());

const box = (selector: string): Promise<DOMRect> =>
  page
    .locator(selector)
    .first()
    .evaluate((element) => element.getBoundingClientRect().toJSON());
const heights = (...selectors: readonly string[]): Promise<readonly number[]> =>
  Promise.all(selectors.map(async (selector) => (await box(selector)).height));
const article = 'article[data-number="4"]';

test('rows, bars and buttons have their heights', async () => {
  assert.deepEqual(
    await heights('.header', '.divider', '.row', '.option', '.queued', '.bar-row', '.send', '.draft'),
    [44, 36, 24, 28, 24, 32, 26, 46],
  );
  await page.locator(article).hover();
  assert.deepEqual(await heights(`${article} .toolbar`, `${article} .verb`), [28, 22]);
});

test('the column is at most 800 px wide and centred; its lane is 56 px wide with all dots on its line', async () => {
  const [column, scroller, lane, content] = await Promise.all([
    box('.log'),
    box('.scroller'),
    box('article .lane'),
    box('article .content'),
  ]);
  assert.equal(column.width, 800);
  const bar = await page
    .locator('.scroller')
    .evaluate((it) => (it instanceof HTMLElement ? it.offsetWidth - it.clientWidth : Number.NaN));
  assert.ok(Math.abs(column.left - scroller.left - (scroller.right - bar - column.right)) <= 1);
  assert.equal(content.left - lane.left, 56);
  assert.equal(column.right - content.right, 24);
  for (const number of [1, 2, 3, 4]) {
    const dot = await box(`article[data-number="${number}"] .dot`);
    assert.equal(dot.left - lane.left, 35.5);
    assert.equal(dot.width, 9);
  }
});

test('everything to press is at least 22 px high and wide', async () => {
  await page.getByRole('button', { name: 'Tree of this session' }).click();
  const small = await page.locator('button:visible').evaluateAll((all) =>
    all
      .map((it) => ({ name: it.ariaLabel || it.textContent?.trim(), ...it.getBoundingClientRect().toJSON() }))
      .filter(({ width, height }) => width < 22 || height < 22)
      .map(({ name, width, height }) => `${name}: ${width} × ${height}`),
  );
  await page.keyboard.press('Escape');
  assert.deepEqual(small, []);
});

test('toolbars and the cut line move nothing', async () => {
  await page.mouse.move(5, 5);
  const places = () =>
    page.locator('article').evaluateAll((all) => all.map((it) => it.getBoundingClientRect().top));
  const before = await places();
  await page.locator(article).hover();
  await page.locator(`${article} .verb`).hover();
  assert.deepEqual(await places(), before);
});

test('the way to the latest message covers no toolbar, whatever the width', async () => {
  shown = {
    ...fork,
    messages: Array.from({ length: 12 }, (_, at) => (at % 2 ? reply(at + 1) : prompt(at + 1))),
    total: 12,
  };
  for (const width of [1200, 930, 890, 870, 640, 590, 400]) {
    await page.setViewportSize({ width, height: 500 });
    await page.reload();
    await page.locator('article').nth(11).waitFor();
    await page.locator('.scroller').evaluate((it) => it.scrollTo(0, 0));
    const latest = page.getByRole('button', { name: 'Jump to latest' });
    await latest.waitFor();
    const [button, toolbar] = [await latest.boundingBox(), await box(`${article} .toolbar`)];
    assert.ok(button);
    const apart = button.x >= toolbar.right || button.x + button.width <= toolbar.left;
    assert.ok(apart, `${width}: ${button.x} and ${toolbar.left} to ${toolbar.right}`);
  }
  shown = fork;
  await page.setViewportSize({ width: 1200, height: 900 });
  await page.reload();
  await page.locator('article').nth(3).waitFor();
});

test('names say what is seen: log, message, siblings, path, ring', async () => {
  await page
    .getByRole('log', { name: 'Conversation with Fake, Rotate tokens, fork at message 2 of Add OAuth login' })
    .waitFor();
  await page
    .getByRole('article', {
      name: 'Message 4 of 4, reply, own, 1 tool call, 1 fork starts here',
      exact: true,
    })
    .waitFor();
  await page.getByRole('article', { name: 'Message 1 of 4, prompt, inherited', exact: true }).waitFor();
  const siblings = page.getByRole('group', { name: 'Fork 2 of 3 at message 2' });
  await siblings.getByRole('button', { name: 'Previous fork: Opaque tokens' }).waitFor();
  await siblings.getByRole('button', { name: 'Next fork: Sign with EdDSA' }).waitFor();
  await page
    .getByRole('navigation', { name: 'Fork path' })
    .locator('[aria-current=page]')
    .getByText('Rotate tokens')
    .waitFor();
  await page.getByRole('img', { name: 'Context 34 % used, 68,000 of 200,000 tokens' }).waitFor();
  await page
    .getByRole('group', { name: 'Allow Fake to run this command?' })
    .getByRole('radio')
    .nth(1)
    .waitFor();
  assert.equal(await page.locator('.lane:not([aria-hidden=true])').count(), 0);
});

/** Sends the first own message of a fork that has none yet; gives what moves then, by its length in ms. */
async function arrive(): Promise<readonly unknown[]> {
  shown = {
    ...fork,
    messages: [prompt(1), reply(2)],
    total: 2,
    live: { status: 'idle', turn: [], plan: [] },
  };
  await page.reload();
  await page.locator('article').nth(1).waitFor();
  const live = { status: 'working', turn: [prompt(3)], plan: [] };
  return page.evaluate(
    async (message) => {
      window.postMessage(message, '*');
      while (document.querySelectorAll('article').length < 3) await new Promise(requestAnimationFrame);
      return document
        .getAnimations()
        .filter((it) => it instanceof CSSAnimation && it.animationName === 'arrive')
        .map((it) => it.effect?.getTiming().duration);
    },
    { type: 'live', live, kept: 0 },
  );
}

test('the first own message of a fork draws its lane in 200 ms, once', async () => {
  assert.deepEqual(await arrive(), [200, 200]);
  await page.locator('.arriving').waitFor({ state: 'detached' });
});

test('with reduced motion nothing moves: no arrival, no fading, no spinning', async () => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  assert.deepEqual(await arrive(), []);
  await page.locator('.status .codicon-loading').waitFor();
  await page.locator('article').nth(1).hover();
  const moving = await page.evaluate(() => document.getAnimations().length);
  await page.emulateMedia({ reducedMotion: null });
  assert.equal(moving, 0);
});

test('in forced colours the lane keeps its line, and own and inherited differ', async () => {
  shown = fork;
  await page.emulateMedia({ forcedColors: 'active' });
  await page.reload();
  await page.locator('article').nth(3).waitFor();
  const looks = (selector: string, pseudo?: string) =>
    page
      .locator(selector)
      .first()
      .evaluate((it, name) => {
        const { backgroundColor, color } = getComputedStyle(it, name ?? undefined);
        return { backgroundColor, color };
      }, pseudo);
  const [own, inherited] = [await looks('.own.reply .dot'), await looks('.inherited.reply .dot')];
  const line = await looks('.inherited .lane', '::before');
  const ground = await looks('body');
  await page.emulateMedia({ forcedColors: null });
  assert.notEqual(own.backgroundColor, inherited.backgroundColor);
  assert.equal(line.backgroundColor, inherited.backgroundColor);
  assert.notEqual(line.backgroundColor, ground.backgroundColor);
});

test('in a right-to-left language the lane stands on the right, and what points on points left', async () => {
  await page.evaluate(() => document.documentElement.setAttribute('dir', 'rtl'));
  const [lane, content, actions, titles] = await Promise.all([
    box('article .dot'),
    box('article .content'),
    box('.header-actions'),
    box('.titles'),
  ]);
  const flip = await page
    .locator('.path-gap')
    .first()
    .evaluate((it) => getComputedStyle(it).transform);
  await page.evaluate(() => document.documentElement.setAttribute('dir', 'ltr'));
  assert.equal(flip, 'matrix(-1, 0, 0, 1, 0, 0)');
  assert.ok(lane.left > content.right);
  assert.ok(actions.right < titles.left);
});

test('nothing went wrong in the page', async () => {
  assert.deepEqual([await panel.violations(), panel.errors], [[], []]);
});
