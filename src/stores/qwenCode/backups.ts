import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { recordOf, recordsOf, textOf } from '../common/fields.ts';
import { namesIn } from '../common/files.ts';
import { clearLeftovers } from '../common/leftovers.ts';
import { withCopies } from '../common/stagedFolder.ts';
import type { RecordNode } from './chain.ts';
import type { Folders, TranscriptFile } from './folders.ts';

/** The agent's copies of files before it changed them, for its own /rewind. */
export const backupsFolder = ({ home }: Folders, session: string): string =>
  join(home, 'file-history', session);

/**
 * Copies the backups that `records` name to the child, as the agent's own fork does; they appear once `publish` is done.
 * Throws what `publish` and the file system throw.
 */
export const withBackups = (
  folders: Folders,
  source: string,
  child: string,
  records: readonly RecordNode[],
  publish: () => Promise<void>,
): Promise<void> =>
  withCopies(
    backupsFolder(folders, source),
    backupsFolder(folders, child),
    new Set(records.flatMap(backupNames)),
    publish,
  );

/** Backups that were copied for a fork whose process was killed belong to it, or to nobody. */
export async function clearBackups({ home }: Folders, files: readonly TranscriptFile[]): Promise<void> {
  const folder = join(home, 'file-history');
  const names = await namesIn(folder, []);
  const sessions = new Set(files.map(({ id }) => id));
  await clearLeftovers(folder, names, (session) => sessions.has(session));
}

/** Takes a session's backups away. */
export const removeBackups = (folders: Folders, session: string): Promise<void> =>
  rm(backupsFolder(folders, session), { recursive: true, force: true });

function backupNames(record: RecordNode): readonly string[] {
  if (record.subtype !== 'file_history_snapshot') {
    return [];
  }
  return recordsOf(recordOf(record.json.systemPayload)?.snapshots)
    .flatMap((snapshot) => Object.values(recordOf(snapshot.trackedFileBackups) ?? {}))
    .flatMap((backup) => textOf(recordOf(backup)?.backupFileName) ?? []);
}
