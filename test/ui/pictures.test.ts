import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Locator } from 'playwright-core';
import { root } from '../setup/paths.ts';
import { changeFolderSettings } from './support/folderSettings.ts';
import { smallPng } from './support/smallPng.ts';
import { stepsIn } from './support/step.ts';
import { takePictures } from './support/themes.ts';
import { type Folders, openWorkbench, type Workbench } from './support/workbench.ts';

/**
 * Pictures of tree, panel, transcript, picker and states in three themes, in test-results. With
 * SESSION_FORKS_PICTURES=1 those of the README are written anew.
 */

/** In bytes: the packed extension carries these pictures. */
const largestPicture = 150_000;
/** VS Code's own hovers and the panel's toolbars come after a rest. */
const restMs = 500;

let workbench: Workbench;
const page = () => workbench.page;
const panel = () => workbench.webview();
const message = (number: number) => panel().locator(`article[data-number="${number}"]`);

/** What the panel says of a missing agent is one of the pictures. A setting of the machine counts in the folder's own file. */
const withoutQwenCode = (folders: Folders): void =>
  changeFolderSettings(folders, { 'sessionForks.commands': { 'sample-qwen-code': '/no/such/program' } });

before(async () => {
  const settings = {
    'editor.hover.above': false,
    'editor.minimap.enabled': false,
    'remote.autoForwardPorts': false,
  };
  workbench = await openWorkbench({ samples: true, settings, prepare: withoutQwenCode });
  await workbench.tree.open();
  await workbench.tree.row('Migration first').waitFor();
});
after(() => workbench?.dispose());

const shows = stepsIn(() => workbench, 'pictures');

/** In three themes, in each of which `isThere` must come to be. */
async function picture(name: string, isThere: () => Promise<unknown>): Promise<void> {
  const path = await takePictures(workbench, name, async () => {
    await isThere();
    await page().waitForTimeout(restMs);
  });
  if (process.env.SESSION_FORKS_PICTURES) {
    await toReadme(name, path);
  }
}

async function prompt(text: string): Promise<void> {
  const composer = panel().getByRole('textbox', { name: 'Prompt' });
  await composer.fill(text);
  await composer.press('Enter');
}

async function openFromTree(title: string, last: number): Promise<void> {
  await workbench.closeEditors();
  await workbench.tree.click(title);
  await message(last).waitFor();
}

shows('the panel shows the lane, its numbers, the fork point and what a fork keeps', async () => {
  await openFromTree('Rotate tokens', 14);
  await panel().getByText('Forked from Add OAuth login at message 12').waitFor();
  const above = await message(11).evaluate((element) => element.getBoundingClientRect().top);
  await panel()
    .locator('.scroller')
    .evaluate((scroller, by) => scroller.scrollBy(0, by), above - 72);
  await picture('overview', async () => {
    await assertLane(panel().locator('article.message'));
    await message(15).hover();
    await message(15).getByRole('button', { name: 'Fork after this reply' }).hover();
    await message(15).getByText('keeps 15 messages').waitFor();
    await assertCalm(panel().locator('body'));
  });
});

shows('the map shows the whole fork tree, with this session lit', async () => {
  await panel().getByRole('button', { name: 'Tree of this session' }).click();
  const rows = panel().getByRole('treeitem');
  await picture('map', async () => {
    assert.equal(await rows.count(), 7);
    assert.match(
      await rows.and(panel().locator('[aria-current=page]')).innerText(),
      /Rotate tokens\s+@12 · here/,
    );
  });
  await page().keyboard.press('Escape');
});

shows('a transcript shows a lens and a hover on its messages', async () => {
  await openFromTree('Add OAuth login', 12);
  await message(12).hover();
  await message(12).getByRole('button', { name: 'Show in transcript' }).click();
  await page().locator('.codelens-decoration a', { hasText: '3 forks start here' }).waitFor();
  const heading = page().locator('.view-line', { hasText: '12 · Reply' }).first();
  await picture('transcript', () => hoverShows(heading, 'Message 12 of 24'));
});

