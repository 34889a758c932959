import { homedir } from 'node:os';
import * as vscode from 'vscode';
import { SessionForksError } from './core/errors.ts';
import type { AgentLog, LiveAgent, LiveSession } from './core/liveAgent.ts';
import { type AgentId, agentId } from './core/model.ts';
import type { SessionStore } from './core/store.ts';
import type { ServerLaunch } from './mcp/launch.ts';
import type { StoreEnvironment } from './stores/index.ts';
import { createApi, type SessionForksApi } from './vscode/api.ts';
import { registerCommands } from './vscode/commands/registerCommands.ts';
import { registerDoors } from './vscode/doors/registerDoors.ts';
import type { RunTool } from './vscode/doors/tools.ts';
import { registerPanels } from './vscode/lazyPanels.ts';
import { once } from './vscode/once.ts';
import { registerReloadAdvice } from './vscode/reloadAdvice.ts';
import { type ServerKeys, serverKeys } from './vscode/serverKeys.ts';
import type { Services } from './vscode/services.ts';
import { settings } from './vscode/settings.ts';
import { registerTranscripts } from './vscode/transcript/registerTranscripts.ts';
import { registerTree } from './vscode/tree/registerTree.ts';

const samplePrefix = 'sample-';
const sampleFormats = ['claude-code', 'qwen-code'] as const;
/** Remembers that the person wants the sample sessions. */
const samplesKey = 'samples';

/** Registers the features. Stores, live agents and samples are loaded with the first use of one. */
export function activate(context: vscode.ExtensionContext): SessionForksApi {
  const load = once(async () => {
    const services = await makeServices(context, tree.door);
    const { logForks } = await import('./vscode/doors/forkLog.ts');
    context.subscriptions.push(follow(services), logForks(services, storagePath(context, 'forks.jsonl')));
    return services;
  });
  const tree = registerTree(load);
  const { api, follow } = createApi(load);
  context.subscriptions.push(
    tree.disposable,
    registerCommands(load),
    registerTranscripts(load),
    registerPanels(load),
    registerReloadAdvice(),
    registerDoors({
      load,
      runTool: toolRunner(context),
      loadServer: () => loadServerLaunch(context).then((launch) => launch()),
    }),
  );
  return api;
}

async function makeServices(context: vscode.ExtensionContext, tree: Services['tree']): Promise<Services> {
  const { storeFactories } = await import('./stores/index.ts');
  const { openLineageFile } = await import('./stores/lineageFile.ts');
  const { catalogFiles } = await import('./stores/catalogFiles.ts');
  const { createServices } = await import('./vscode/createServices.ts');
  const home = vscode.Uri.joinPath(context.globalStorageUri, 'samples').fsPath;
  const own: StoreEnvironment = {
    home: homedir(),
    variables: process.env,
    folders: settings.folders(),
    commands: settings.commands(),
    allowStart,
    access: accessOf(serverKeys(context.secrets)),
  };
  const sample = { home, variables: {}, folders: {}, idPrefix: samplePrefix };
  const log = vscode.window.createOutputChannel('Session Forks', { log: true });
  context.subscriptions.push(log);
  return createServices({
    context,
    log,
    tree,
    lineage: await openLineageFile(storagePath(context, 'lineage.jsonl')),
    cache: catalogFiles(storagePath(context, 'lists'), String(context.extension.packageJSON.version)),
    stores: [
      ...storeFactories.map((make) => make(own)),
      ...storeFactories.map((make) => make(sample)).filter(isSample),
    ],
    loadLiveAgents: () => loadLiveAgents(context, log, home, own),
    samplesWanted: process.env.SESSION_FORKS_SAMPLES === '1' || context.globalState.get(samplesKey) === true,
    installSamples: async () => {
      const { installSamples } = await import('./sample/index.ts');
      const cwd = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? homedir();
      await installSamples({ home, cwd, now: Date.now() });
      await context.globalState.update(samplesKey, true);
    },
  });
}

/** Where an agent's server is and its key, as far as the person set them. */
const accessOf = (keys: ServerKeys) => async (agent: AgentId) => {
  const url = settings.servers()[agent];
  const key = await keys.get(agent);
  return { ...(url && { url }), ...(key && { key }) };
};

