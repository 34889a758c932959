import { constants } from 'node:fs';
import { access, readFile, stat } from 'node:fs/promises';
import { delimiter, dirname, isAbsolute, join, resolve, sep } from 'node:path';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A program that can be started without a shell: its file, and the arguments that come before the agent's own. */
export interface Program {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Finds a command as a terminal would: a path as it is, a name on PATH.
 * Returns undefined when there is no such program.
 */
export async function findProgram(command: string, env: Environment): Promise<Program | undefined> {
  for (const candidate of candidates(command, env)) {
    if (await isRunnable(candidate)) {
      return toProgram(candidate);
    }
  }
  return undefined;
}

function candidates(command: string, env: Environment): readonly string[] {
  const isPath = isAbsolute(command) || command.includes('/') || command.includes(sep);
  const folders = (env.PATH ?? env.Path ?? '').split(delimiter).filter((folder) => folder !== '');
  const bases = isPath ? [resolve(command)] : folders.map((folder) => join(folder, command));
  return bases.flatMap((base) => endings().map((ending) => base + ending));
}

const endings = (): readonly string[] => (process.platform === 'win32' ? ['.exe', '.cmd', ''] : ['']);

async function isRunnable(file: string): Promise<boolean> {
  try {
    await access(file, isNodeScript(file) ? constants.R_OK : constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}

async function toProgram(file: string): Promise<Program> {
  const script = isNodeScript(file) ? file : await shimScript(file);
  return script === undefined ? { file, args: [], env: {} } : nodeProgram(script);
}

const isNodeScript = (file: string): boolean => /\.m?js$/i.test(file);

/** Inside VS Code the running program is Electron: this variable makes it behave as plain Node. */
const nodeProgram = (script: string): Program => ({
  file: process.execPath,
  args: [script],
  env: { ELECTRON_RUN_AS_NODE: '1' },
});

/** npm's shims on Windows are batch files, which only a shell can run: the script they name is run instead. */
async function shimScript(file: string): Promise<string | undefined> {
  return /\.cmd$/i.test(file) ? scriptOfShim(await readFile(file, 'utf8'), dirname(file)) : undefined;
}

/** The script that an npm shim starts, from the shim's text and its folder. */
export function scriptOfShim(text: string, folder: string): string | undefined {
  const match = /"%(?:~dp0|dp0%)\\?([^"%]+\.m?js)"/i.exec(text);
  return match?.[1] === undefined ? undefined : join(folder, ...match[1].split('\\'));
}
