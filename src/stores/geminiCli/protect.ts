import { appendFile, link, readFile, rm, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Problem } from '../../core/model.ts';
import type { Protection } from '../../core/store.ts';
import { namesIn } from '../common/files.ts';
import { hasCode, temporaryPrefix } from '../common/publish.ts';
import { isRunning } from '../common/runningProcess.ts';
import { filesOf, sessionIn } from './heads.ts';
import { readMessages } from './messages.ts';
import { readTranscript } from './records.ts';

/** Followed by the number of the process that protects, and the transcript's name. */
const keptPrefix = `${temporaryPrefix}kept-`;

/**
 * Keeps a transcript while Gemini CLI 0.61.0 has its session open. Each resume, over ACP too, begins a second file of the
 * same id without a message; with `general.sessionRetention` on (its default) the next start of the program takes that
 * file for garbage and deletes every file of the session's id, the conversation with it. Ending the protection deletes
 * those second files. Throws what the file system throws.
 */
export async function protectTranscript(path: string): Promise<Protection> {
  const kept = join(dirname(path), `${keptPrefix}${process.pid}-${basename(path)}`);
  await restoreTranscript(kept, path);
  // A second name of the same bytes: it grows with the transcript and stays when the first name is deleted.
  if ((await inodeOf(kept)) === undefined) {
    await link(path, kept);
  }
  return {
    check: () => restoreTranscript(kept, path),
    end: async () => {
      const outcome = await restoreTranscript(kept, path);
      await deleteEmptyFiles(path);
      await rm(kept, { force: true });
      return outcome;
    },
  };
}

/**
 * Puts back what vanished after a protection that was never ended, of all projects below `projects`. Gives the paths of
 * the transcripts that came back. A missing folder is an empty one.
 */
export async function restoreVanished(projects: string): Promise<readonly string[]> {
  const restored: string[] = [];
  // The listing says which folders cannot be read.
  const unread: Problem[] = [];
  for (const project of await namesIn(projects, unread)) {
    const chats = join(projects, project, 'chats');
    for (const { name, transcript } of abandoned(await namesIn(chats, unread, projects))) {
      const path = join(chats, transcript);
      const outcome = await restoreTranscript(join(chats, name), path);
      await unlink(join(chats, name));
      restored.push(...(outcome === 'restored' ? [path] : []));
    }
  }
  return restored;
}

function abandoned(names: readonly string[]): readonly { name: string; transcript: string }[] {
  return names.flatMap((name) => {
    const [, process = '', transcript = ''] = /^(\d+)-(.+)$/.exec(name.slice(keptPrefix.length)) ?? [];
    return name.startsWith(keptPrefix) && transcript !== '' && !isRunning(Number(process))
      ? [{ name, transcript }]
      : [];
  });
}

async function restoreTranscript(kept: string, path: string): Promise<'intact' | 'restored'> {
  const [keptFile, file] = await Promise.all([inodeOf(kept), inodeOf(path)]);
  if (keptFile === undefined || keptFile === file) {
    return 'intact';
  }
  if (file !== undefined) {
    // Deleted, and begun anew by the program that still had the session open: what it wrote there belongs at the end.
    await appendFile(kept, await readFile(path));
    await unlink(path);
  }
  await link(kept, path);
  return 'restored';
}

async function inodeOf(path: string): Promise<bigint | undefined> {
  try {
    return (await stat(path, { bigint: true })).ino;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) {
      return undefined;
    }
    throw error;
  }
}

async function deleteEmptyFiles(path: string): Promise<void> {
  const session = sessionIn(path);
  const files = session === undefined ? [] : await filesOf(dirname(dirname(path)), session);
  for (const other of files.filter((candidate) => candidate !== path)) {
    const { records } = await readTranscript(other);
    if (readMessages(records).length === 0) {
      await unlink(other);
    }
  }
}