const isSample = ({ agent }: SessionStore): boolean =>
  sampleFormats.some((format) => agent.id === samplePrefix + format);

/** Throws in an untrusted folder: there sessions are read, and forked only without an agent's program. */
function allowStart(): void {
  if (!vscode.workspace.isTrusted) {
    const text = vscode.l10n.t('Trust this folder first: the agent’s own program is needed for this.');
    throw new SessionForksError('not_supported', text);
  }
}

async function loadLiveAgents(
  context: vscode.ExtensionContext,
  log: vscode.LogOutputChannel,
  samplesHome: string,
  own: StoreEnvironment,
): Promise<ReadonlyMap<AgentId, LiveAgent>> {
  const { createAcpAgents, launchTable } = await import('./agents/acp/index.ts');
  const { sampleAgentArguments } = await import('./sample/index.ts');
  const program = vscode.Uri.joinPath(context.extensionUri, 'dist', 'sampleAgent.js').fsPath;
  const samples = launchTable.flatMap((row) => {
    const format = sampleFormats.find((name) => name === row.agent);
    const args = format && sampleAgentArguments(format, samplesHome);
    return args ? [{ ...row, agent: agentId(samplePrefix + row.agent), command: program, args }] : [];
  });
  const version: unknown = context.extension.packageJSON.version;
  const agentLog: AgentLog = {
    line: (agent, text) => log.info(`${agent}: ${text}`),
    dispose: () => undefined,
  };
  const launch = await loadServerLaunch(context);
  const agents = createAcpAgents({
    rows: [...launchTable, ...samples],
    commands: (agent) => settings.command(agent),
    folders: (agent) => settings.folders()[agent],
    log: agentLog,
    clientVersion: String(version),
    env: process.env,
    mcpServers: (session) => [acpServer(launch(session))],
  });
  const { overRunningServers } = await import('./agents/qwenServe/index.ts');
  const { createMoltisAgent } = await import('./agents/moltis/index.ts');
  const { moltisGateway } = await import('./stores/moltis/index.ts');
  const moltis = createMoltisAgent({ connect: moltisGateway(own), setting: 'sessionForks.servers' });
  const access = accessOf(serverKeys(context.secrets));
  return new Map([...overRunningServers(agents, access), moltis].map((agent) => [agent.agent, agent]));
}

/** How our MCP server is started, for VS Code itself or for the session that an agent carries on. */
async function loadServerLaunch(
  context: vscode.ExtensionContext,
): Promise<(session?: LiveSession) => ServerLaunch> {
  const { serverLaunch } = await import('./mcp/launch.ts');
  return (session) =>
    serverLaunch({
      program: vscode.Uri.joinPath(context.extensionUri, 'dist', 'mcp.js').fsPath,
      variables: process.env,
      lineage: storagePath(context, 'lineage.jsonl'),
      folders: settings.folders(),
      commands: settings.commands(),
      linkBase: linkBase(context),
      ...(session && { self: selfOf(session) }),
    });
}

const selfOf = ({ agent, id, cwd }: LiveSession) => ({ agent, folder: cwd, ...(id && { session: id }) });

const acpServer = ({ env, ...launch }: ServerLaunch) => ({
  ...launch,
  env: Object.entries(env).map(([name, value]) => ({ name, value })),
});

const linkBase = ({ extension }: vscode.ExtensionContext): string =>
  `${vscode.env.uriScheme}://${extension.id}`;

const storagePath = ({ globalStorageUri }: vscode.ExtensionContext, name: string): string =>
  vscode.Uri.joinPath(globalStorageUri, name).fsPath;

/** The MCP server's tools on this window's own services. */
const toolRunner =
  (context: vscode.ExtensionContext): RunTool =>
  async ({ catalog, forkService }, name, input, signal) => {
    const { callTool } = await import('./mcp/tools.ts');
    const whenBusy = settings.whenBusy();
    const tools = { catalog, forkService, origin: 'tool', whenBusy, linkBase: linkBase(context) } as const;
    return callTool(tools, name, input, signal);
  };
