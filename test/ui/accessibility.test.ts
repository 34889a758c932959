import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { until } from '../agents/support/until.ts';
import { faultsOfPanel } from './support/axe.ts';
import { switchTheme, type ThemeKind, themeKinds } from './support/themes.ts';
import { openWorkbench, type Workbench } from './support/workbench.ts';

/** axe-core on the chat panel of a real VS Code, in each of its states and in four themes. */

let workbench: Workbench;

before(async () => {
  workbench = await openWorkbench({ samples: true });
  workbench.page.setDefaultTimeout(60_000);
  await workbench.tree.open();
  await workbench.tree.click('Rotate tokens');
  await panel().locator('article[data-number="12"]').waitFor();
});
after(() => workbench?.dispose());

const panel = () => workbench.webview();
const composer = () => panel().getByRole('textbox', { name: 'Prompt' });
const status = (words: string) => panel().locator('.status').getByText(words);

async function prompt(text: string): Promise<void> {
  await composer().fill(text);
  await composer().press('Enter');
}

/** What is far from the messages in view is not in the document. */
async function scrollUpTo(selector: string): Promise<void> {
  await until(async () => {
    const isThere = (await panel().locator(selector).count()) > 0;
    await panel()
      .locator('.scroller')
      .evaluate((scroller, up) => scroller.scrollBy(0, -up), isThere ? 0 : 300);
    return isThere;
  });
  await panel().locator(selector).scrollIntoViewIfNeeded();
}

async function assertNoFault(state: string, theme: ThemeKind): Promise<void> {
  const faults = await faultsOfPanel(workbench.page);
  await workbench.screenshot(`axe-${state}-${theme.replaceAll(' ', '-')}`);
  assert.deepEqual(faults, [], `${state}, ${theme}`);
}

for (const theme of Object.keys(themeKinds) as ThemeKind[]) {
  describe(`axe-core finds no violation in the ${theme} theme`, () => {
    before(() => switchTheme(workbench, theme));

    test('while reading', () => assertNoFault('reading', theme));

    test('while an answer streams', async () => {
      await prompt('slow 300');
      await panel().locator('article').last().getByText('Step 1 of').waitFor();
      await assertNoFault('streaming', theme);
      await composer().press('Escape');
      await status('Working').waitFor({ state: 'detached' });
      await status('Stopping…').waitFor({ state: 'detached' });
    });

    test('while a permission is asked', async () => {
      await prompt('edit');
      await panel().locator('.permission').waitFor();
      await assertNoFault('permission', theme);
      await panel().getByRole('radio', { name: 'Reject' }).click();
      await panel().locator('.permission').waitFor({ state: 'detached' });
      await status('Working').waitFor({ state: 'detached' });
    });

    test('while a notice says that the agent crashed', async () => {
      await prompt('crash');
      await panel().getByText('ended (exit code 1)').first().waitFor();
      await assertNoFault('notice', theme);
      await panel().getByRole('button', { name: 'Drop' }).click();
      await panel().locator('.queue').waitFor({ state: 'detached' });
    });

    test('while a question on the side is answered', async () => {
      await composer().fill('What is this?');
      await panel().getByRole('button', { name: 'More ways to send' }).click();
      await panel().getByRole('menuitem', { name: 'Ask on the side' }).click();
      await panel().getByText('Nothing of it stays.').waitFor();
      await assertNoFault('aside', theme);
      await panel().locator('.side').getByRole('button', { name: 'Close' }).click();
      await panel().locator('.side').waitFor({ state: 'detached' });
    });
  });
}

describe('for everyone', () => {
  after(() => workbench?.page.emulateMedia({ reducedMotion: null, forcedColors: null }));

  test('with reduced motion nothing in the panel moves while the agent works', async () => {
    await switchTheme(workbench, 'dark');
    await prompt('slow 300');
    await status('Working').waitFor();
    const moving = () =>
      panel()
        .locator('body')
        .evaluate(() => document.getAnimations().length);
    assert.ok((await moving()) > 0, 'the spinner turns');
    await workbench.page.emulateMedia({ reducedMotion: 'reduce' });
    await until(async () => (await moving()) === 0);
    await composer().press('Escape');
    await status('Stopped').waitFor();
  });

  test('in forced colours own and inherited messages differ, and the lane is seen', async () => {
    await workbench.page.emulateMedia({ forcedColors: 'active' });
    await scrollUpTo('.divider');
    const colourOf = (selector: string) =>
      panel()
        .locator(selector)
        .first()
        .evaluate((element) => getComputedStyle(element).backgroundColor);
    const [own, inherited, ground] = [
      await colourOf('.own.reply .dot'),
      await colourOf('.inherited.reply .dot'),
      await colourOf('body'),
    ];
    await workbench.screenshot('panel-forced-colours');
    assert.equal(new Set([own, inherited, ground]).size, 3);
  });
});
