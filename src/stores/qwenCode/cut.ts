import { SessionForksError } from '../../core/errors.ts';
import type { ForkCut } from '../../core/store.ts';
import { isSame } from '../common/placed.ts';
import type { RecordNode } from './chain.ts';
import { isCompaction } from './messages.ts';
import type { Branch } from './summary.ts';

/**
 * The records of a branch that a cut keeps: all of its messages with their tool results, and what the agent wrote after
 * the last of them, up to the next message. A summary that the agent put there for that next message is not kept: the
 * child has the messages themselves. Throws `fork_point_invalid` when the messages are not where the cut found them.
 */
export function cutChain({ chain, messages }: Branch, cut: ForkCut): readonly RecordNode[] {
  const last = messages[cut.keep - 1];
  const next = messages[cut.keep];
  if (!isSame(last, cut.last) || !isSame(next, cut.next) || cut.keep > messages.length) {
    throw invalid('The session has changed since its messages were read. Load it again and choose anew.');
  }
  if (last?.message.kind === 'reply' && !last.message.finished) {
    throw invalid('Not all tool calls of this reply have results. Fork after an earlier reply.');
  }
  const from = last?.end ?? 0;
  if (next === undefined) {
    return chain.records;
  }
  if (from > next.start) {
    throw invalid('A tool of this reply ended only after the next message. Fork after a later reply.');
  }
  const summary = chain.records.slice(from, next.start).findIndex(isCompaction);
  return chain.records.slice(0, summary < 0 ? next.start : from + summary);
}

const invalid = (text: string): SessionForksError => new SessionForksError('fork_point_invalid', text);
