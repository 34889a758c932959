import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { isRunning } from '../../src/stores/common/runningProcess.ts';
import { until } from '../agents/support/until.ts';
import { ensureFolder } from '../setup/paths.ts';
import { changeFolderSettings } from './support/folderSettings.ts';
import { type Mood, moodsEnv, moodyAgent, noted, runningAgents, setMood } from './support/moods.ts';
import { sampleHashes } from './support/sampleFiles.ts';
import { stepsIn } from './support/step.ts';
import { takePictures } from './support/themes.ts';
import { type Folders, openWorkbench, type Workbench } from './support/workbench.ts';

/** What can befall an agent in the panel of a real VS Code, and how its person goes on. A scripted agent has the moods. */

let workbench: Workbench;
const step = stepsIn(() => workbench, 'life');

before(async () => {
  workbench = await openWorkbench({
    samples: true,
    settings: { 'remote.autoForwardPorts': false },
    prepare: (folders) => {
      setMood(folders, {});
      makePrograms(folders);
      useAgent(folders, moodyAgent);
    },
    envIn: moodsEnv,
  });
  await workbench.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await workbench.tree.open();
  await workbench.tree.row('Migration first').waitFor();
});
after(() => workbench?.dispose());
beforeEach(() => setMood(workbench, {}));

const panel = () => workbench.webview();
const composer = () => panel().getByRole('textbox', { name: 'Prompt' });
const notice = (title: string | RegExp) => panel().getByRole('region', { name: title });
const button = (name: string) => panel().getByRole('button', { name, exact: true });
const waiting = (text: string) =>
  panel()
    .getByRole('list', { name: 'Prompts that wait for you' })
    .getByRole('listitem')
    .filter({ hasText: text });
const title = () => panel().locator('.this-title');
const copied = () => workbench.page.evaluate(() => navigator.clipboard.readText());
const answered = (prompt: string) => panel().getByText(`You asked: “${prompt}”`).first().waitFor();

async function prompt(text: string): Promise<void> {
  await composer().fill(text);
  await composer().press('Enter');
}

/** Opens the session alone; the agents of all others are gone. */
async function open(name: string): Promise<void> {
  await closeBottom();
  await workbench.closeEditors();
  await until(() => runningAgents(workbench).length === 0);
  await workbench.tree.click(name);
  await title().getByText(name, { exact: true }).waitFor();
}

/** Closes what a test before left below the editors. */
async function closeBottom(): Promise<void> {
  const bottom = workbench.page.locator('.part.panel');
  if (await bottom.isVisible()) {
    await workbench.runCommand('View: Hide Panel');
    await bottom.waitFor({ state: 'hidden' });
  }
}

function useAgent(folders: Pick<Folders, 'workspace'>, program: string): void {
  const commands = { 'sample-claude-code': program, 'sample-qwen-code': program };
  changeFolderSettings(folders, { 'sessionForks.commands': commands });
}

/** Programs that a terminal finds; each notes how it was called, and in which folder. */
function makePrograms({ home }: Folders): void {
  const bin = ensureFolder(home, 'bin');
  writeFileSync(join(home, '.profile'), 'PATH="$HOME/bin:$PATH"\n');
  for (const name of ['claude', 'npm']) {
    const file = join(bin, name);
    const call = `printf '%s\\n' "${name} $*" "in $PWD" | tee -a "$HOME/calls"`;
    writeFileSync(file, `#!/bin/sh\n${call}\nexec sleep 60\n`);
    chmodSync(file, 0o755);
  }
}

/** Waits until a program was called so. */
function called(call: string): Promise<void> {
  const file = join(workbench.home, 'calls');
  return until(() => existsSync(file) && readFileSync(file, 'utf8').includes(`${call}\n`));
}

/** The id of the session that the agent was asked last to go on with. */
function lastOpened(): string {
  const { params } = noted(workbench).findLast(({ method }) => method === 'session/resume') ?? assert.fail();
  return String(params.sessionId);
}

/** The transcript that holds this session. */
function fileOf(id: string): string {
  const path = [...sampleHashes(workbench).keys()].find((it) => it.includes(id)) ?? assert.fail();
  return join(dirname(workbench.home), path);
}

async function chooseAction(name: string): Promise<void> {
  await button('More actions').click();
  await panel().getByRole('menuitem', { name, exact: true }).click();
}

const requests = (method: string) => noted(workbench).filter((it) => it.method === method);

