import type { AgentId, MessageRange, SessionId, Transcript } from '../../core/model.ts';
import { readError } from '../common/files.ts';
import { LineReader } from '../common/lineReader.ts';
import { messagesOf, type Placed } from '../common/placed.ts';
import { transcriptOf, withStretch } from '../common/transcript.ts';
import { findTranscript, findTranscripts, noSuchSession, parseId } from './folders.ts';
import { readMessages } from './messages.ts';
import { Parents } from './parents.ts';
import { type PiRecord, readTranscript, scanOutline, wholeRecord } from './records.ts';
import { type Branch, linkSession, type SessionFile, summarise } from './summary.ts';

/** A branch read afresh, with its file. */
export interface OpenedBranch {
  readonly session: SessionFile;
  readonly branch: Branch;
}

/**
 * Reads the file of a session afresh, `whole` or for an outline. Throws `cancelled`, and `no_such_session` when it or the
 * branch is gone.
 */
export async function openBranch(
  folder: string,
  id: SessionId,
  keep: 'whole' | 'outline',
  signal?: AbortSignal,
): Promise<OpenedBranch> {
  const file = await findTranscript(folder, parseId(id).session);
  try {
    const raw = await (keep === 'whole' ? readTranscript(file.path) : scanOutline(file.path, signal));
    const session = linkSession(file, raw);
    const branch = [session.active, ...session.left].find((candidate) => candidate.id === id);
    if (branch) {
      return { session, branch };
    }
  } catch (error) {
    throw readError(error, noSuchSession());
  }
  throw noSuchSession();
}

/**
 * The messages of a session or of a branch that was left, `range` of them; of an outline their texts are cut short.
 * Throws `no_such_session`.
 */
export async function readSession(
  agent: AgentId,
  folder: string,
  id: SessionId,
  range?: MessageRange,
  detail?: 'outline',
): Promise<Transcript> {
  const { session, branch } = await openBranch(folder, id, range || detail ? 'outline' : 'whole');
  const { files } = await findTranscripts(folder);
  const origin = await new Parents(files).originOf(session);
  const info = summarise(agent, session, origin).find((candidate) => candidate.ref.id === id);
  if (!info) {
    throw noSuchSession();
  }
  const placed = range && !detail ? wholeIn(range, session, branch) : branch.messages;
  return transcriptOf(info, messagesOf(placed), range);
}

/** The messages of a branch, those in `range` with all that they say. Throws `no_such_session` when others stand there now. */
function wholeIn(range: MessageRange, { path }: SessionFile, { chain, messages }: Branch): readonly Placed[] {
  try {
    using lines = new LineReader(path);
    const whole = (record: PiRecord): PiRecord => wholeRecord(lines, record);
    return withStretch(range, chain.records, messages, whole, readMessages);
  } catch (error) {
    throw readError(error, noSuchSession());
  }
}
