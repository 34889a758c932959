import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { SessionForksError } from '../../core/errors.ts';
import type { SessionId } from '../../core/model.ts';
import { appendLine } from '../common/files.ts';
import { jsonLine } from '../common/jsonl.ts';
import { findTranscript, type Layout, ownFolder, parseId } from './layout.ts';
import { writeArchived, writeTitle } from './sideFiles.ts';

/** Names a session as `/rename` does: a record at its end, and the file beside it. Throws as `wholeSession`. */
export async function renameSession(layout: Layout, id: SessionId, title: string): Promise<void> {
  const { session, path } = await wholeSession(layout, id);
  const line = jsonLine({ type: 'custom-title', customTitle: title, sessionId: session });
  await appendLine(path, line);
  await writeTitle(path, title);
}

/** Deletes a transcript, the folder that bears its name and its file backups. Throws as `wholeSession`. */
export async function removeSession(layout: Layout, id: SessionId): Promise<void> {
  const { session, path } = await wholeSession(layout, id);
  await rm(path);
  await rm(ownFolder(path), { recursive: true, force: true });
  await rm(join(layout.fileHistory, session), { recursive: true, force: true });
}

/** Marks a session as archived, or not. Throws as `wholeSession`. */
export async function archiveSession(layout: Layout, id: SessionId, archived: boolean): Promise<void> {
  const { path } = await wholeSession(layout, id);
  await writeArchived(path, archived, new Date());
}

/** A session that has a file of its own. Throws `no_such_session`, and `not_supported` for a rewound branch. */
async function wholeSession(layout: Layout, id: SessionId) {
  const { session, leaf } = parseId(id);
  if (leaf !== undefined) {
    throw new SessionForksError(
      'not_supported',
      'A rewound branch lies inside its session’s file: fork it to get a session of its own.',
    );
  }
  return { session, path: await findTranscript(layout, session) };
}
