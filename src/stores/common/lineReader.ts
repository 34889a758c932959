import { closeSync, openSync, readSync } from 'node:fs';
import { lineText } from './jsonl.ts';

/** Where a line stands in its file: the bytes before it, and before its line end. */
export interface LinePlace {
  readonly start: number;
  readonly end: number;
}

/**
 * Whether a text that was read by its place is still one line with an object that holds `member`, written as its agent
 * writes it: of most lines this glance is enough.
 */
export const isLineWith = (text: string, member: string): boolean =>
  text.startsWith('{') && text.endsWith('}') && !text.includes('\n') && text.includes(member);

const blockBytes = 1 << 18;

/** Reads lines of one file by their places: quick where they follow one another, right wherever they stand. */
export class LineReader implements Disposable {
  readonly #file: number;
  #block = Buffer.alloc(0);
  #from = 0;

  /** Throws what opening the file throws. */
  constructor(path: string) {
    this.#file = openSync(path, 'r');
  }

  /** The text of a line; empty when the file ends before the line does. Throws what reading throws. */
  text({ start, end }: LinePlace): string {
    if (!this.#holds(start, end)) {
      this.#read(start, Math.max(blockBytes, end - start));
    }
    return this.#holds(start, end) ? this.#textAt(start, end) : '';
  }

  #holds(start: number, end: number): boolean {
    return start >= this.#from && end <= this.#from + this.#block.length;
  }

  #textAt(start: number, end: number): string {
    return lineText(this.#block, start - this.#from, end - this.#from, start === 0);
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
  }

  #read(start: number, length: number): void {
    const room =
      this.#block.buffer.byteLength < length
        ? Buffer.allocUnsafeSlow(length)
        : Buffer.from(this.#block.buffer);
    this.#block = room.subarray(0, readSync(this.#file, room, 0, room.length, start));
    this.#from = start;
  }
}
