import type { FileHandle } from 'node:fs/promises';

const pieceBytes = 1 << 20;
/** How much is written before the disk is told to begin with it. */
const syncBytes = 8 << 20;

/**
 * Writes text and bytes to a file in large pieces: one is on its way while the next one fills, and the disk takes in
 * what was written before, so that little is left for the `sync` of the whole. What was given may be changed as soon
 * as `add` is done.
 */
export class PieceWriter {
  readonly #file: FileHandle;
  #piece = Buffer.allocUnsafeSlow(pieceBytes);
  #spare = Buffer.allocUnsafeSlow(pieceBytes);
  #filled = 0;
  #unsynced = 0;
  #writing = settled(Promise.resolve());
  #syncing = settled(Promise.resolve());

  constructor(file: FileHandle) {
    this.#file = file;
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
    await succeeded(this.#writing);
    await succeeded(this.#syncing);
  }

  /** Done once nothing is being written any more: only then may the file be closed. Never throws. */
  async idle(): Promise<void> {
    await this.#writing;
    await this.#syncing;
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
    await succeeded(this.#writing);
    const piece = this.#piece.subarray(0, this.#filled);
    [this.#piece, this.#spare] = [this.#spare, this.#piece];
    this.#filled = 0;
    this.#writing = settled(this.#write(piece));
  }

  async #write(piece: Buffer): Promise<void> {
    await writeAll(this.#file, piece);
    this.#unsynced += piece.length;
    if (this.#unsynced >= syncBytes) {
      await succeeded(this.#syncing);
      this.#unsynced = 0;
      this.#syncing = settled(this.#file.datasync());
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

/** Done once the work is. Throws what it threw. */
async function succeeded(work: Promise<PromiseSettledResult<void>>): Promise<void> {
  const outcome = await work;
  if (outcome.status === 'rejected') {
    throw outcome.reason;
  }
}
