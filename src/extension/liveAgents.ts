import type * as vscode from 'vscode';
import type { LiveAgent } from '../core/liveAgent.ts';
import type { AgentId } from '../core/model.ts';
import type { ServerLaunch } from '../mcp/launch.ts';
import type { StoreEnvironment } from '../stores/index.ts';
import { settings } from '../vscode/settings.ts';
import { loadServerLaunch } from './mcpServer.ts';
import { versionOf } from './places.ts';
import { overRunningServers } from './runningServers.ts';
import { sampleRows } from './samples.ts';

/** All live agents by the agent's id, those of the samples among them. Nothing is started. */
export async function loadLiveAgents(
  context: vscode.ExtensionContext,
  log: vscode.LogOutputChannel,
  environment: StoreEnvironment,
): Promise<ReadonlyMap<AgentId, LiveAgent>> {
  const acp = await acpAgents(context, log);
  const { createMoltisAgent } = await import('../agents/moltis/index.ts');
  const { moltisGateway } = await import('../stores/moltis/index.ts');
  const moltis = createMoltisAgent({
    connect: moltisGateway(environment),
    setting: 'sessionForks.servers',
  });
  const agents = [...(await overRunningServers(acp, environment)), moltis];
  return new Map(agents.map((agent) => [agent.agent, agent]));
}

async function acpAgents(
  context: vscode.ExtensionContext,
  log: vscode.LogOutputChannel,
): Promise<readonly LiveAgent[]> {
  const { createAcpAgents, launchTable } = await import('../agents/acp/index.ts');
  const launch = await loadServerLaunch(context);
  return createAcpAgents({
    rows: [...launchTable, ...(await sampleRows(context, launchTable))],
    commands: (agent) => settings.commands()[agent],
    folders: (agent) => settings.folders()[agent],
    log: { line: (agent, text) => log.info(`${agent}: ${text}`), dispose: () => undefined },
    clientVersion: versionOf(context),
    env: process.env,
    mcpServers: (session) => (settings.agentTools() ? [toAcp(launch(session))] : []),
  });
}

const toAcp = ({ env, ...launch }: ServerLaunch) => ({
  ...launch,
  env: Object.entries(env).map(([name, value]) => ({ name, value })),
});
