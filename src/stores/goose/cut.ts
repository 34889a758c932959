import { SessionForksError } from '../../core/errors.ts';
import type { ForkCut } from '../../core/store.ts';
import { textOf } from '../common/fields.ts';
import type { OpenedSession } from './read.ts';
import { isSent, isShown, type MessageRow } from './rows.ts';

/** How many rows a child gets, and how they differ from the source's. */
export interface CutRows {
  readonly count: number;
  /** Seconds since 1970 before which goose itself cuts exactly here; undefined when it cannot. `all`: no cut. */
  readonly before: number | 'all' | undefined;
  /** Indexes of rows that the model saw before a compaction which the child does not have. */
  readonly restored: ReadonlySet<number>;
}

/** The rows through the last message kept. Throws `fork_point_invalid` when the messages do not stand as they did. */
export function cutRows({ rows, messages }: OpenedSession, { keep, last, next }: ForkCut): CutRows {
  const kept = messages[keep - 1];
  if (kept?.message.id !== last || messages[keep]?.message.id !== next || keep > messages.length) {
    throw new SessionForksError(
      'fork_point_invalid',
      'The session has changed since: its messages stand no longer where they stood. Nothing was forked.',
    );
  }
  const count = kept?.end ?? 0;
  const restored = hiddenByLaterCompaction(rows.slice(0, count));
  return { count, before: restored.size > 0 ? undefined : secondOf(rows, count), restored };
}

/** goose cuts at a second: exact only when no row of that second stays. */
function secondOf(rows: readonly MessageRow[], count: number): CutRows['before'] {
  const first = rows[count];
  if (!first) {
    return 'all';
  }
  const last = rows[count - 1];
  return last && last.created >= first.created ? undefined : first.created;
}

/**
 * A compaction hides all rows from the model and puts a summary behind them (1.52.0). Where that summary is cut away,
 * the rows from the last summary kept, or from the first row, have to be shown to the model again.
 */
function hiddenByLaterCompaction(kept: readonly MessageRow[]): ReadonlySet<number> {
  const summary = kept.findLastIndex(isSummary);
  const head = kept[summary];
  if (head && isSent(head)) {
    return new Set();
  }
  const from = Math.max(summary, 0);
  const hidden = kept.flatMap((row, index) =>
    index >= from && !isSent(row) && !isOwnTalk(row, kept[index - 1]) ? [index] : [],
  );
  return new Set(hidden);
}

const isSummary = (row: MessageRow): boolean =>
  row.role === 'user' && !isShown(row) && row.metadata.turnContext !== true;

/** A command to goose and its answer, which the model never sees. */
const isOwnTalk = (row: MessageRow, before: MessageRow | undefined): boolean =>
  isCommand(row) || (row.role === 'assistant' && before !== undefined && isCommand(before));

const isCommand = (row: MessageRow): boolean =>
  row.role === 'user' && isShown(row) && (textOf(row.content[0]?.text) ?? '').startsWith('/');
