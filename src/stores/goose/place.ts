import { basename, dirname, isAbsolute, join } from 'node:path';
import { type StartRules, startRules, type Variables } from '../common/agentProgram.ts';
import type { StoreEnvironment } from '../index.ts';

/** Where goose keeps its sessions, and the variables by which its program finds the same ones (1.52.0). */
export interface Place {
  readonly home: string;
  readonly database: string;
  /** The folder of the database. */
  readonly folder: string;
  readonly variables: Variables;
  readonly rules: StartRules;
  /** The program can be told of this place; without, sessions here can only be read. */
  readonly isPrograms: boolean;
}

/**
 * By the person's setting (goose's data folder), GOOSE_PATH_ROOT, then the system's place for data: XDG_DATA_HOME or
 * `~/.local/share` (macOS, too), on Windows `%APPDATA%\Block`.
 */
export function placeOf(environment: StoreEnvironment, setting: string | undefined): Place {
  const { home, variables } = environment;
  const data = setting || standardData(environment);
  const folder = join(data, 'sessions');
  const told = setting ? variablesFor(setting) : {};
  return {
    home,
    folder,
    database: join(folder, 'sessions.db'),
    variables: { ...variables, ...told },
    rules: startRules(environment, 'goose'),
    isPrograms: told !== undefined,
  };
}

function standardData({ home, variables }: StoreEnvironment): string {
  const root = variables.GOOSE_PATH_ROOT;
  if (root && isAbsolute(root)) {
    return join(root, 'data');
  }
  if (process.platform === 'win32') {
    return join(variables.APPDATA || join(home, 'AppData', 'Roaming'), 'Block', 'goose', 'data');
  }
  return join(variables.XDG_DATA_HOME || join(home, '.local', 'share'), 'goose');
}

function variablesFor(data: string): Variables | undefined {
  switch (basename(data)) {
    case 'goose':
      return { XDG_DATA_HOME: dirname(data), GOOSE_PATH_ROOT: undefined };
    case 'data':
      return { GOOSE_PATH_ROOT: dirname(data) };
    default:
      return undefined;
  }
}
