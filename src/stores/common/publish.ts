import { type FileHandle, link, mkdir, open, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { v4 as uuid } from 'uuid';
import { SessionForksError } from '../../core/errors.ts';
import { PieceWriter } from './bytesWriter.ts';
import { temporaryName } from './temporaries.ts';

export { temporaryPrefix } from './temporaries.ts';

/**
 * Writes a file whole or not at all: to a temporary file (mode 0600) beside `target`, fsynced, then linked to the
 * name, which must not exist yet. Throws `collision` when it does, else what the file system throws; either way
 * nothing is left behind.
 */
export async function publishFile(
  target: string,
  chunks: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>,
): Promise<void> {
  const folder = dirname(target);
  await mkdir(folder, { recursive: true });
  const temporary = join(folder, temporaryName(uuid()));
  // Only what was made here is deleted in the end.
  const handle = await open(temporary, 'wx', 0o600);
  try {
    await writeWhole(handle, chunks);
    await linkNew(temporary, target);
  } finally {
    // What cannot be deleted any more is cleared away by a later start: it says nothing of the file.
    await unlink(temporary).catch(ignored);
  }
  try {
    await syncFolder(folder);
  } catch (error) {
    await unlink(target);
    throw error;
  }
}

async function writeWhole(
  handle: FileHandle,
  chunks: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>,
): Promise<void> {
  const writer = new PieceWriter(handle);
  try {
    for await (const chunk of chunks) {
      await writer.add(chunk);
    }
    await writer.end();
    await handle.sync();
  } finally {
    await writer.idle();
    await handle.close();
  }
}

async function linkNew(temporary: string, target: string): Promise<void> {
  try {
    await link(temporary, target);
  } catch (error) {
    if (hasCode(error, 'EEXIST')) {
      throw new SessionForksError(
        'collision',
        `${basename(target)} exists already. Nothing was written.`,
        error,
      );
    }
    throw error;
  }
}

async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder; there the rename is durable without it.
  if (process.platform === 'win32') {
    return;
  }
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const ignored = (_error: unknown): undefined => undefined;

/** Whether a file system error bears this code, e.g. `ENOENT`. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
