import { stat } from 'node:fs/promises';
import type { AgentId, MessageRange, SessionId, Transcript } from '../../core/model.ts';
import { readError } from '../common/files.ts';
import { messagesOf } from '../common/placed.ts';
import { transcriptOf } from '../common/transcript.ts';
import { findTranscript, findTranscripts, noSuchSession, parseId } from './folders.ts';
import { Parents } from './parents.ts';
import { readTranscript } from './records.ts';
import { type Branch, linkSession, type SessionFile, summarise } from './summary.ts';

/** A branch read afresh, with its file. */
export interface OpenedBranch {
  readonly session: SessionFile;
  readonly branch: Branch;
}

/** Reads the file of a session afresh. Throws `no_such_session` when it or the branch is gone. */
export async function openBranch(folder: string, id: SessionId): Promise<OpenedBranch> {
  const file = await findTranscript(folder, parseId(id).session);
  try {
    const session = linkSession(file.path, file.id, await stat(file.path), await readTranscript(file.path));
    const branch = [session.active, ...session.left].find((candidate) => candidate.id === id);
    if (branch) {
      return { session, branch };
    }
  } catch (error) {
    throw readError(error, noSuchSession());
  }
  throw noSuchSession();
}

/** The messages of a session or of a branch that was left, `range` of them. Throws `no_such_session`. */
export async function readSession(
  agent: AgentId,
  folder: string,
  id: SessionId,
  range?: MessageRange,
): Promise<Transcript> {
  const { session, branch } = await openBranch(folder, id);
  const { files } = await findTranscripts(folder);
  const origin = await new Parents(files).originOf(session);
  const info = summarise(agent, session, origin).find((candidate) => candidate.ref.id === id);
  if (!info) {
    throw noSuchSession();
  }
  return transcriptOf(info, messagesOf(branch.messages), range);
}
