import { unlink } from 'node:fs/promises';
import { SessionForksError } from '../../core/errors.ts';
import type { SessionId } from '../../core/model.ts';
import { appendLine } from '../common/files.ts';
import { jsonLine } from '../common/jsonl.ts';
import { freshId } from './child.ts';
import { findTranscript, parseId } from './folders.ts';
import { openBranch } from './read.ts';

/**
 * Appends a `session_info` record, as pi's /name does (1.5.2). Throws `no_such_session`, `not_supported` for a branch
 * that was left and for a file of an older format: pi gives its records other ids when it opens it.
 */
export async function renameSession(folder: string, id: SessionId, title: string): Promise<void> {
  refuseBranch(id);
  const { session } = await openBranch(folder, id, 'outline');
  if (session.raw.version < 2) {
    throw new SessionForksError(
      'not_supported',
      'Open this session in pi once: its file is of an old format.',
    );
  }
  const record = {
    type: 'session_info',
    id: freshId(new Set(session.tree.nodes.keys())),
    parentId: session.tree.leaf?.id ?? null,
    timestamp: new Date().toISOString(),
    name: title,
  };
  await appendLine(session.path, jsonLine(record));
}

/** Deletes the transcript; pi keeps nothing else of a session. Throws as `renameSession` does. */
export async function removeSession(folder: string, id: SessionId): Promise<void> {
  refuseBranch(id);
  await unlink((await findTranscript(folder, id)).path);
}

function refuseBranch(id: SessionId): void {
  if (parseId(id).leaf !== undefined) {
    throw new SessionForksError(
      'not_supported',
      'A rewound branch is part of its session and cannot be changed alone.',
    );
  }
}