step('an agent that is missing: how to install it, and the prompt goes once it is there', async () => {
  useAgent(workbench, '/no/such/program');
  await open('Opaque tokens');
  await prompt('Try it once more.');
  const missing = notice('Claude Code is not installed');
  await missing.getByText('You can read and fork here. To go on, install it:').waitFor();
  await waiting('Try it once more.').waitFor();
  await takePictures(workbench, 'life-missing');
  await missing.getByRole('button', { name: 'Copy', exact: true }).click();
  const install = 'npm install -g @agentclientprotocol/claude-agent-acp';
  await until(async () => (await copied()) === install);
  await button('Install in Terminal').click();
  await called(install);
  await button('Set Path…').click();
  await workbench.page.getByRole('dialog').getByText('Session Forks: Commands').waitFor();
  await workbench.closeModal();
  useAgent(workbench, moodyAgent);
  await until(async () => {
    await button('Check Again')
      .click({ timeout: 1000 })
      .catch(() => undefined);
    return !(await missing.isVisible());
  });
  await answered('Try it once more.');
  await waiting('Try it once more.').waitFor({ state: 'detached' });
});

const signIn: Mood['signIn'] = {
  methods: [
    { id: 'browser', name: 'Log in with a browser', description: 'Opens the page of your account' },
    { id: 'key', name: 'API key' },
  ],
  works: 'key',
  refusal: 'The browser was closed before you were logged in.',
};

step(
  'an agent that wants a sign-in shows its own ways, numbered; the one that works sends the prompt',
  async () => {
    setMood(workbench, { signIn });
    await open('Sign with EdDSA');
    await prompt('Which key is used?');
    const card = notice('Sign in to Claude Code');
    await card.getByText('Session Forks never sees your key.').waitFor();
    const ways = await card.getByRole('radio').allInnerTexts();
    assert.deepEqual(
      ways.map((way) => way.split(/\s*\n\s*/)),
      [
        ['1', 'Log in with a browser', 'Opens the page of your account'],
        ['2', 'API key'],
      ],
    );
    await takePictures(workbench, 'life-sign-in');
    await card.getByRole('radio').first().focus();
    await workbench.page.keyboard.press('1');
    const refused = notice('Claude Code could not go on');
    await refused.getByText('The browser was closed before you were logged in.').waitFor();
    await workbench.screenshot('life-sign-in-refused');
    await button('Retry').click();
    await card.getByRole('radio').first().focus();
    await workbench.page.keyboard.press('2');
    await answered('Which key is used?');
  },
);

const noCredit = {
  code: -32603,
  message: 'Internal error',
  data: { details: 'Your credit balance is too low for this model.', errorKind: 'billing_error' },
};
const models = [
  { value: 'large', name: 'Large' },
  { value: 'small', name: 'Small' },
];
const modelOptions = (chosen: string) => ({
  configOptions: [
    { id: 'model', name: 'Model', category: 'model', type: 'select', currentValue: chosen, options: models },
  ],
});

step(
  'an agent without credit says so in its own words; “Fork and Change Model” takes the prompt along',
  async () => {
    const add = { 'session/resume': modelOptions('large') };
    setMood(workbench, { add, refuse: { 'session/prompt': noCredit } });
    await open('Bump Node to 24');
    await prompt('Which version is current?');
    const card = notice('Out of credit');
    await card.getByText('Your credit balance is too low for this model.').waitFor();
    await waiting('Which version is current?').waitFor();
    await takePictures(workbench, 'life-credit');
    const refused = requests('refused').length;
    await button('Retry').click();
    await until(() => requests('refused').length > refused);
    await waiting('Which version is current?').waitFor();
    setMood(workbench, { add, answer: { 'session/set_config_option': modelOptions('small') } });
    await button('Fork and Change Model').click();
    await panel()
      .getByText(/^From message \d+ of Bump Node to 24\. Nothing is sent yet\.$/)
      .waitFor();
    assert.equal(await composer().inputValue(), 'Which version is current?');
    await button('Model: Large').click();
    await panel().getByRole('menuitemradio', { name: 'Small' }).click();
    await button('Model: Small').waitFor();
    await workbench.screenshot('life-credit-fork');
    await composer().press('Enter');
    await answered('Which version is current?');
    const order = noted(workbench).map(({ method }) => method);
    assert.ok(order.lastIndexOf('session/set_config_option') < order.lastIndexOf('session/prompt'));
    await workbench.page
      .getByRole('tab', { name: /^Bump Node to 24/ })
      .first()
      .click();
    await composer().waitFor();
    assert.equal(await panel().locator('.queued').count(), 0, 'the prompt went along');
  },
);

step('a model that fails says so in its own words, and Retry sends the prompt again', async () => {
  setMood(workbench, { refuse: { 'session/prompt': { code: -32603, message: 'The model is overloaded.' } } });
  await open('Move logging to pino');
  await prompt('Is pino faster?');
  const card = notice('Qwen Code could not go on');
  await card.getByText('The model is overloaded.').waitFor();
  await waiting('Is pino faster?').waitFor();
  await takePictures(workbench, 'life-model-error');
  setMood(workbench, {});
  await button('Retry').click();
  await answered('Is pino faster?');
  await card.waitFor({ state: 'detached' });
});

