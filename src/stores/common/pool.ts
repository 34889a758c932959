import { SessionForksError } from '../../core/errors.ts';
import { isTurnOver, takeTurn } from './turns.ts';

/**
 * Does `work` for each item, at most `width` at a time, and gives the results in the items' order. Other work in the
 * process gets its turn in between, also where this one waits for nothing.
 * Throws `cancelled` as soon as the signal is aborted, else the first error of `work`.
 */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  width: number,
  work: (item: Item) => Result | Promise<Result>,
  signal?: AbortSignal,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  const queue = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) {
      throwIfCancelled(signal);
      if (isTurnOver()) {
        await takeTurn();
      }
      const result = work(item);
      // Waiting for what is there takes longer than most of the work does.
      results[index] = result instanceof Promise ? await result : result;
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
  throwIfCancelled(signal);
  return results;
}

/** Throws `cancelled` when the signal is aborted. */
export function throwIfCancelled(signal?: AbortSignal): void {
  if (signal?.aborted) {
    throw new SessionForksError('cancelled', 'Stopped before it was done.', signal.reason);
  }
}
