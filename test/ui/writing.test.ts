import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { type Message, messageId } from '../../src/core/model.ts';
import type { FromPage, PanelState, ToPage } from '../../src/protocol.ts';
import { launchBrowser } from '../setup/browser.ts';
import { buildExtension } from '../setup/build.ts';
import { root } from '../setup/paths.ts';
import { openPanelPage, type PanelPage, panelState } from './support/panelPage.ts';

/** Writing in the chat panel: the page by itself, in a browser, with a host that the test plays. */

const prompt = (number: number, text: string): Message => ({
  kind: 'prompt',
  id: messageId(`m${number}`),
  text,
  attachments: [],
});
const reply = (number: number): Message => ({
  kind: 'reply',
  id: messageId(`m${number}`),
  parts: [{ kind: 'text', text: 'Done.' }],
  finished: true,
  endsTurn: true,
});
const composer: PanelState['composer'] = {
  enabled: true,
  modes: [{ id: 'ask', name: 'Ask before edits' }],
  mode: 'ask',
  models: [],
  commands: [{ name: 'compact', description: 'Summarise the conversation' }],
  images: true,
  side: true,
  queue: [],
};
const state = panelState({
  messages: [prompt(1, 'first prompt'), reply(2), prompt(3, 'second prompt'), reply(4)],
  composer,
});
const working = { ...state, live: { status: 'working', since: 0, turn: [], plan: [] } } as const;

/** One red pixel. */
const png =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==';
const image = { name: 'shot.png', mimeType: 'image/png', data: png };

let browser: Browser;
let panel: PanelPage;
let shown: PanelState = state;

function answer(message: FromPage): readonly ToPage[] {
  if (message.type === 'ready') {
    return [{ type: 'state', state: shown }];
  }
  if (message.type === 'findMentions') {
    const { query } = message;
    const selection = { text: '@src/login.ts#L3-9', label: 'src/login.ts:3-9', kind: 'selection' } as const;
    const file = { text: `@src/${query}.ts`, label: `src/${query}.ts`, kind: 'file' } as const;
    return [{ type: 'mentions', query, mentions: [selection, file] }];
  }
  return [];
}

const field = () => panel.page.getByRole('textbox', { name: 'Prompt' });
const options = () => panel.page.getByRole('listbox', { name: 'Suggestions' }).getByRole('option');
const button = (name: string) => panel.page.getByRole('button', { name, exact: true });
const write = (text: string) => field().pressSequentially(text);
const press = (...keys: readonly string[]) =>
  keys.reduce((before, key) => before.then(() => panel.page.keyboard.press(key)), Promise.resolve());

/** Waits until the field holds this text. */
async function holds(text: string): Promise<void> {
  await panel.page.waitForFunction(
    (wanted) => document.querySelector<HTMLTextAreaElement>('.draft')?.value === wanted,
    text,
  );
}

/** The last message of this type that the page has posted, waited for. */
async function posted<Type extends FromPage['type']>(type: Type): Promise<FromPage | undefined> {
  await panel.page.waitForFunction(
    (wanted) => Reflect.get(window, 'posted').some((message: FromPage) => message.type === wanted),
    type,
  );
  return (await panel.posted(type)).at(-1);
}

/** Pastes or drops a file on the field, as the browser tells it. */
async function give(kind: 'paste' | 'drop', file: { name: string; mimeType: string; data: string }) {
  const transfer = await panel.page.evaluateHandle(({ name, mimeType, data }) => {
    const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
    const given = new DataTransfer();
    given.items.add(new File([bytes], name, { type: mimeType }));
    return given;
  }, file);
  await field().evaluate(
    (element, { kind: type, transfer: data }) => {
      const init = { bubbles: true, cancelable: true };
      element.dispatchEvent(
        type === 'paste'
          ? new ClipboardEvent('paste', { ...init, clipboardData: data })
          : new DragEvent('drop', { ...init, dataTransfer: data }),
      );
    },
    { kind, transfer },
  );
}

/** Says what stands in the composer as a draft, by the page's own words. */
async function show(next: PanelState): Promise<void> {
  await panel.send({ type: 'state', state: next });
}

