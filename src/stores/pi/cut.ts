import { SessionForksError } from '../../core/errors.ts';
import type { ForkCut } from '../../core/store.ts';
import { isSame } from '../common/placed.ts';
import { isCompaction } from './messages.ts';
import type { PiRecord } from './records.ts';
import type { Branch } from './summary.ts';

/**
 * The records of a branch that a cut keeps: all of its messages with their tool results, and what pi wrote after the
 * last of them, up to the next message. A summary that pi put there for that next message is not kept: the child has
 * the messages themselves. Throws `fork_point_invalid` when the messages are not where the cut found them, and when the
 * branch does not reach back to a root: pi would send the model what is left of it without a word.
 */
export function cutChain({ chain, messages }: Branch, cut: ForkCut): readonly PiRecord[] {
  const last = messages[cut.keep - 1];
  const next = messages[cut.keep];
  if (!isSame(last, cut.last) || !isSame(next, cut.next) || cut.keep > messages.length) {
    throw invalid('The session has changed since its messages were read. Load it again and choose anew.');
  }
  if (chain.gap || chain.cycle) {
    throw invalid(
      'The session is damaged: its records do not lead back to the first one. Nothing was forked.',
    );
  }
  if (last?.message.kind === 'reply' && !last.message.finished) {
    throw invalid('This reply is not finished. Fork after an earlier reply.');
  }
  const from = last?.end ?? 0;
  if (next === undefined) {
    return chain.records;
  }
  const summary = chain.records.slice(from, next.start).findIndex(isCompaction);
  return chain.records.slice(0, summary < 0 ? next.start : from + summary);
}

const invalid = (text: string): SessionForksError => new SessionForksError('fork_point_invalid', text);
