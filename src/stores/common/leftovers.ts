import { rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isRunning } from './runningProcess.ts';
import { type Writer, writerOf } from './temporaries.ts';

/** By then a writer is gone, even where a process of another machine, or a later one of its number, runs. */
const forsakenMs = 24 * 60 * 60 * 1000;

/**
 * Clears away what killed processes left unfinished among these files of a folder. What `isPublished` names belongs to a session
 * that was published in its last moment, and gets the name it was made for. What cannot be changed stays for later.
 */
export async function clearLeftovers(
  folder: string,
  names: readonly string[],
  isPublished: (what: string) => boolean = () => false,
): Promise<void> {
  for (const name of names) {
    const writer = writerOf(basename(name));
    const path = writer ? join(folder, name) : '';
    if (writer && (await isGone(writer, path))) {
      const settled = isPublished(writer.what)
        ? rename(path, join(dirname(path), writer.what))
        : rm(path, { recursive: true, force: true });
      await settled.catch(keep);
    }
  }
}

/** Whether nobody writes any more what bears a temporary name. */
export async function isForsaken(path: string): Promise<boolean> {
  const writer = writerOf(basename(path));
  return writer !== undefined && (await isGone(writer, path));
}

async function isGone({ pid, isHere }: Writer, path: string): Promise<boolean> {
  if (isHere && !isRunning(pid)) {
    return true;
  }
  const stats = await stat(path).catch(keep);
  return stats !== undefined && Date.now() - stats.mtimeMs > forsakenMs;
}

const keep = (): undefined => undefined;