before(async () => {
  await buildExtension();
  browser = await launchBrowser();
  panel = await openPanelPage(browser, answer);
  panel.page.setDefaultTimeout(120_000);
});
after(() => browser?.close());
beforeEach(async () => {
  shown = state;
  await panel.page.evaluate('sessionStorage.clear()');
  await panel.page.reload();
  await field().click();
});

test('Shift+Enter begins a line, Enter sends all of them', async () => {
  await write('one');
  await press('Shift+Enter');
  await write('two');
  await press('Enter');
  assert.deepEqual(await posted('prompt'), { type: 'prompt', text: 'one\ntwo', attachments: [] });
  await holds('');
});

test('↑ and ↓ walk the prompts of the session, and the draft comes back behind the last one', async () => {
  await write('draft');
  await press('ArrowUp');
  await holds('draft');
  await press('Home', 'ArrowUp');
  await holds('second prompt');
  await press('ArrowUp');
  await holds('first prompt');
  await press('ArrowUp');
  await holds('first prompt');
  await press('ArrowDown', 'ArrowDown');
  await holds('draft');
});

test('↑ inside a text of several lines moves the cursor, not the history', async () => {
  await write('one');
  await press('Shift+Enter');
  await write('two');
  await press('ArrowUp');
  await write('!');
  await holds('one!\ntwo');
});

test('@ asks the host for files and the selection, and Enter puts the chosen one into the text', async () => {
  await write('see @log');
  await options().filter({ hasText: 'src/log.ts' }).waitFor();
  assert.deepEqual(await options().allInnerTexts(), ['src/login.ts:3-9\nSelection', 'src/log.ts']);
  await press('ArrowDown', 'Enter', '!', 'Backspace');
  await holds('see @src/log.ts ');
  await write('and @x');
  await options().first().waitFor();
  await press('Tab');
  await holds('see @src/log.ts and @src/login.ts#L3-9 ');
});

test('Escape closes what is offered and leaves the text; the next Escape stops the turn', async () => {
  await show(working);
  await write('/');
  await options().first().waitFor();
  await press('Escape');
  await options().first().waitFor({ state: 'detached' });
  await holds('/');
  assert.equal((await panel.posted('stop')).length, 0);
  await press('Escape');
  await posted('stop');
});

test('/ offers the panel’s own commands and the agent’s', async () => {
  await write('/');
  await options().nth(2).waitFor();
  const names = await panel.page.locator('.command-name').allInnerTexts();
  assert.deepEqual(names, ['/fork [label]', '/side question', '/compact']);
  await write('co');
  await press('Enter');
  await holds('/compact ');
});

test('/fork and /branch fork here, with what follows as the title (checklist 1.16)', async () => {
  await write('/fork  Try Redis ');
  await press('Enter');
  assert.deepEqual(await posted('fork'), { type: 'fork', title: 'Try Redis' });
  await holds('');
  await write('/branch');
  await press('Enter');
  await panel.page.waitForFunction(
    () => Reflect.get(window, 'posted').filter(({ type }: FromPage) => type === 'fork').length === 2,
  );
  assert.deepEqual(await posted('fork'), { type: 'fork' });
  assert.equal((await panel.posted('prompt')).length, 0);
});

test('/side asks on the side; without a question it says what is missing', async () => {
  await write('/side ');
  await press('Enter');
  await panel.page.getByText('Write the question behind /side.').waitFor();
  await write('why so slow?');
  await press('Enter');
  assert.deepEqual(await posted('askAside'), { type: 'askAside', text: 'why so slow?', attachments: [] });
});

test('Ctrl+Enter makes a checkpoint first (checklist 1.13); the menu beside Send does the same by keyboard', async () => {
  await write('risky');
  await press('Control+Enter');
  assert.deepEqual(await posted('prompt'), {
    type: 'prompt',
    text: 'risky',
    attachments: [],
    checkpoint: true,
  });
  await write('again');
  await press('Tab', 'Tab', 'Tab', 'Tab', 'Tab', 'Enter');
  await panel.page.getByRole('menuitem', { name: /^Checkpoint and send/ }).waitFor();
  await press('Enter');
  await panel.page.waitForFunction(
    () => Reflect.get(window, 'posted').filter((message: object) => 'checkpoint' in message).length === 2,
  );
  await holds('');
});

