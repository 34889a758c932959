import { closeSync, openSync, readSync } from 'node:fs';
import { throwIfCancelled } from './pool.ts';
import { takeTurn } from './turns.ts';

const newline = 0x0a;

/** Small enough to stay in the processor's cache while its lines are looked at. */
const batchBytes = 1 << 16;
/** Buffers for the next files: a new one for each of thousands would be cleared and collected for nothing. */
const spare: Buffer[] = [];

/**
 * Reads the bytes of a file from `from` on in batches of whole lines; only the last one may end without a line end. Memory
 * does not grow with the file, and other work gets its turn in between. A batch is overwritten by the next one.
 * Throws `cancelled`, else what opening or reading the file throws.
 */
export async function* readByteBatches(path: string, signal?: AbortSignal, from = 0): AsyncGenerator<Buffer> {
  await takeTurn();
  // Each call by way of a promise takes several times as long as reading such a piece does.
  const file = openSync(path, 'r');
  let buffer = spare.pop() ?? Buffer.allocUnsafe(batchBytes);
  try {
    let carried = 0;
    let at = from;
    for (;;) {
      throwIfCancelled(signal);
      const read = readSync(file, buffer, carried, buffer.length - carried, at);
      const filled = carried + read;
      const end = read === 0 ? filled : buffer.lastIndexOf(newline, filled - 1) + 1;
      yield buffer.subarray(0, end);
      if (read === 0) {
        return;
      }
      at += read;
      buffer.copy(buffer, 0, end, filled);
      carried = filled - end;
      buffer = carried === buffer.length ? Buffer.concat([buffer, Buffer.alloc(buffer.length)]) : buffer;
      await takeTurn();
    }
  } finally {
    closeSync(file);
    if (buffer.length === batchBytes) {
      spare.push(buffer);
    }
  }
}
