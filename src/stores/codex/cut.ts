import { SessionForksError } from '../../core/errors.ts';
import type { ForkCut } from '../../core/store.ts';
import type { PlacedInTurn } from './messages.ts';
import type { OpenedSession } from './read.ts';
import { turnEnds, turnStarts } from './reader.ts';
import type { CodexRecord } from './records.ts';

/** A cut found in a fresh read. */
export interface FoundCut {
  /** The messages that are kept. */
  readonly kept: readonly PlacedInTurn[];
  /** How many records are kept: to the end of the last turn, or of the last reply's results. */
  readonly records: number;
  /** The turn that Codex itself can cut after (its last message is kept) or, without one kept, before. */
  readonly turn?: string;
}

/** Finds the cut by its messages' own ids. Throws `fork_point_invalid` when they are no longer where they were. */
export function findCut({ messages, records }: OpenedSession, cut: ForkCut): FoundCut {
  const last = messages[cut.keep - 1];
  const next = messages[cut.keep];
  const isThere = last?.message.id === cut.last && (cut.next === undefined || next?.message.id === cut.next);
  if (!isThere || cut.keep > messages.length || (last && next && next.start < last.end)) {
    throw new SessionForksError(
      'fork_point_invalid',
      'The session has changed since: its fork point is no longer there. Nothing was forked.',
    );
  }
  const kept = messages.slice(0, cut.keep);
  if (!last) {
    return { kept, records: 0, ...(next?.turn === undefined ? {} : { turn: next.turn }) };
  }
  const endsTurn = last.turn === undefined || last.turn !== next?.turn;
  return endsTurn
    ? { kept, records: turnEnd(records, last), ...(last.turn === undefined ? {} : { turn: last.turn }) }
    : { kept, records: last.end };
}

/** Behind the end of the turn that the message stands in; where none is written, behind the message. */
function turnEnd(records: readonly CodexRecord[], { end }: PlacedInTurn): number {
  const index = records.findIndex(
    ({ type, payload }, place) =>
      place >= end && type === 'event_msg' && (turnEnds.has(payload.type) || turnStarts.has(payload.type)),
  );
  return index === -1 || turnStarts.has(records[index]?.payload.type) ? end : index + 1;
}
