import type { AgentId, MessageRange, SessionId, Transcript } from '../../core/model.ts';
import { recordOf } from '../common/fields.ts';
import { readError, rewritten } from '../common/files.ts';
import type { JsonRecord } from '../common/jsonl.ts';
import { messagesOf } from '../common/placed.ts';
import { stretchOf, transcriptOf } from '../common/transcript.ts';
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
import { callId } from './tools.ts';

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
function wholeIn(range: MessageRange, opened: OpenedSession): readonly PlacedInTurn[] {
  const { file, records, messages } = opened;
  try {
    using reader = new RecordReader();
    const isWanted = wantedIn(range, opened);
    const some = records.map((record, at) => (isWanted(record, at) ? reader.whole(record) : record));
    const found = withOwnLines(readMessages(some), some, file).messages;
    if (found.length !== messages.length) {
      throw rewritten();
    }
    return found;
  } catch (error) {
    throw readError(error, noSuchSession());
  }
}

/** The records that messages are told from: their own, and those of results that came after a later message. */
function wantedIn(
  range: MessageRange,
  { records, messages }: OpenedSession,
): (record: CodexRecord, at: number) => boolean {
  const { from, to } = stretchOf(range, messages.length);
  const [first, next] = [messages[from], messages[to]];
  if (!first || to <= from) {
    return () => false;
  }
  const end = next?.start ?? records.length;
  const calls = new Set(records.slice(first.start, end).flatMap(({ payload }) => callIdsIn(payload)));
  return ({ payload }, at) =>
    at >= first.start && (at < end || callIdsIn(payload).some((id) => calls.has(id)));
}

/** The calls that a record makes or tells the end of. */
const callIdsIn = (payload: JsonRecord): readonly string[] =>
  [callId(payload), callId(recordOf(payload.item) ?? {})].filter((id) => id !== '');
