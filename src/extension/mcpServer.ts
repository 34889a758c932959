import type * as vscode from 'vscode';
import type { LiveSession } from '../core/liveAgent.ts';
import type { ServerLaunch } from '../mcp/launch.ts';
import type { RunTool } from '../vscode/doors/tools.ts';
import { settings } from '../vscode/settings.ts';
import { linkBase, programPath, storagePath } from './places.ts';

/** How our MCP server is started, for VS Code itself or for the session that an agent carries on. */
export async function loadServerLaunch(
  context: vscode.ExtensionContext,
): Promise<(session?: LiveSession) => ServerLaunch> {
  const { serverLaunch } = await import('../mcp/launch.ts');
  return (session) =>
    serverLaunch({
      program: programPath(context, 'mcp.js'),
      variables: process.env,
      lineage: storagePath(context, 'lineage.jsonl'),
      folders: settings.folders(),
      commands: settings.commands(),
      linkBase: linkBase(context),
      ...(session && { self: selfOf(session) }),
    });
}

const selfOf = ({ agent, id, cwd }: LiveSession) => ({ agent, folder: cwd, ...(id && { session: id }) });

/** The MCP server's tools on this window's own services. */
export const toolRunner =
  (context: vscode.ExtensionContext): RunTool =>
  async ({ catalog, forkService }, name, input, signal) => {
    const { callTool } = await import('../mcp/tools.ts');
    const whenBusy = settings.whenBusy();
    const tools = { catalog, forkService, origin: 'tool', whenBusy, linkBase: linkBase(context) } as const;
    return callTool(tools, name, input, signal);
  };
