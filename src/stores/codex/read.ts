import type { AgentId, MessageRange, SessionId, Transcript } from '../../core/model.ts';
import { readError } from '../common/files.ts';
import { messagesOf } from '../common/placed.ts';
import { transcriptOf } from '../common/transcript.ts';
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
import { type Conversation, type PlacedInTurn, readMessages } from './messages.ts';
import type { Outlines } from './outline.ts';
import { type CodexRecord, type Rollout, readRollout } from './records.ts';

/** A session read afresh: its records of all files joined, and the messages that they hold. */
export interface OpenedSession extends Conversation {
  readonly file: RolloutFile;
  readonly rollouts: Rollouts;
  readonly history: History<Rollout>;
  readonly records: readonly CodexRecord[];
}

/** Reads a session afresh, through all files that it goes on from. Throws `no_such_session`. */
export async function openSession(folders: Folders, id: SessionId): Promise<OpenedSession> {
  const rollouts = await findRollouts(folders);
  const file = findFile(rollouts, id);
  const read = ({ path }: RolloutFile): Promise<Rollout> =>
    readRollout(path).catch((error: unknown) => {
      throw readError(error, noSuchSession());
    });
  const history = await followHistory(rollouts, file, read);
  const inherited = history.stretches
    .slice(0, -1)
    .flatMap(({ loaded, end }) => loaded.records.filter(({ start }) => end === undefined || start < end));
  const own = history.stretches.at(-1)?.loaded.records ?? [];
  const { messages, openTurn } = readMessages([...inherited, ...own]);
  return {
    file,
    rollouts,
    history,
    records: [...inherited, ...own],
    messages: messages.map((placed) => withLines(placed, inherited.length, own)),
    openTurn,
  };
}

/** Only what stands in the session's own file has lines there. */
function withLines(placed: PlacedInTurn, ownFrom: number, own: readonly CodexRecord[]): PlacedInTurn {
  const first = own[placed.start - ownFrom]?.line;
  const last = own[placed.end - 1 - ownFrom]?.line;
  return first === undefined || last === undefined
    ? placed
    : { ...placed, message: { ...placed.message, lines: { first, last } } };
}

/** The messages of a session or of what a rewind left behind, `range` of them. Throws `no_such_session`. */
export async function readSession(
  agent: AgentId,
  folders: Folders,
  outlines: Outlines,
  id: SessionId,
  range?: MessageRange,
): Promise<Transcript> {
  const { rollouts, messages } = await openSession(folders, id);
  const info = await infoOf(agent, folders, rollouts, outlines, id);
  if (!info) {
    throw noSuchSession();
  }
  return transcriptOf(info, messagesOf(messages), range);
}