test('the mode starts an agent that does not run, and offers its modes when it does; not to who writes on', async () => {
  const { mode: _, ...modeless } = composer;
  const untold = { ...state, composer: { ...modeless, modes: [] } };
  const told = { ...state, live: { status: 'idle', turn: [], plan: [] } } as const;
  const mode = panel.page.getByRole('button', { name: /^Mode/ });
  const choice = panel.page.getByRole('menuitemradio', { name: 'Ask before edits' });
  await show(untold);
  await mode.click();
  assert.deepEqual(await posted('start'), { type: 'start' });
  await show(told);
  await panel.page.locator('.menu-item:focus').waitFor();
  await press('Escape');
  await panel.page.locator('.choice:focus').waitFor();
  await show(untold);
  await mode.click();
  await field().click();
  await write('meanwhile');
  await show(told);
  await panel.page.getByRole('button', { name: 'Mode: Ask before edits' }).waitFor();
  assert.equal(await choice.count(), 0);
  await holds('meanwhile');
});

test('what cannot be forked is not checkpointed: it says so and keeps the text', async () => {
  await show({ ...state, canFork: false, composer: { ...composer, side: false } });
  await write('/fork');
  await press('Control+Enter');
  await panel.page.getByText('This session cannot be forked.').waitFor();
  await holds('/fork');
  assert.equal(await button('More ways to send').count(), 0);
});

for (const kind of ['paste', 'drop'] as const) {
  test(`an image comes by ${kind}, is seen, can be taken off, and goes with the prompt`, async () => {
    await give(kind, image);
    const picture = panel.page.locator('.composer .thumbnail');
    await picture.waitFor();
    assert.equal(await picture.evaluate((it) => it instanceof HTMLImageElement && it.naturalWidth), 1);
    await button('Remove shot.png').click();
    await picture.waitFor({ state: 'detached' });
    await give(kind, image);
    await picture.waitFor();
    await write('look');
    await press('Enter');
    assert.deepEqual(await posted('prompt'), { type: 'prompt', text: 'look', attachments: [image] });
    await picture.waitFor({ state: 'detached' });
  });
}

test('an agent that takes no images is not given any, and the composer says so', async () => {
  await show({ ...state, composer: { ...composer, images: false } });
  await give('paste', image);
  await panel.page.getByText('Fake takes no images.').waitFor();
  assert.equal(await panel.page.locator('.composer .chip').count(), 0);
});

test('an image that was there before the agent said that it takes none is not sent', async () => {
  await give('paste', image);
  await panel.page.locator('.composer .thumbnail').waitFor();
  await show({ ...state, composer: { ...composer, images: false } });
  await write('look');
  await press('Enter');
  await panel.page.getByText('Fake takes no images. Remove them to send.').waitFor();
  await holds('look');
  assert.equal((await panel.posted('prompt')).length, 0);
});

test('what is no image is refused with the way that works', async () => {
  await give('drop', { name: 'notes.pdf', mimeType: 'application/pdf', data: 'AAAA' });
  await panel.page.getByText('“notes.pdf” is no image. Mention a file by @, or attach it by +.').waitFor();
});

test('text and attachments of a draft survive a reload of the page', async () => {
  await give('paste', image);
  await panel.page.locator('.composer .thumbnail').waitFor();
  await write('half a thought');
  await panel.page.reload();
  await holds('half a thought');
  await panel.page.locator('.composer .thumbnail').waitFor();
});

test('a draft from “Edit & fork from here” brings text and attachments, says where from, and has the focus', async () => {
  await panel.page.locator('article').first().focus();
  const note = 'From message 3 of Other. Nothing is sent yet.';
  await show({ ...state, composer: { ...composer, draft: { text: 'again', attachments: [image], note } } });
  await panel.page.getByText(note).waitFor();
  await panel.page.locator('.composer .thumbnail').waitFor();
  await press('!', 'Enter');
  assert.deepEqual(await posted('prompt'), { type: 'prompt', text: 'again!', attachments: [image] });
  await panel.page.getByText(note).waitFor({ state: 'detached' });
});

