import { stat } from 'node:fs/promises';
import type { AgentId, MessageRange, SessionId, Transcript } from '../../core/model.ts';
import { readError } from '../common/files.ts';
import { messagesOf } from '../common/placed.ts';
import { transcriptOf } from '../common/transcript.ts';
import { type Folders, findTranscript, noSuchSession, parseId } from './folders.ts';
import { isLive, withLive } from './live.ts';
import { readTranscript } from './records.ts';
import { type Branch, linkSession, type SessionFile, summarise } from './summary.ts';

/** A branch read afresh, with its file. */
export interface OpenedBranch {
  readonly session: SessionFile;
  readonly branch: Branch;
  readonly live: boolean;
}

/** Reads the file of a session afresh. Throws `no_such_session` when it or the branch is gone. */
export async function openBranch(folders: Folders, id: SessionId): Promise<OpenedBranch> {
  const parsed = parseId(id);
  const file = await findTranscript(folders, parsed.session);
  const live = await isLive(folders, file);
  try {
    const session = linkSession(file, await stat(file.path), await readTranscript(file.path), live);
    const branch = [session.active, ...session.left].find((candidate) => candidate.id === id);
    if (branch) {
      return { session, branch, live };
    }
  } catch (error) {
    throw readError(id, error, noSuchSession(id));
  }
  throw noSuchSession(id);
}

/** The messages of a session or of a branch that was left, `range` of them. Throws `no_such_session`. */
export async function readSession(
  agent: AgentId,
  folders: Folders,
  id: SessionId,
  range?: MessageRange,
): Promise<Transcript> {
  const { session, branch, live } = await openBranch(folders, id);
  const info = summarise(agent, session).find((candidate) => candidate.ref.id === id);
  if (!info) {
    throw noSuchSession(id);
  }
  return transcriptOf(withLive(info, live), messagesOf(branch.messages), range);
}
