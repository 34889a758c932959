const startBytes = 1 << 17;

/** Puts texts and pieces of other buffers together, in one buffer that grows as needed and is used again. */
export class ByteJoin {
  #bytes = Buffer.allocUnsafeSlow(startBytes);
  #filled = 0;

  /** Adds what stands in `bytes` from `start` to before `end`. */
  addBytes(bytes: Buffer, start: number, end: number): void {
    this.#makeRoom(end - start);
    this.#filled += bytes.copy(this.#bytes, this.#filled, start, end);
  }

  addText(text: string): void {
    this.#makeRoom(text.length * 3);
    this.#filled += this.#bytes.write(text, this.#filled);
  }

  /** Adds a text of which each character stands for a byte. */
  addLatin1(text: string): void {
    this.#makeRoom(text.length);
    this.#filled += this.#bytes.write(text, this.#filled, 'latin1');
  }

  /** All that was added since the last time; good until something is added again. */
  take(): Buffer {
    const taken = this.#bytes.subarray(0, this.#filled);
    this.#filled = 0;
    return taken;
  }

  #makeRoom(needed: number): void {
    if (this.#filled + needed > this.#bytes.length) {
      const grown = Buffer.allocUnsafeSlow(2 * (this.#filled + needed));
      this.#bytes.copy(grown, 0, 0, this.#filled);
      this.#bytes = grown;
    }
  }
}
