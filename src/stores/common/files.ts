import type { Dirent } from 'node:fs';
import { appendFile, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { errorText, SessionForksError } from '../../core/errors.ts';
import type { Problem, SessionId } from '../../core/model.ts';
import { leadsOut, leadsOutText } from './inside.ts';
import { hasCode } from './publish.ts';

/**
 * The names in a folder, sorted. One that is missing is empty; one that cannot be read adds to `problems`, and so does a
 * link that leads out of `root`, the agent's folder in which it stands: that one is left out.
 */
export async function namesIn(
  folder: string,
  problems: Problem[],
  root = folder,
): Promise<readonly string[]> {
  try {
    if (folder !== root && (await leadsOut(folder, root))) {
      problems.push({ text: leadsOutText(folder) });
      return [];
    }
    const entries = await readdir(folder, { withFileTypes: true });
    const out = await outOf(root, folder, entries);
    problems.push(...out.map((name) => ({ text: leadsOutText(join(folder, name)) })));
    return entries.flatMap(({ name }) => (out.includes(name) ? [] : [name])).sort();
  } catch (error) {
    if (!hasCode(error, 'ENOENT') && !hasCode(error, 'ENOTDIR')) {
      problems.push({ text: `${folder} cannot be read: ${errorText(error)}` });
    }
    return [];
  }
}

async function outOf(root: string, folder: string, entries: readonly Dirent[]): Promise<readonly string[]> {
  const out: string[] = [];
  for (const entry of entries) {
    if (entry.isSymbolicLink() && (await leadsOut(join(folder, entry.name), root))) {
      out.push(entry.name);
    }
  }
  return out;
}

/** Why the file of a session was not read: `gone` when there is none any more, else `no_such_session` with the cause. */
export const readError = (id: SessionId, error: unknown, gone: SessionForksError): SessionForksError =>
  hasCode(error, 'ENOENT')
    ? gone
    : new SessionForksError('no_such_session', `Session ${id} cannot be read: ${errorText(error)}`, error);

/**
 * Appends a line, which brings its line end, to a file that exists. When the last line was torn off, a line end comes
 * first: the new line would be glued to it and lost with it. Throws what the file system throws.
 */
export async function appendLine(path: string, line: string): Promise<void> {
  await appendFile(path, (await endsLine(path)) ? line : `\n${line}`);
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
