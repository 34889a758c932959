import { homedir } from 'node:os';
import * as vscode from 'vscode';
import { SessionForksError } from '../core/errors.ts';
import { keepList } from '../core/keptList.ts';
import type { AgentId } from '../core/model.ts';
import type { SessionStore } from '../core/store.ts';
import type { StoreEnvironment } from '../stores/index.ts';
import { createServices } from '../vscode/createServices.ts';
import { serverKeys } from '../vscode/serverKeys.ts';
import type { Services } from '../vscode/services.ts';
import { settings } from '../vscode/settings.ts';
import { programPath, storagePath, versionOf } from './places.ts';
import { installSamples, isSample, sampleEnvironment, samplesWanted } from './samples.ts';
import type { StoreWorker } from './storeWorker/storeWorker.ts';

/** Puts stores, live agents and samples together. Reads no session and starts nothing. */
export async function makeServices(
  context: vscode.ExtensionContext,
  tree: Services['tree'],
): Promise<Services> {
  const { storeFactories } = await import('../stores/index.ts');
  const { openLineageFile } = await import('../stores/lineageFile.ts');
  const { catalogFiles } = await import('../stores/catalogFiles.ts');
  const { asideNotes } = await import('../stores/asideNotes.ts');
  const own = ownEnvironment(context);
  const sample = sampleEnvironment(context);
  const log = vscode.window.createOutputChannel('Session Forks', { log: true });
  const lists = catalogFiles(storagePath(context, 'lists'), versionOf(context));
  const stores = [
    ...storeFactories.map((make) => make(own)),
    ...storeFactories.map((make) => make(sample)).filter(isSample),
  ];
  const worker = await storeWorker(context, log, own, stores);
  context.subscriptions.push(log, worker);
  return createServices({
    context,
    log,
    tree,
    lineage: await openLineageFile(storagePath(context, 'lineage.jsonl')),
    asideNotes: asideNotes(storagePath(context, 'asides')),
    stores: stores.map((store) => worker.store(keepList(store, lists))),
    loadLiveAgents: async () => (await import('./liveAgents.ts')).loadLiveAgents(context, log, own),
    samplesWanted: samplesWanted(context),
    installSamples: () => installSamples(context),
  });
}

/** The thread in which the stores work, so that VS Code's never waits for them; not started yet. */
async function storeWorker(
  context: vscode.ExtensionContext,
  log: vscode.LogOutputChannel,
  own: StoreEnvironment,
  stores: readonly SessionStore[],
): Promise<StoreWorker> {
  const { StoreWorker } = await import('./storeWorker/storeWorker.ts');
  const { allowStart, access, ...plain } = own;
  return new StoreWorker({
    program: programPath(context, 'stores.worker.js'),
    start: {
      environments: [{ ...plain, variables: { ...process.env } }, sampleEnvironment(context)],
      agents: stores.map(({ agent }) => agent.id),
      lists: storagePath(context, 'lists'),
      version: versionOf(context),
    },
    ...(allowStart && { allowStart }),
    ...(access && { access }),
    onLost: (reason) => log.warn(`Sessions are read in the extension host from now on: ${reason}`),
  });
}

function ownEnvironment({ secrets }: vscode.ExtensionContext): StoreEnvironment {
  const keys = serverKeys(secrets);
  return {
    home: homedir(),
    variables: process.env,
    folders: settings.folders(),
    commands: settings.commands(),
    allowStart,
    access: async (agent: AgentId) => {
      const url = settings.servers()[agent];
      const key = await keys.get(agent);
      return { ...(url && { url }), ...(key && { key }) };
    },
  };
}

/** Throws in an untrusted folder: there sessions are read, and forked only without an agent's program. */
function allowStart(): void {
  if (!vscode.workspace.isTrusted) {
    const text = vscode.l10n.t('Trust this folder first: the agent’s own program is needed for this.');
    throw new SessionForksError('not_supported', text);
  }
}