step(
  'an agent that crashes: the log, a terminal that resumes the child, and a new start that sends the prompt',
  async () => {
    await open('Redis allow-list');
    const parent = await title().innerText();
    await button('Fork').click();
    await panel().getByText(`Forked from ${parent} at message`).first().waitFor();
    setMood(workbench, { exitAt: 'session/prompt' });
    await prompt('And now?');
    const card = notice('Claude Code ended (exit code 1)');
    await card.getByText(/^The conversation is stored up to message \d+\.$/).waitFor();
    await waiting('And now?').waitFor();
    await takePictures(workbench, 'life-crashed');
    await button('Show Log').click();
    // This host writes no logs: what stands in the channel is not to be seen here.
    const channel = workbench.page.locator('.part.panel select').first();
    await until(async () => (await channel.inputValue()) === 'Session Forks');
    await button('Resume in Terminal').click();
    await called(`claude --resume ${lastOpened()}\nin ${workbench.workspace}`);
    // The terminal that installed the agent may still be there, behind this one.
    await workbench.page.locator('.part.panel .xterm:visible').first().waitFor();
    await workbench.screenshot('life-terminal');
    setMood(workbench, {});
    await button('Start Again').click();
    await answered('And now?');
    await chooseAction('Copy Resume Command');
    const line = `cd ${workbench.workspace} && claude --resume ${lastOpened()}`;
    await until(async () => (await copied()) === line);
  },
);

const bypassModes = {
  modes: {
    currentModeId: 'bypassPermissions',
    availableModes: [
      { id: 'default', name: 'Ask before edits' },
      { id: 'bypassPermissions', name: 'Bypass permissions' },
    ],
  },
};
const bypassing: Mood = { add: { 'session/resume': bypassModes }, answer: { 'session/set_mode': {} } };

/** The modes that agents were set to since then, and the prompts they got. */
const rightsSince = (count: number) =>
  noted(workbench)
    .slice(count)
    .flatMap(({ method, params }) =>
      method === 'session/set_mode' ? [params.modeId] : method === 'session/prompt' ? ['prompt'] : [],
    );

step('a bypass is never taken over silently: the agent asks until the person takes it', async () => {
  setMood(workbench, bypassing);
  await open('Rotate tokens');
  const before = noted(workbench).length;
  await prompt('Rotate them twice.');
  const card = notice('This fork starts in Ask before edits; the source ran in Bypass permissions.');
  await card.waitFor();
  await answered('Rotate them twice.');
  assert.deepEqual(rightsSince(before), ['default', 'prompt']);
  await button('Mode: Ask before edits').waitFor();
  await takePictures(workbench, 'life-bypass');
  await button('Keep').click();
  await card.waitFor({ state: 'detached' });
  await button('Mode: Ask before edits').waitFor();
});

step('a bypass that the person takes holds for this session, and its fork asks again', async () => {
  setMood(workbench, bypassing);
  await open('Add OAuth login');
  const before = noted(workbench).length;
  await prompt('Log in by mail, too.');
  await notice('This session starts in Ask before edits; it ran in Bypass permissions before.').waitFor();
  await answered('Log in by mail, too.');
  await button('Use Bypass permissions').click();
  await button('Mode: Bypass permissions').waitFor();
  assert.deepEqual(rightsSince(before), ['default', 'prompt', 'bypassPermissions']);
  await button('Fork').click();
  await panel().getByText('Forked from Add OAuth login at message').first().waitFor();
  await prompt('Log in by phone, too.');
  await notice('This fork starts in Ask before edits; the source ran in Bypass permissions.').waitFor();
  await answered('Log in by phone, too.');
  assert.deepEqual(rightsSince(before).slice(3), ['default', 'prompt']);
});

step('each panel has an agent of its own, which ends with it, and after a while without work', async () => {
  await open('Opaque tokens');
  await prompt('slow 300, one');
  await panel().getByText('Step 1 of').waitFor();
  const [first = assert.fail()] = runningAgents(workbench);
  await workbench.tree.click('Sign with EdDSA');
  await title().getByText('Sign with EdDSA').waitFor();
  await prompt('Which key is used now?');
  await answered('Which key is used now?');
  const [second = assert.fail()] = runningAgents(workbench).filter((pid) => pid !== first);
  assert.ok(isRunning(first), 'the other panel’s turn goes on behind this one');
  await workbench.page.getByRole('tab', { name: /^Opaque tokens/ }).click();
  await panel().getByText('Step 1 of').waitFor();
  await workbench.page.keyboard.press('Control+w');
  await until(() => !isRunning(first));
  assert.ok(isRunning(second), 'the panel that stays keeps its agent');
  changeFolderSettings(workbench, { 'sessionForks.endIdleAgentsAfter': 0.02 });
  await prompt('And which was before?');
  await answered('And which was before?');
  await until(() => !isRunning(second));
  await prompt('Still there?');
  await answered('Still there?');
  changeFolderSettings(workbench, { 'sessionForks.endIdleAgentsAfter': 30 });
});

