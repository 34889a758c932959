import { throwIfCancelled } from './pool.ts';
import { takeTurn } from './turns.ts';

/** Characters of one piece, about. */
const pieceLength = 1 << 16;

/**
 * Joins many short texts to pieces, as they are made: all else in the process gets its turn in between. Throws `cancelled`,
 * else what making a text throws.
 */
export async function* textPieces(texts: Iterable<string>, signal?: AbortSignal): AsyncGenerator<string> {
  let piece = '';
  for (const text of texts) {
    piece += text;
    if (piece.length >= pieceLength) {
      yield piece;
      piece = '';
      throwIfCancelled(signal);
      await takeTurn();
    }
  }
  yield piece;
}
