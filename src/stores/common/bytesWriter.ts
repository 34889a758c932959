import type { FileHandle } from 'node:fs/promises';

const pieceBytes = 1 << 20;

/**
 * Writes text and bytes to a file in large pieces: one is on its way to the disk while the next one fills. What was
 * given may be changed as soon as `add` is done.
 */
export class PieceWriter {
  readonly #file: FileHandle;
  #piece = Buffer.allocUnsafeSlow(pieceBytes);
  #spare = Buffer.allocUnsafeSlow(pieceBytes);
  #filled = 0;
  #writing: Promise<PromiseSettledResult<void>>;

  constructor(file: FileHandle) {
    this.#file = file;
    this.#writing = settled(Promise.resolve());
  }

  /** Takes a chunk; to be awaited before the next one. Throws what writing throws, if need be for an earlier chunk. */
  async add(chunk: string | Uint8Array): Promise<void> {
    if (typeof chunk !== 'string') {
      return this.#addBytes(chunk);
    }
    const most = chunk.length * 3;
    if (most > pieceBytes) {
      return this.#addBytes(Buffer.from(chunk));
    }
    if (most > pieceBytes - this.#filled) {
      await this.#turn();
    }
    this.#filled += this.#piece.write(chunk, this.#filled);
  }

  /** Done once all that was given is written. Throws what writing throws. */
  async end(): Promise<void> {
    await this.#turn();
    await this.#written();
  }

  /** Done once nothing is being written any more: only then may the file be closed. Never throws. */
  async idle(): Promise<void> {
    await this.#writing;
  }

  async #addBytes(bytes: Uint8Array): Promise<void> {
    for (let taken = 0; taken < bytes.length; ) {
      if (this.#filled === pieceBytes) {
        await this.#turn();
      }
      const share = bytes.subarray(taken, taken + pieceBytes - this.#filled);
      this.#piece.set(share, this.#filled);
      this.#filled += share.length;
      taken += share.length;
    }
  }

  /** Sends the filled piece off, and goes on in the other one. */
  async #turn(): Promise<void> {
    await this.#written();
    const piece = this.#piece.subarray(0, this.#filled);
    [this.#piece, this.#spare] = [this.#spare, this.#piece];
    this.#filled = 0;
    this.#writing = settled(writeAll(this.#file, piece));
  }

  async #written(): Promise<void> {
    const outcome = await this.#writing;
    if (outcome.status === 'rejected') {
      throw outcome.reason;
    }
  }
}

/** The outcome as data: nobody may be waiting when a write fails, and a rejection that nobody takes ends the process. */
async function settled(work: Promise<void>): Promise<PromiseSettledResult<void>> {
  const [outcome] = await Promise.allSettled([work]);
  return outcome;
}

async function writeAll(file: FileHandle, bytes: Buffer): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, written, bytes.length - written);
    written += bytesWritten;
  }
}
