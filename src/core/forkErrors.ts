import { errorText, SessionForksError } from './errors.ts';

/** Throws `cancelled` once the person has given the fork up. */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) {
    throw new SessionForksError('cancelled', 'Cancelled. Nothing was forked.');
  }
}

/** What a store threw, with `fork_failed` where it has no code of its own. */
export function asForkError(error: unknown): SessionForksError {
  if (error instanceof SessionForksError) {
    return error;
  }
  return new SessionForksError('fork_failed', `The session could not be forked: ${errorText(error)}`, error);
}
