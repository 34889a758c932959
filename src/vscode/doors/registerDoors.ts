import * as vscode from 'vscode';
import type { LoadServices } from '../services.ts';
import { t } from '../words.ts';
import { type RunTool, registerTools } from './tools.ts';

/** How the MCP server is started. */
export interface ServerProgram {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** What the composition root brings for programs. */
export interface DoorParts {
  readonly load: LoadServices;
  readonly runTool: RunTool;
  readonly loadServer: () => Promise<ServerProgram>;
}

/** Registers links, language-model tools and the MCP server. Nothing is loaded or started before one is used. */
export const registerDoors = ({ load, runTool, loadServer }: DoorParts): vscode.Disposable =>
  vscode.Disposable.from(
    vscode.window.registerUriHandler({
      handleUri: async (uri) => (await import('./links.ts')).handleLink(await load(), uri),
    }),
    registerTools(load, runTool),
    vscode.lm.registerMcpServerDefinitionProvider('sessionForks.server', {
      provideMcpServerDefinitions: async () => [definitionOf(await loadServer())],
    }),
  );

const definitionOf = ({ command, args, env }: ServerProgram): vscode.McpStdioServerDefinition =>
  new vscode.McpStdioServerDefinition(t('Session Forks'), command, [...args], { ...env });