/** Where the messages stand that are seen, by their numbers. */
const seenTops = (): Promise<Record<string, number>> =>
  panel()
    .locator('.scroller')
    .evaluate((log) => {
      const { top, bottom } = log.getBoundingClientRect();
      const seen = [...log.querySelectorAll('article')].map((it) => [
        it.dataset.number,
        it.getBoundingClientRect().top,
      ]);
      return Object.fromEntries(seen.filter(([, at]) => Number(at) > top && Number(at) < bottom));
    });

/** What a person leaves: a turn that runs, prompts behind it, one half written, and the log not at its end. */
interface Left {
  readonly session: string;
  readonly queue: readonly string[];
  readonly draft: string;
  /** The number of the first message that is seen, and where it stands. */
  readonly place: readonly [string, number];
  readonly agents: readonly number[];
}

const running = 'Work for long.';

async function leave(session: string, queue: readonly string[], draft: string): Promise<Left> {
  setMood(workbench, { silentAt: 'session/prompt' });
  await open(session);
  await prompt(running);
  await panel().locator('.status').getByText('Working').waitFor();
  for (const text of queue) {
    await prompt(text);
    await panel().getByRole('list', { name: 'Queued prompts' }).getByText(text).waitFor();
  }
  await composer().fill(draft);
  // Until the log has left its end it follows what comes, and takes a scroll back.
  await until(async () => {
    await panel()
      .locator('.scroller')
      .evaluate((log) => log.scrollBy(0, -120));
    return button('Jump to latest').isVisible();
  });
  const [place = assert.fail()] = Object.entries(await seenTops());
  return { session, queue, draft, place, agents: runningAgents(workbench) };
}

/** All that was left is there again; its agent is gone, and no other one has been started. */
async function isBack({ session, queue, draft, place, agents }: Left): Promise<void> {
  await workbench.tree.open();
  await title().getByText(session, { exact: true }).waitFor();
  for (const text of [running, ...queue]) {
    await waiting(text).waitFor();
  }
  await panel().getByText('Not sent. This waits for you:').waitFor();
  assert.equal(await composer().inputValue(), draft);
  const [number, top] = place;
  await until(async () => Math.abs(((await seenTops())[number] ?? Number.NaN) - top) < 3);
  assert.equal(agents.length, 1);
  await until(() => runningAgents(workbench).length === 0);
}

step(
  'a reload brings the child back in its place; what was not sent waits for the person, and is sent by them',
  async () => {
    const left = await leave('Migration first', ['then tidy up', 'then sum up'], 'half a thought');
    const count = noted(workbench).length;
    await workbench.reload();
    await isBack(left);
    await takePictures(workbench, 'life-queue');
    assert.equal(noted(workbench).length, count, 'nothing is sent or started by itself');
    setMood(workbench, {});
    for (const text of [running, 'then sum up']) {
      await waiting(text).getByRole('button', { name: 'Drop' }).click();
      await waiting(text).waitFor({ state: 'detached' });
    }
    await button('Send Queued').click();
    await answered('then tidy up');
    await panel().locator('.queue').waitFor({ state: 'detached' });
  },
);

step('VS Code that is ended and started again brings all of that back, too', async () => {
  const left = await leave('Mock the clock', ['then tidy up'], 'another thought');
  await workbench.restart();
  await isBack(left);
});

step('what waited in a panel that the person closes is gone, as its draft is', async () => {
  await open('Mock the clock');
  await composer().waitFor();
  assert.equal(await panel().locator('.queue').count(), 0);
  assert.equal(await composer().inputValue(), '');
});

step('a title typed behind /fork comes back when the fork fails', async () => {
  await open('Use node:sqlite');
  await prompt('Is it built in?');
  await answered('Is it built in?');
  // The agent writes its file until its turn is over, and would make it anew.
  await panel().locator('.status').getByText('Working').waitFor({ state: 'detached' });
  rmSync(fileOf(lastOpened()));
  await prompt('/fork Slower runner');
  await until(async () => (await composer().inputValue()) === '/fork Slower runner');
  await workbench.screenshot('life-fork-failed');
});

test('nothing but the fork of a deleted session reported an error', () => {
  // Whether the list or the file tells first; and a page that goes while VS Code is ended misses what it was loading.
  const expected =
    /^Claude Code has no such session, or has it no longer\.$|^This session is not there any more\.|Webview\.loadLocalResource - Error using fileReader/;
  const others = workbench.errors.filter((text) => !expected.test(text));
  assert.deepEqual(others, []);
});