test('queued prompts show what comes with them, and are edited, sent and dropped by keyboard', async () => {
  const queue = [{ number: 7, text: 'next', attachments: 2, checkpoint: true, waits: false }];
  await show({ ...working, composer: { ...composer, queue } });
  const row = panel.page.getByRole('listitem');
  await row.getByText('Queued with a checkpoint').waitFor();
  await row.getByRole('img', { name: '2 attachments' }).waitFor();
  await press('Shift+Tab', 'Enter');
  assert.deepEqual(await posted('dropQueued'), { type: 'dropQueued', number: 7 });
  await panel.page.waitForFunction(() => document.activeElement?.className === 'draft');
  await press('Shift+Tab', 'Shift+Tab', 'Enter');
  assert.deepEqual(await posted('sendQueued'), { type: 'sendQueued', number: 7 });
  await press('Shift+Tab', 'Enter');
  assert.deepEqual(await posted('editQueued'), { type: 'editQueued', number: 7 });
  await panel.send({ type: 'compose', text: 'next', attachments: [], checkpoint: true });
  await panel.page.getByText('It was queued with a checkpoint').waitFor();
});

test('what waits for the person stands below what is sent next, says so, and is sent by keyboard', async () => {
  const next = { number: 7, text: 'next', attachments: 0, checkpoint: false, waits: false };
  const queue = [next, { number: 5, text: 'left', attachments: 0, checkpoint: true, waits: true }];
  await show({ ...working, composer: { ...composer, queue } });
  const left = panel.page.getByRole('list', { name: 'Prompts that wait for you' }).getByRole('listitem');
  await left.getByText('Waits with a checkpoint').waitFor();
  assert.deepEqual(await panel.page.locator('.queued-text').allInnerTexts(), ['next', 'left']);
  await press('Shift+Tab', 'Shift+Tab', 'Shift+Tab', 'Shift+Tab', 'Enter');
  assert.deepEqual(await posted('sendQueue'), { type: 'sendQueue' });
  await panel.page.waitForFunction(() => document.activeElement?.className === 'draft');
  const notice = { kind: 'error', icon: 'warning', title: 'Failed', text: '' } as const;
  const actions = [{ id: 'retry', label: 'Retry' }] as const;
  const live = { ...working.live, status: 'idle', notice: { ...notice, actions } } as const;
  await show({ ...state, live, composer: { ...composer, queue } });
  await button('Retry').waitFor();
  assert.equal(await button('Send Queued').count(), 0, 'the notice says how to go on');
});

test('an answer on the side is shown above the composer, announced, copied, and closed by Escape', async () => {
  const aside = { question: 'why?', status: 'working', answer: '' } as const;
  await show({ ...state, aside });
  const box = panel.page.getByRole('region', { name: 'On the side' });
  await box.getByText('Answering in a fork that is thrown away').waitFor();
  await panel.send({ type: 'aside', aside: { ...aside, status: 'done', answer: 'Because **so**.' } });
  await box.locator('strong').getByText('so').waitFor();
  await box.getByText('Nothing of it stays.').waitFor();
  await panel.page.getByRole('status').getByText('The answer on the side is there').waitFor();
  await box.getByRole('button', { name: 'Copy' }).click();
  assert.deepEqual(await posted('copy'), { type: 'copy', text: 'Because **so**.' });
  await press('Escape');
  await posted('closeAside');
  await panel.send({ type: 'aside' });
  await box.waitFor({ state: 'detached' });
});

test('a composer with everything in it has no accessibility faults', async () => {
  const queue = [{ number: 7, text: 'next', attachments: 1, checkpoint: true, waits: false }];
  const aside = { question: 'why?', status: 'done', answer: 'So.', remark: 'Refused.' } as const;
  await show({ ...working, aside, composer: { ...composer, queue } });
  await give('paste', image);
  await panel.page.locator('.composer .thumbnail').waitFor();
  await write('@a');
  await options().first().waitFor();
  const axe = readFileSync(join(root, 'node_modules', 'axe-core', 'axe.min.js'), 'utf8');
  const session = await panel.page.context().newCDPSession(panel.page);
  await session.send('Runtime.evaluate', { expression: axe });
  const run = `axe.run('#panel', { rules: { 'color-contrast': { enabled: false } } }).then(({ violations }) =>
    violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html.slice(0, 160)).join(' | ')))`;
  assert.deepEqual(await panel.page.evaluate(run), []);
});
