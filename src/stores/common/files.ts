import { type Dirent, readdirSync, type Stats } from 'node:fs';
import { appendFile, lstat, open, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errorText, SessionForksError } from '../../core/errors.ts';
import type { Problem } from '../../core/model.ts';
import { leadsOut, leadsOutText } from './inside.ts';
import { hasCode } from './publish.ts';

/**
 * The names in a folder, sorted. One that is missing is empty; one that cannot be read adds to `problems`. So does what is
 * left out: a link that leads out of `root`, the agent's folder in which all this stands, and a pipe or the like, which
 * would keep its reader waiting.
 */
export async function namesIn(
  folder: string,
  problems: Problem[],
  root = folder,
): Promise<readonly string[]> {
  try {
    if (folder !== root && leadsOut(folder, root)) {
      problems.push({ text: leadsOutText(folder) });
      return [];
    }
    const names: string[] = [];
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const text = isPlain(entry) ? undefined : await whyLeftOut(join(folder, entry.name), root);
      if (text === undefined) {
        names.push(entry.name);
      } else {
        problems.push({ text });
      }
    }
    return names.sort();
  } catch (error) {
    if (!hasCode(error, 'ENOENT') && !hasCode(error, 'ENOTDIR')) {
      problems.push({ text: `${folder} cannot be read: ${errorText(error)}` });
    }
    return [];
  }
}

const isPlain = (entry: Dirent | Stats): boolean => entry.isFile() || entry.isDirectory();

/** Undefined for a link to a file or folder inside, and for one that leads nowhere: using it says why. */
async function whyLeftOut(path: string, root: string): Promise<string | undefined> {
  const stats = await stat(path).catch(() => undefined);
  if (stats && !isPlain(stats)) {
    return `${path} is neither a file nor a folder, and is not read.`;
  }
  return leadsOut(path, root) ? leadsOutText(path) : undefined;
}

/** The text of a file beside sessions; empty when it is missing, cannot be read, is no file or leads out of `root`. */
export async function textInside(path: string, root: string): Promise<string> {
  return (await isFileInside(path, root)) ? readFile(path, 'utf8').catch(() => '') : '';
}

/** Whether a file is there that may be read: none that leads out of `root`, and no pipe. */
export async function isFileInside(path: string, root: string): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined);
  return stats?.isFile() === true && !leadsOut(path, root);
}

/** The session's file is not what was read before. */
export const rewritten = (): SessionForksError =>
  new SessionForksError(
    'fork_point_invalid',
    'The session was rewritten while it was read. Load it again and choose anew.',
  );

/** There is no session of this id, or none any more; `agent` is the agent's name. */
export const missingSession = (agent: string): SessionForksError =>
  new SessionForksError('no_such_session', `${agent} has no such session, or has it no longer.`);

/**
 * Why the file of a session was not read: `gone` when there is none any more, that it was stopped, else `no_such_session`
 * with the cause.
 */
export function readError(error: unknown, gone: SessionForksError): SessionForksError {
  if (error instanceof SessionForksError && error.code === 'cancelled') {
    return error;
  }
  return hasCode(error, 'ENOENT')
    ? gone
    : new SessionForksError('no_such_session', `The session cannot be read: ${errorText(error)}`, error);
}

/**
 * Appends a line, which brings its line end, to a file that exists. When the last line was torn off, a line end comes
 * first: the new line would be glued to it and lost with it. Throws what the file system throws.
 */
export async function appendLine(path: string, line: string): Promise<void> {
  await appendFile(path, (await endsLine(path)) ? line : `\n${line}`);
}

/** The same for a file in `root` that may be missing: then it is made, for its owner alone. Throws `not_supported`, too. */
export async function addLine(path: string, root: string, line: string): Promise<void> {
  const isThere = (await lstat(path).catch(() => undefined)) !== undefined;
  if (isThere && !(await isFileInside(path, root))) {
    throw new SessionForksError('not_supported', `${path} is no file of its folder, and is not written to.`);
  }
  await appendFile(path, '', { mode: 0o600 });
  await appendLine(path, line);
}

async function endsLine(path: string): Promise<boolean> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, Math.max(0, size - 1));
    return size === 0 || buffer[0] === 0x0a;
  } finally {
    await handle.close();
  }
}
