import type { AgentId, MessageRange, SessionId, Transcript } from '../../core/model.ts';
import { readError } from '../common/files.ts';
import { messagesOf } from '../common/placed.ts';
import { recordsIn, transcriptOf } from '../common/transcript.ts';
import {
  type Folders,
  findFile,
  findRollouts,
  noSuchSession,
  type RolloutFile,
  type Rollouts,
} from './folders.ts';
import { followHistory, type History } from './history.ts';
import { infoOf } from './list.ts';
import { type Conversation, conversationIn, type PlacedInTurn, readMessages } from './messages.ts';
import type { Outlines } from './outline.ts';
import { type CodexRecord, RecordReader, type Rollout, readRollout, scanOutline } from './records.ts';

/** A session read afresh: its records of all files joined, and the messages that they hold. */
export interface OpenedSession extends Conversation {
  readonly file: RolloutFile;
  readonly rollouts: Rollouts;
  readonly history: History<Rollout>;
  readonly records: readonly CodexRecord[];
}

/**
 * Reads a session afresh, through all files that it goes on from, `whole` or for an outline. Throws `cancelled`,
 * `no_such_session`.
 */
export async function openSession(
  folders: Folders,
  id: SessionId,
  keep: 'whole' | 'outline',
  signal?: AbortSignal,
): Promise<OpenedSession> {
  const rollouts = await findRollouts(folders);
  const file = findFile(rollouts, id);
  const load = keep === 'whole' ? readRollout : (path: string) => scanOutline(path, signal);
  const loadFile = ({ path }: RolloutFile): Promise<Rollout> =>
    load(path).catch((error: unknown) => {
      throw readError(error, noSuchSession());
    });
  const history = await followHistory(rollouts, file, loadFile);
  const records = history.stretches.flatMap(({ loaded, end }) =>
    end === undefined ? loaded.records : loaded.records.filter(({ start }) => start < end),
  );
  const [first, ...others] = history.stretches;
  const conversation = first && others.length === 0 ? conversationIn(first.loaded) : readMessages(records);
  return { file, rollouts, history, records, ...withOwnLines(conversation, records, file) };
}

function withOwnLines(
  { messages, openTurn }: Conversation,
  records: readonly CodexRecord[],
  { path }: RolloutFile,
): Conversation {
  return { messages: messages.map((placed) => withLines(placed, records, path)), openTurn };
}

/** Only what stands in the session's own file has lines there. */
function withLines(placed: PlacedInTurn, records: readonly CodexRecord[], path: string): PlacedInTurn {
  const [first, last] = [records[placed.start], records[placed.end - 1]];
  return first?.path !== path || last?.path !== path
    ? placed
    : { ...placed, message: { ...placed.message, lines: { first: first.line, last: last.line } } };
}

/**
 * The messages of a session or of what a rewind left behind, `range` of them; of an outline their texts are cut short.
 * Throws `no_such_session`.
 */
export async function readSession(
  agent: AgentId,
  folders: Folders,
  outlines: Outlines,
  id: SessionId,
  range?: MessageRange,
  detail?: 'outline',
): Promise<Transcript> {
  const opened = await openSession(folders, id, range || detail ? 'outline' : 'whole');
  const info = await infoOf(agent, folders, opened.rollouts, outlines, id);
  if (!info) {
    throw noSuchSession();
  }
  const messages = range && !detail ? wholeIn(range, opened) : opened.messages;
  return transcriptOf(info, messagesOf(messages), range);
}

/** The messages, those in `range` with all that they say. Throws `no_such_session` when others stand there now. */
function wholeIn(range: MessageRange, { file, records, messages }: OpenedSession): readonly PlacedInTurn[] {
  try {
    using reader = new RecordReader();
    const some = recordsIn(range, records, messages, (record) => reader.whole(record));
    return withOwnLines(readMessages(some), some, file).messages;
  } catch (error) {
    throw readError(error, noSuchSession());
  }
}
