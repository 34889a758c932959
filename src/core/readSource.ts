import { SessionForksError } from './errors.ts';
import { throwIfCancelled } from './forkErrors.ts';
import type { ResolvedPoint } from './forkPoint.ts';
import type { SessionId, Transcript } from './model.ts';
import type { SessionStore } from './store.ts';

const pollMs = 500;

/**
 * An outline of the source as it is now; with `wait` as soon as its agent works no more. Throws what the store throws,
 * and `cancelled`.
 */
export async function readSource(
  store: SessionStore,
  id: SessionId,
  wait: boolean,
  signal: AbortSignal | undefined,
): Promise<Transcript> {
  for (;;) {
    const source = await store.read(id, undefined, 'outline');
    if (source.info.live !== 'busy' || !wait) {
      return source;
    }
    await pause(pollMs);
    throwIfCancelled(signal);
  }
}

/** An outline does not say what a prompt asks: the point with the whole draft. Throws `fork_point_invalid`. */
export async function withDraft(
  resolved: ResolvedPoint,
  source: Transcript,
  store: SessionStore,
): Promise<ResolvedPoint> {
  const { draft: wanted } = resolved;
  if (!wanted) {
    return resolved;
  }
  const from = source.messages.indexOf(wanted);
  const [draft] = (await store.read(source.info.ref.id, { from, to: from + 1 })).messages;
  if (draft?.kind !== 'prompt' || draft.id !== wanted.id) {
    throw new SessionForksError(
      'fork_point_invalid',
      'The session was rewritten meanwhile. Nothing was forked.',
    );
  }
  return { ...resolved, draft };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
