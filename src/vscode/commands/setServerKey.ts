import * as vscode from 'vscode';
import { SessionForksError } from '../../core/errors.ts';
import type { Agent } from '../../core/model.ts';
import type { Services } from '../services.ts';
import { t } from '../words.ts';

/** Asks for the key of an agent's server and keeps it as a secret. Throws `not_supported` when no agent has one. */
export async function setServerKey(services: Services): Promise<void> {
  const agents = services.catalog
    .stores()
    .filter((store) => store.takesServerKey)
    .map((store) => store.agent);
  const agent = await pickAgent(agents);
  const key = agent && (await askKey(agent));
  if (agent && key !== undefined) {
    await services.serverKeys.set(agent.id, key.trim());
    const done =
      key.trim() === ''
        ? t('The key of {0} was removed.', agent.name)
        : t('The key of {0} was kept.', agent.name);
    vscode.window.setStatusBarMessage(done, 5000);
  }
}

async function pickAgent(agents: readonly Agent[]): Promise<Agent | undefined> {
  if (agents.length === 0) {
    throw new SessionForksError('not_supported', t('No agent here has a server that takes a key.'));
  }
  if (agents.length === 1) {
    return agents[0];
  }
  const items = agents.map((agent) => ({ label: agent.name, agent }));
  return (await vscode.window.showQuickPick(items, { placeHolder: t('Which agent?') }))?.agent;
}

const askKey = (agent: Agent): Thenable<string | undefined> =>
  vscode.window.showInputBox({
    title: t('Key of {0}', agent.name),
    prompt: t('Kept in VS Code’s secret storage. Leave it empty to remove the key.'),
    password: true,
    ignoreFocusOut: true,
  });
