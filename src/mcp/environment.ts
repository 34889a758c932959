import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { Catalog } from '../core/catalog.ts';
import { ForkService } from '../core/forkService.ts';
import { storeFactories } from '../stores/index.ts';
import { openLineageFile } from '../stores/lineageFile.ts';
import type { Self, ToolContext } from './toolContext.ts';
import { type Variables, variableNames } from './variables.ts';

const textsSchema = z.record(z.string(), z.string());

/** Stores, catalog and fork service as the server's environment says. Reads nothing but the file of recorded forks. */
export async function contextFrom(variables: Variables): Promise<ToolContext> {
  const home = variables.HOME ?? variables.USERPROFILE ?? homedir();
  const folders = textsIn(variables[variableNames.folders]);
  const commands = textsIn(variables[variableNames.commands]);
  const stores = storeFactories.map((make) => make({ home, variables, folders, commands }));
  const lineage = variables[variableNames.lineage] ?? join(stateFolder(home, variables), 'lineage.jsonl');
  const catalog = new Catalog(stores, await openLineageFile(lineage));
  const self = selfFrom(variables);
  return {
    catalog,
    forkService: new ForkService(catalog),
    origin: 'mcp',
    whenBusy: 'lastFinishedTurn',
    linkBase: variables[variableNames.linkBase] ?? 'vscode://session-forks.session-forks',
    ...(self && { self }),
  };
}

function textsIn(json: string | undefined): Readonly<Record<string, string>> {
  try {
    return textsSchema.parse(JSON.parse(json ?? '{}'));
  } catch {
    // Not ours to repair: the agents' own folders and programs are right for almost everybody.
    return {};
  }
}

function selfFrom(variables: Variables): Self | undefined {
  const agent = variables[variableNames.agent];
  const session = variables[variableNames.session];
  const folder = variables[variableNames.folder];
  return agent ? { agent, ...(session && { session }), ...(folder && { folder }) } : undefined;
}

/** Where a server that nobody told of the extension's storage keeps the forks it makes. */
function stateFolder(home: string, variables: Variables): string {
  if (process.platform === 'win32') {
    return join(variables.LOCALAPPDATA ?? join(home, 'AppData', 'Local'), 'session-forks');
  }
  return join(variables.XDG_STATE_HOME ?? join(home, '.local', 'state'), 'session-forks');
}
