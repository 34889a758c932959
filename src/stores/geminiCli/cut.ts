import { SessionForksError } from '../../core/errors.ts';
import type { ForkCut } from '../../core/store.ts';
import { isSame } from '../common/placed.ts';
import type { GeminiRecord } from './records.ts';
import type { SessionFile } from './summary.ts';

/**
 * The records that a cut keeps: all of its messages with their tool results, and what the agent wrote after the last of
 * them, up to the next message. Throws `fork_point_invalid` when the messages are not where the cut found them.
 */
export function cutRecords({ raw, messages }: SessionFile, cut: ForkCut): readonly GeminiRecord[] {
  const last = messages[cut.keep - 1];
  const next = messages[cut.keep];
  if (!last || !isSame(last, cut.last) || !isSame(next, cut.next)) {
    throw invalid('The session has changed since its messages were read. Load it again and choose anew.');
  }
  if (last.message.kind === 'reply' && !last.message.finished) {
    throw invalid('Not all tool calls of this reply have results. Fork after an earlier reply.');
  }
  return raw.records.slice(0, next?.start);
}

const invalid = (text: string): SessionForksError => new SessionForksError('fork_point_invalid', text);
