import { SessionForksError } from '../../core/errors.ts';
import type { ForkCut } from '../../core/store.ts';
import type { OpenedSession } from './read.ts';

/**
 * How many entries a child gets, as `sessions.fork` counts them: all through the last one of the last message kept. What
 * stands behind it is left out: notices, and what the model was told of the source's own sandbox. Throws
 * `fork_point_invalid` when the messages do not stand as they did.
 */
export function entriesToKeep({ messages }: OpenedSession, { keep, last, next }: ForkCut): number {
  const kept = messages[keep - 1];
  if (kept?.message.id !== last || messages[keep]?.message.id !== next || keep > messages.length) {
    throw new SessionForksError(
      'fork_point_invalid',
      'The session has changed since: its messages stand no longer where they stood. Nothing was forked.',
    );
  }
  return kept?.end ?? 0;
}
