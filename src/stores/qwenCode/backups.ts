import { constants } from 'node:fs';
import { copyFile, mkdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { recordOf, recordsOf, textOf } from '../shared/fields.ts';
import { hasCode, temporaryPrefix } from '../shared/publish.ts';
import type { RecordNode } from './chain.ts';
import type { Folders } from './folders.ts';

/** The agent's copies of files before it changed them, for its own /rewind. */
export const backupsFolder = ({ home }: Folders, session: string): string =>
  join(home, 'file-history', session);

/**
 * Copies the backups that `records` name to the child, as the agent's own fork does; missing ones are passed over.
 * Throws what the file system throws.
 */
export async function copyBackups(
  folders: Folders,
  source: string,
  child: string,
  records: readonly RecordNode[],
): Promise<void> {
  const names = new Set(records.flatMap(backupNames));
  const target = backupsFolder(folders, child);
  const staged = backupsFolder(folders, `${temporaryPrefix}${child}.tmp`);
  try {
    let copied = 0;
    for (const name of names) {
      copied += await copyOne(join(backupsFolder(folders, source), name), staged, name);
    }
    if (copied > 0) {
      await rename(staged, target);
    }
  } finally {
    await rm(staged, { recursive: true, force: true });
  }
}

/** Takes a session's backups away. */
export const removeBackups = (folders: Folders, session: string): Promise<void> =>
  rm(backupsFolder(folders, session), { recursive: true, force: true });

async function copyOne(from: string, folder: string, name: string): Promise<0 | 1> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  try {
    await copyFile(from, join(folder, name), constants.COPYFILE_EXCL);
    return 1;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) {
      return 0;
    }
    throw error;
  }
}

function backupNames(record: RecordNode): readonly string[] {
  if (record.subtype !== 'file_history_snapshot') {
    return [];
  }
  return recordsOf(recordOf(record.json.systemPayload)?.snapshots)
    .flatMap((snapshot) => Object.values(recordOf(snapshot.trackedFileBackups) ?? {}))
    .map((backup) => textOf(recordOf(backup)?.backupFileName) ?? '')
    .filter((name) => name !== '' && name !== '.' && name !== '..' && basename(name) === name);
}
