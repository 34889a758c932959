import type { AgentId, MessageRange, SessionId, Transcript } from '../../core/model.ts';
import { readError } from '../common/files.ts';
import { withOpen } from '../common/infos.ts';
import { LineReader } from '../common/lineReader.ts';
import { messagesOf, type Placed } from '../common/placed.ts';
import { transcriptOf, withStretch } from '../common/transcript.ts';
import type { RecordNode } from './chain.ts';
import { type Folders, findTranscript, noSuchSession, parseId } from './folders.ts';
import { isLive } from './live.ts';
import { readMessages } from './messages.ts';
import { readTranscript, scanOutline, wholeRecord } from './records.ts';
import { type Branch, linkSession, type SessionFile, summarise } from './summary.ts';

/** A branch read afresh, with its file. */
export interface OpenedBranch {
  readonly session: SessionFile;
  readonly branch: Branch;
  readonly live: boolean;
}

/**
 * Reads the file of a session afresh, `whole` or for an outline. Throws `cancelled`, and `no_such_session` when it or the
 * branch is gone.
 */
export async function openBranch(
  folders: Folders,
  id: SessionId,
  keep: 'whole' | 'outline',
  signal?: AbortSignal,
): Promise<OpenedBranch> {
  const parsed = parseId(id);
  const file = await findTranscript(folders, parsed.session);
  const live = await isLive(folders, file);
  try {
    const raw = await (keep === 'whole' ? readTranscript(file.path) : scanOutline(file.path, signal));
    const session = linkSession(file, raw, live);
    const branch = [session.active, ...session.left].find((candidate) => candidate.id === id);
    if (branch) {
      return { session, branch, live };
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
  folders: Folders,
  id: SessionId,
  range?: MessageRange,
  detail?: 'outline',
): Promise<Transcript> {
  const { session, branch, live } = await openBranch(folders, id, range || detail ? 'outline' : 'whole');
  const info = summarise(agent, session).find((candidate) => candidate.ref.id === id);
  if (!info) {
    throw noSuchSession();
  }
  const placed = range && !detail ? wholeIn(range, session, branch, live) : branch.messages;
  return transcriptOf(withOpen(info, live), messagesOf(placed), range);
}

/** The messages of a branch, those in `range` with all that they say. Throws `no_such_session` when others stand there now. */
function wholeIn(
  range: MessageRange,
  { file }: SessionFile,
  { id, chain, messages }: Branch,
  live: boolean,
): readonly Placed[] {
  try {
    using lines = new LineReader(file.path);
    const whole = (node: RecordNode): RecordNode => {
      const fragments = node.fragments.map((fragment) => wholeRecord(lines, fragment));
      return { ...node, ...fragments[0], fragments };
    };
    // Only the last of all messages may still be running, and only there none follows.
    const read = (records: readonly RecordNode[]) => readMessages(records, live && id === file.id);
    return withStretch(range, chain.records, messages, whole, read);
  } catch (error) {
    throw readError(error, noSuchSession());
  }
}
