import * as vscode from 'vscode';
import { AsideForks, type AsideNotes } from '../core/asideForks.ts';
import { Catalog } from '../core/catalog.ts';
import { errorText } from '../core/errors.ts';
import { ForkService } from '../core/forkService.ts';
import type { LineageRecords } from '../core/lineage.ts';
import type { LiveAgent } from '../core/liveAgent.ts';
import { LiveLimit, limitedAgent } from '../core/liveLimit.ts';
import type { AgentId, SessionRef } from '../core/model.ts';
import { protectedAgent } from '../core/protectedAgent.ts';
import type { SessionStore } from '../core/store.ts';
import { type CommandArguments, runCommand } from './commands/commandTypes.ts';
import { folderWatcher } from './folderWatcher.ts';
import { LazyPanels } from './lazyPanels.ts';
import { once } from './once.ts';
import { serverKeys } from './serverKeys.ts';
import type { Services, SessionCommands, TreeDoor } from './services.ts';
import { settings } from './settings.ts';

/** What the composition root brings from the other rooms. */
export interface Parts {
  readonly context: vscode.ExtensionContext;
  readonly log: vscode.LogOutputChannel;
  readonly stores: readonly SessionStore[];
  /** The forks made here, for agents that keep no parent. */
  readonly lineage: LineageRecords;
  /** The throw-away forks that are not deleted yet. */
  readonly asideNotes: AsideNotes;
  readonly tree: TreeDoor;
  /** Called when the first panel is opened. */
  loadLiveAgents(): Promise<ReadonlyMap<AgentId, LiveAgent>>;
  /** Puts the sample sessions in place; again: leaves them as they are. */
  installSamples(): Promise<void>;
  /** Samples were asked for earlier, or by the way the window was started. */
  readonly samplesWanted: boolean;
}

/** Builds the services. Reads, watches and spawns nothing by itself. */
export function createServices(parts: Parts): Services {
  const { context, log, stores, tree } = parts;
  const catalog = new Catalog(stores, parts.lineage);
  const forkService = new ForkService(catalog);
  const { extensionUri, globalState, subscriptions } = context;
  const asides = new AsideForks(catalog, forkService, parts.asideNotes);
  const shared = { extensionUri, globalState, log, catalog, forkService, asides, commands };
  const panels = new LazyPanels(async () => ({
    ...shared,
    workspaceState: context.workspaceState,
    liveAgents: await loadGuarded(parts, catalog),
  }));
  subscriptions.push(catalog, asides, panels);
  const listed = once(async () => {
    if (parts.samplesWanted) {
      await parts.installSamples();
    }
    const tell = (error: unknown): void => log.warn(`Questions on the side: ${errorText(error)}`);
    await asides.hideLeft().catch(tell);
    await catalog.refresh();
    void asides.deleteLeft().catch(tell);
    subscriptions.push(catalog.watch(folderWatcher));
  });
  const openSamples = async (): Promise<void> => {
    await parts.installSamples();
    await listed();
    await catalog.refresh();
  };
  return { ...shared, panels, tree, serverKeys: serverKeys(context.secrets), made: [], listed, openSamples };
}

async function loadGuarded(parts: Parts, catalog: Catalog): Promise<ReadonlyMap<AgentId, LiveAgent>> {
  const agents = await parts.loadLiveAgents();
  const limit = new LiveLimit(settings.maxLiveAgents);
  return new Map(
    [...agents].map(([id, agent]) => [id, limitedAgent(protectedAgent(agent, catalog.store(id)), limit)]),
  );
}

// Through VS Code's commands, so that errors are shown at one place whoever calls.
const commands: SessionCommands = {
  fork: async ({ source, ...order }) => {
    const argument: CommandArguments['sessionForks.fork'] = { ...source, ...order };
    return vscode.commands.executeCommand('sessionForks.fork', argument);
  },
  open: async (session, message, top) => {
    await runCommand('sessionForks.open', {
      ...session,
      ...(message && { message }),
      ...(top !== undefined && { top }),
    });
  },
  openTranscript: async (session, message) => {
    await runCommand('sessionForks.openTranscript', { ...session, ...(message && { message }) });
  },
  showInTree: (session) => run('sessionForks.showInTree', session),
  rename: (session) => run('sessionForks.rename', session),
  remove: (session) => run('sessionForks.remove', session),
  resumeInTerminal: (session) => run('sessionForks.resumeInTerminal', session),
  copyResumeCommand: (session) => run('sessionForks.copyResumeCommand', session),
  undoFork: async () => {
    await runCommand('sessionForks.undoFork');
  },
  openSetting: async (setting) => {
    await runCommand('sessionForks.openSetting', setting);
  },
  showLog: async () => {
    await runCommand('sessionForks.showLog');
  },
};

type SessionCommandId =
  | 'sessionForks.showInTree'
  | 'sessionForks.rename'
  | 'sessionForks.remove'
  | 'sessionForks.resumeInTerminal'
  | 'sessionForks.copyResumeCommand';

async function run(id: SessionCommandId, session: SessionRef): Promise<void> {
  await runCommand(id, session);
}
