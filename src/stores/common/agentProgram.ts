import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { SessionForksError } from '../../core/errors.ts';
import type { StoreEnvironment } from '../index.ts';

export type Variables = Readonly<Record<string, string | undefined>>;

/** An agent's own program, ready to be started with more arguments. */
export interface AgentProgram {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Variables;
}

/** What to look for. */
export interface ProgramSearch {
  /** The agent's name as a person reads it, and the line that installs it. */
  readonly name: string;
  readonly install: string;
  /** The program's name without `.exe`. */
  readonly file: string;
  /** A variable that holds its path. */
  readonly variable: string;
  /** Folders where its installer puts it, looked at after PATH. */
  readonly folders: readonly string[];
}

/** What the person and the workspace say of starting an agent's program. */
export interface StartRules {
  /** The program in place of the one that would be found. */
  readonly configured: string | undefined;
  /** Throws where no program may be started. */
  readonly allowStart: () => void | Promise<void>;
}

/** The rules for one agent, by its id in the settings. */
export const startRules = ({ commands, allowStart }: StoreEnvironment, agent: string): StartRules => ({
  configured: commands?.[agent],
  allowStart: allowStart ?? (() => undefined),
});

/**
 * The program as the person set it, by its variable, on PATH or where its installer puts it. Throws `agent_missing`, and
 * what `allowStart` throws.
 */
export async function findAgentProgram(
  search: ProgramSearch,
  env: Variables,
  rules: StartRules,
): Promise<AgentProgram> {
  await rules.allowStart();
  const command = rules.configured || env[search.variable] || (await firstRunnable(search, env));
  if (!command) {
    const text = `${search.name} itself is needed for this and was not found. Run “${search.install}”, or put it on PATH.`;
    throw new SessionForksError('agent_missing', text);
  }
  // The extension host's own executable runs a script as Node does when told so.
  return /\.[cm]?js$/.test(command)
    ? {
        name: search.name,
        command: process.execPath,
        args: [command],
        env: { ...env, ELECTRON_RUN_AS_NODE: '1' },
      }
    : { name: search.name, command, args: [], env };
}

// `exec` keeps the program's number and leaves its output to it alone; only what the shell itself knows is used.
const watched =
  'exec 3<&0; { while read -r _; do :; done <&3; kill $$; } >/dev/null 2>&1 & exec "$0" "$@" 3<&- </dev/null';

/**
 * The program, ended with its input: one that reads none would run on for ever when the process that started it is
 * killed. As it is on Windows.
 */
export const endingWithInput = (program: AgentProgram): AgentProgram =>
  process.platform === 'win32'
    ? program
    : { ...program, command: '/bin/sh', args: ['-c', watched, program.command, ...program.args] };

async function firstRunnable({ file, folders }: ProgramSearch, env: Variables): Promise<string | undefined> {
  const name = process.platform === 'win32' ? `${file}.exe` : file;
  const onPath = (env.PATH ?? env.Path ?? '').split(delimiter).filter((folder) => folder !== '');
  for (const folder of [...onPath, ...folders]) {
    const candidate = join(folder, name);
    if (await isRunnable(candidate)) {
      return candidate;
    }
  }
  return undefined;
}

const isRunnable = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
