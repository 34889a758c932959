import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { after, before, describe } from 'node:test';
import { type ModelRequest, type StubModel, spokenOf, startStubModel } from '../agents/support/stubModel.ts';
import {
  allowByNumber,
  editingModel,
  fileOf,
  firstPrompt,
  makeSessions,
  type RealAgent,
  realAgents,
  written,
} from './support/realAgents.ts';
import { stepsIn } from './support/step.ts';
import { openWorkbench, type Workbench } from './support/workbench.ts';

/** The panel of a real VS Code carries sessions on with the agents' real programs, which ask a stub model. */

let stub: StubModel;
let workbench: Workbench;
const wait = Promise.withResolvers<void>();
/** Four programs of some size start on a machine that may be busy. */
const patienceMs = 90_000;

before(async () => {
  stub = await startStubModel();
  let env: Readonly<Record<string, string>> = {};
  workbench = await openWorkbench({
    settings: { 'remote.autoForwardPorts': false },
    prepare: async (folders) => {
      env = await makeSessions(folders, stub);
    },
    envIn: () => env,
  });
  workbench.page.setDefaultTimeout(patienceMs);
  await workbench.tree.open();
});
after(async () => {
  wait.resolve();
  await workbench?.dispose();
  await stub?.[Symbol.asyncDispose]();
});

const panel = () => workbench.webview();
const message = (number: number) => panel().locator(`article[data-number="${number}"]`);
const composer = () => panel().getByRole('textbox', { name: 'Prompt' });
const card = () => panel().locator('.permission');
const modeButton = (mode: string) => panel().getByRole('button', { name: `Mode: ${mode}`, exact: true });

/** The last request whose newest words are this prompt. */
function requestFor(prompt: string): ModelRequest {
  const request = stub.mainRequests().findLast((it) => spokenOf(it).findLast(isPrompt)?.text === prompt);
  assert.ok(request, `the model was not asked: ${prompt}`);
  return request;
}

const isPrompt = ({ role }: { readonly role: string }): boolean => role === 'user';

const spoken = (request: ModelRequest): readonly string[] => spokenOf(request).map(({ text }) => text);

async function prompt(text: string): Promise<void> {
  await composer().fill(text);
  await composer().press('Enter');
}

/** The turn is over, and its last reply has the verb, which only stored messages have. */
async function stored(number: number): Promise<void> {
  await message(number).locator('button.verb').waitFor({ state: 'attached' });
}

for (const agent of realAgents) {
  describe(`${agent.name}, its real program in the panel`, { timeout: 3 * patienceMs }, () => walk(agent));
}

function walk(agent: RealAgent): void {
  const file = () => fileOf(workbench.workspace, agent);

  const step = stepsIn(() => workbench, agent.agent);

  before(async () => {
    stub.respond = editingModel(file(), wait.promise);
    await workbench.runCommand('View: Close All Editors');
    await workbench.tree.click(new RegExp(`, ${agent.name}, `));
    await message(2).waitFor();
  });

  step('answers a prompt: the model gets the stored turn and the prompt', async () => {
    await prompt('Second question');
    await panel().getByText('Reply to: Second question').waitFor();
    await stored(4);
    assert.deepEqual(spoken(requestFor('Second question')), [
      firstPrompt,
      `Reply to: ${firstPrompt}`,
      'Second question',
    ]);
  });

  step('asks before it edits, shows the diff, and edits once that is allowed by a number key', async () => {
    await chooseMode(agent.mode);
    await prompt('USE_EDIT for the third question');
    const option = card().getByRole('radio', { name: agent.allow, exact: true });
    await option.waitFor();
    await card().locator('.diff-line.added').getByText(written).waitFor();
    assert.equal(existsSync(file()), false, 'nothing is written before the answer');
    await workbench.screenshot(`permission-${agent.agent}`);
    await allowByNumber(workbench, option);
    await panel().getByText('after 1 tool result(s)').waitFor();
    assert.equal(readFileSync(file(), 'utf8'), `${written}\n`);
    await panel()
      .getByRole('button', { name: /^Edited/ })
      .waitFor();
  });

  step('stops a turn when the person says so', async () => {
    await prompt('WAIT with the fourth question');
    await panel().locator('.status').getByText('Working').waitFor();
    await panel().getByRole('button', { name: 'Stop', exact: true }).click();
    await panel().locator('.status').getByText('Stopped').waitFor();
  });

  step(
    'goes on in a fork: the model gets exactly what the fork kept, in the mode that the source shows',
    async () => {
      await message(4).hover();
      await message(4).getByRole('button', { name: 'Fork after this reply' }).click();
      await panel().getByText('at message 4').first().waitFor();
      await modeButton(agent.mode).waitFor();
      await prompt('Asked in the fork');
      await panel().getByText('Reply to: Asked in the fork').waitFor();
      await stored(6);
      await modeButton(agent.mode).waitFor();
      assert.deepEqual(spoken(requestFor('Asked in the fork')), [
        firstPrompt,
        `Reply to: ${firstPrompt}`,
        'Second question',
        'Reply to: Second question',
        'Asked in the fork',
      ]);
    },
  );
}

async function chooseMode(mode: string): Promise<void> {
  await panel().locator('[data-choice=setMode]').click();
  await panel().getByRole('menuitemradio', { name: mode }).first().click();
  await modeButton(mode).waitFor();
}
