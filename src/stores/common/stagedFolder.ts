import { constants } from 'node:fs';
import { copyFile, mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { leadsOut } from './inside.ts';
import { hasCode } from './publish.ts';
import { temporaryName } from './temporaries.ts';

/**
 * Copies the files `names` from one folder into a new one that appears as `target` only after `publish` was done; what a
 * kill leaves is a leftover under a temporary name. Files that are lost stay lost, and names and links that lead elsewhere
 * are passed over. Throws what `publish` and the file system throw; then there is no `target`.
 */
export async function withCopies(
  from: string,
  target: string,
  names: Iterable<string>,
  publish: () => Promise<void>,
): Promise<void> {
  const staged = join(dirname(target), temporaryName(basename(target)));
  try {
    let copied = 0;
    for (const name of names) {
      copied += isPlain(name) && (await copyOne(from, staged, name)) ? 1 : 0;
    }
    await publish();
    if (copied > 0) {
      await rename(staged, target);
    }
  } finally {
    await rm(staged, { recursive: true, force: true });
  }
}

const isPlain = (name: string): boolean =>
  name !== '' && name !== '.' && name !== '..' && basename(name) === name;

async function copyOne(from: string, folder: string, name: string): Promise<boolean> {
  if (leadsOut(join(from, name), dirname(from))) {
    return false;
  }
  await mkdir(folder, { recursive: true, mode: 0o700 });
  try {
    await copyFile(
      join(from, name),
      join(folder, name),
      constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE,
    );
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) {
      return false;
    }
    throw error;
  }
}
