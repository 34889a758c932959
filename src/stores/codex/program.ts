import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { StoreEnvironment } from '../index.ts';

/** Codex's own program, ready to be started with more arguments. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * The program by CODEX_PATH (the variable that @agentclientprotocol/codex-acp 2.6.0 reads, too), else `codex` on PATH;
 * undefined where there is none. Its home is set to `home`, whatever the environment says.
 */
export async function findProgram(
  { variables }: StoreEnvironment,
  home: string,
): Promise<Program | undefined> {
  const path = variables.CODEX_PATH || (await onPath(variables.PATH ?? ''));
  if (!path) {
    return undefined;
  }
  const env = { ...variables, CODEX_HOME: home };
  // The extension host's own executable runs a script as Node does when told so.
  return /\.[cm]?js$/.test(path)
    ? { command: process.execPath, args: [path], env: { ...env, ELECTRON_RUN_AS_NODE: '1' } }
    : { command: path, args: [], env };
}

async function onPath(path: string): Promise<string | undefined> {
  const name = process.platform === 'win32' ? 'codex.exe' : 'codex';
  for (const folder of path.split(delimiter).filter(Boolean)) {
    const candidate = join(folder, name);
    if (await isExecutable(candidate)) {
      return candidate;
    }
  }
  return undefined;
}

const isExecutable = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
