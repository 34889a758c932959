import type { Self } from './toolContext.ts';
import { type Variables, variableNames } from './variables.ts';

/** How to start the MCP server: a program with an argument list, never a shell line. */
export interface ServerLaunch {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface LaunchOptions {
  /** The server's file, `dist/mcp.js`. */
  readonly program: string;
  /** The environment of whoever starts it, of which only folders and paths are handed on. */
  readonly variables: Variables;
  readonly lineage: string;
  readonly folders: Readonly<Record<string, string>>;
  readonly commands: Readonly<Record<string, string>>;
  readonly linkBase: string;
  /** The session that “this” will mean. */
  readonly self?: Self;
}

/** Agents start their servers with next to no environment, so that the homes must be handed on; keys must not. */
const handedOn = /^(HOME|USERPROFILE|PATH|APPDATA|LOCALAPPDATA|SystemRoot)$|_(HOME|DIR|ROOT|DB|PATH)$/iu;

/** The launch of a server that runs on the program which runs this, be it Node or VS Code. */
export function serverLaunch(options: LaunchOptions): ServerLaunch {
  const { program, variables, lineage, folders, commands, linkBase, self } = options;
  const env = {
    ...Object.fromEntries(Object.entries(variables).filter(([name]) => handedOn.test(name))),
    // Inside VS Code the running program is Electron: this variable makes it behave as plain Node.
    ELECTRON_RUN_AS_NODE: '1',
    [variableNames.lineage]: lineage,
    [variableNames.folders]: JSON.stringify(folders),
    [variableNames.commands]: JSON.stringify(commands),
    [variableNames.linkBase]: linkBase,
    [variableNames.agent]: self?.agent,
    [variableNames.session]: self?.session,
    [variableNames.folder]: self?.folder,
  };
  return { name: 'session-forks', command: process.execPath, args: [program], env: withoutGaps(env) };
}

const withoutGaps = (env: Variables): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
