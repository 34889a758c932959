/** Real agents in the chat panel of a real VS Code, told by their model to call branch_session, fork their own session. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Catalog } from '../../src/core/catalog.ts';
import { type SessionInfo, sessionKey } from '../../src/core/model.ts';
import { storeFactories } from '../../src/stores/index.ts';
import { branchingModel } from '../agents/support/branchingModel.ts';
import { type StubModel, startStubModel } from '../agents/support/stubModel.ts';
import {
  allowByNumber,
  firstPrompt,
  makeSessions,
  type RealAgent,
  realAgents,
} from './support/realAgents.ts';
import { openWorkbench, type Workbench } from './support/workbench.ts';

const branching = realAgents.filter(({ agent }) => agent === 'claude-code' || agent === 'qwen-code');
const order = 'Fork this session';
const titleBy = ({ name }: RealAgent): string => `Another way by ${name}`;
const patienceMs = 120_000;

let stub: StubModel;
let workbench: Workbench;
let variables: Readonly<Record<string, string>> = {};

before(async () => {
  stub = await startStubModel();
  workbench = await openWorkbench({
    settings: { 'remote.autoForwardPorts': false },
    prepare: async (folders) => {
      variables = await makeSessions(folders, stub, branching);
    },
    envIn: () => variables,
  });
  await workbench.tree.open();
});
after(async () => {
  await workbench?.dispose();
  await stub?.[Symbol.asyncDispose]();
});

const panel = () => workbench.webview();

describe('an agent in the chat panel forks its own session by branch_session', { concurrency: 1 }, () => {
  for (const agent of branching) {
    test(agent.name, { timeout: 3 * patienceMs }, () =>
      forkByItself(agent).catch(async (error: unknown) => {
        await workbench.screenshot(`failed-branch-session-${agent.agent}`);
        throw error;
      }),
    );
  }
});

async function forkByItself(agent: RealAgent): Promise<void> {
  stub.respond = branchingModel(order, titleBy(agent));
  await workbench.closeEditors();
  await workbench.tree.click(new RegExp(`, ${agent.name}, `));
  await panel().locator('article[data-number="2"]').waitFor();
  const composer = panel().getByRole('textbox', { name: 'Prompt' });
  await composer.fill(order);
  await composer.press('Enter');
  await panel().locator('.permission').getByText('branch_session').first().waitFor();
  await allowByNumber(workbench, panel().getByRole('radio', { name: agent.allow, exact: true }));
  await panel().getByText(`Reply to: ${order}, after`).waitFor();
  await workbench.tree.row(`${titleBy(agent)}, fork at message 2 of ${firstPrompt}, level 2, `).waitFor();
  await workbench.screenshot(`branch-session-${agent.agent}`);
  await assertStored(agent);
}

async function assertStored(agent: RealAgent): Promise<void> {
  const sessions = await stored(agent);
  const source = sessions.find(({ lineage }) => lineage === undefined) ?? assert.fail('no source');
  const child = sessions.find(({ title }) => title === titleBy(agent)) ?? assert.fail('no fork');
  assert.deepEqual(
    { ...child.lineage, messages: child.messageCount },
    { parent: source.ref, kind: 'fork', messages: 2, how: 'recorded' },
  );
  assert.notEqual(sessionKey(child.ref), sessionKey(source.ref));
}

/** The agent's sessions on disk, read by a store that VS Code knows nothing of. */
async function stored({ agent }: RealAgent): Promise<readonly SessionInfo[]> {
  const environment = { home: workbench.home, variables, folders: {} };
  const stores = storeFactories.map((make) => make(environment)).filter((store) => store.agent.id === agent);
  const catalog = new Catalog(stores);
  await catalog.refresh();
  return catalog.sessions();
}
