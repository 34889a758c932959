import type * as vscode from 'vscode';
import { loadServerLaunch, toolRunner } from './extension/mcpServer.ts';
import { storagePath } from './extension/places.ts';
import { createApi, type SessionForksApi } from './vscode/api.ts';
import { registerCommands } from './vscode/commands/registerCommands.ts';
import { registerDoors } from './vscode/doors/registerDoors.ts';
import { registerPanels } from './vscode/lazyPanels.ts';
import { once } from './vscode/once.ts';
import { registerReloadAdvice } from './vscode/reloadAdvice.ts';
import { registerTranscripts } from './vscode/transcript/registerTranscripts.ts';
import { registerTree } from './vscode/tree/registerTree.ts';

/** Registers the features. Stores, live agents and samples are loaded with the first use of one. */
export function activate(context: vscode.ExtensionContext): SessionForksApi {
  const load = once(async () => {
    const { makeServices } = await import('./extension/makeServices.ts');
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
