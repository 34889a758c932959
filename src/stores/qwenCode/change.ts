import { link, mkdir, rm, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { v4 as uuid } from 'uuid';
import { SessionForksError } from '../../core/errors.ts';
import type { SessionId } from '../../core/model.ts';
import { textOf } from '../common/fields.ts';
import { appendLine } from '../common/files.ts';
import { jsonLine } from '../common/jsonl.ts';
import { hasCode } from '../common/publish.ts';
import { removeBackups } from './backups.ts';
import {
  chatsFolder,
  type Folders,
  findTranscript,
  parseId,
  statusFile,
  type TranscriptFile,
} from './folders.ts';
import { isLive } from './live.ts';
import { openBranch } from './read.ts';
import { runsFolder } from './subagents.ts';

const sideEnds = ['.ledger.jsonl', '.worktree.json', '.pr.json'];

/**
 * Appends a `custom_title` record as the child of the last one, as the agent's /rename does (0.24.4). Throws
 * `no_such_session`, `not_supported` for a branch that was left, `busy` while an agent works on the session.
 */
export async function renameSession(folders: Folders, id: SessionId, title: string): Promise<void> {
  const file = await fileToChange(folders, id);
  const { session } = await openBranch(folders, id, 'outline');
  const first = session.raw.first ?? {};
  const { leaf } = session.tree;
  const record = {
    uuid: uuid(),
    parentUuid: leaf?.uuid ?? null,
    sessionId: file.id,
    timestamp: new Date().toISOString(),
    type: 'system',
    subtype: 'custom_title',
    ...(textOf(first.cwd) === undefined ? {} : { cwd: first.cwd }),
    ...(textOf(first.version) === undefined ? {} : { version: first.version }),
    systemPayload: { customTitle: title, titleSource: 'manual' },
  };
  await appendLine(file.path, jsonLine(record));
}

/** Deletes the transcript, its side files, the runs of its subagents and its backups. Throws as `renameSession` does. */
export async function removeSession(folders: Folders, id: SessionId): Promise<void> {
  const file = await fileToChange(folders, id);
  await unlink(file.path);
  const sides = [chatsFolder(file), archiveFolder(file)].flatMap((folder) => sideFiles(folder, file.id));
  for (const path of [...sides, statusFile(file), runsFolder(folders, file)]) {
    await rm(path, { recursive: true, force: true });
  }
  await removeBackups(folders, file.id);
}

/** Moves the transcript and its side files to `chats/archive` or back. Throws as `renameSession` does, or `collision`. */
export async function archiveSession(folders: Folders, id: SessionId, archived: boolean): Promise<void> {
  const file = await fileToChange(folders, id);
  if (file.archived === archived) {
    return;
  }
  const target = archived ? archiveFolder(file) : chatsFolder(file);
  await mkdir(target, { recursive: true });
  await move(file.path, target);
  for (const path of sideFiles(dirname(file.path), file.id)) {
    await move(path, target).catch(keepInPlace);
  }
}

/** Never over another file: linked to the new name first. */
async function move(path: string, folder: string): Promise<void> {
  try {
    await link(path, join(folder, basename(path)));
  } catch (error) {
    throw hasCode(error, 'EEXIST')
      ? new SessionForksError('collision', `${basename(path)} exists already in ${folder}.`, error)
      : error;
  }
  await unlink(path);
}

/** A side file that is missing, or has its like at the other place, stays: the agent merges those itself. */
function keepInPlace(error: unknown): void {
  if (!hasCode(error, 'ENOENT') && !(error instanceof SessionForksError)) {
    throw error;
  }
}

const archiveFolder = (file: TranscriptFile): string => join(chatsFolder(file), 'archive');

const sideFiles = (folder: string, id: string): readonly string[] =>
  sideEnds.map((end) => join(folder, `${id}${end}`));

async function fileToChange(folders: Folders, id: SessionId): Promise<TranscriptFile> {
  const { session, leaf } = parseId(id);
  if (leaf !== undefined) {
    throw new SessionForksError(
      'not_supported',
      'A rewound branch is part of its session and cannot be changed alone.',
    );
  }
  const file = await findTranscript(folders, session);
  if (await isLive(folders, file)) {
    throw new SessionForksError('busy', 'Qwen Code has this session open. Close it there first.');
  }
  return file;
}