shows(
  'two sessions that are selected in the tree are compared from the point on where they parted',
  async () => {
    await workbench.runCommand('View: Close All Editors');
    await workbench.tree.click('Opaque tokens');
    await workbench.tree.row('Rotate tokens').click({ modifiers: ['Control'] });
    await workbench.tree.choose(workbench.tree.row('Rotate tokens'), 'Compare Selected');
    const line = (side: 'original' | 'modified', text: RegExp) =>
      page().locator(`.monaco-diff-editor .editor.${side} .view-line`, { hasText: text }).first();
    await line('original', /12.messages.in.common/u).waitFor();
    await line('modified', /12.messages.in.common/u).waitFor();
    await picture('compare', () => hoverShows(line('modified', /14.·.Reply/u), 'Message 14 of 21'));
  },
);

shows('the picker names session and message to fork at', async () => {
  const input = page().locator('.quick-input-widget input[type=text]');
  await workbench.runCommand('View: Close All Editors');
  await page().mouse.move(0, 0);
  await workbench.runCommand('Session Forks: Fork Session…');
  await picture('picker-session', () => page().getByText('Pick the session to fork').waitFor());
  await input.pressSequentially('Rotate tokens');
  await page().keyboard.press('Enter');
  await picture('picker', () => page().getByText('keeps all 21 messages').waitFor());
  await page().keyboard.press('Escape');
});

shows('a damaged session says where it breaks off', async () => {
  await openFromTree('Import legacy users', 7);
  await picture('damaged', async () => {
    await panel().getByRole('button', { name: 'Show Line 11' }).waitFor();
    await assertCalm(panel().locator('body'));
  });
});

shows('a missing agent leaves the session readable and the prompt unsent', async () => {
  await openFromTree('Try fake timers', 8);
  await prompt('Try it once more.');
  await panel().getByRole('region', { name: 'Qwen Code is not installed' }).waitFor();
  await panel().getByText('Try it once more.').waitFor();
  await picture('missing', () => assertCalm(panel().locator('body')));
});

shows('a permission waits for its answer', async () => {
  await openFromTree('Sign with EdDSA', 15);
  await prompt('Please edit the login file.');
  await panel().getByRole('radio', { name: 'Allow', exact: true }).waitFor();
  await panel().getByText('Waiting for your answer').waitFor();
  await picture('permission', () => assertCalm(panel().locator('body')));
});

test('nothing reported an error', () => {
  assert.deepEqual(workbench.errors, []);
});

/** Rests on a message's heading until what can be done there is shown. */
async function hoverShows(heading: Locator, text: string): Promise<void> {
  await heading.hover({ position: { x: 40, y: 8 } });
  await heading.hover({ position: { x: 60, y: 8 } });
  const hover = page().locator('.monaco-hover', { hasText: text });
  await hover.getByRole('link', { name: 'Fork after this reply' }).waitFor();
}

/** Each message has its number, its dot stands on one line with all others, and beside its number. */
async function assertLane(messages: Locator): Promise<void> {
  const lane = await messages.evaluateAll((articles) =>
    articles.map((article) => {
      const box = (name: string) => article.querySelector(name)?.getBoundingClientRect() ?? new DOMRect();
      const [number, dot] = [box('.number'), box('.dot')];
      return {
        says: article.querySelector('.number')?.textContent,
        number: article.getAttribute('data-number'),
        x: dot.x + dot.width / 2,
        apart: Math.abs(number.y + number.height / 2 - dot.y - dot.height / 2),
      };
    }),
  );
  assert.ok(lane.length > 0);
  for (const { says, number, x, apart } of lane) {
    assert.equal(says, number);
    assert.equal(x, lane[0]?.x);
    assert.ok(apart <= 1, `the number ${number} is ${apart} px beside its dot`);
  }
}

/** Nothing is wider than the panel, and the panel as a whole scrolls nowhere. */
async function assertCalm(body: Locator): Promise<void> {
  const wide = await body.evaluate(() =>
    [document.documentElement, ...document.querySelectorAll('.scroller, .header, .footer')]
      .filter((element) => element.scrollWidth > element.clientWidth)
      .map((element) => element.className),
  );
  assert.deepEqual(wide, [], 'nothing scrolls sideways');
  const higher = await body.evaluate(({ ownerDocument }) => {
    const page = ownerDocument.documentElement;
    return page.scrollHeight - page.clientHeight;
  });
  assert.equal(higher, 0, 'header and composer stay in place');
}

async function toReadme(name: string, path: string): Promise<void> {
  if (['overview', 'transcript', 'picker'].includes(name)) {
    const picture = smallPng(await readFile(path));
    assert.ok(picture.length < largestPicture, `${name} has ${picture.length} bytes`);
    await writeFile(join(root, 'media', `${name}.png`), picture);
  }
}
