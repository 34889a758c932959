import { type Stats, statSync } from 'node:fs';
import { firstLine, type LineStart, readLineBatches, type TextLine } from './jsonl.ts';

/** What is made of the lines of one file as they are read. */
export interface LineTaker<Scan> {
  take(line: TextLine): void;
  /** All that was taken so far; what is given must not change when more is taken. */
  give(stats: Stats): Scan;
}

/** Reads a file line by line, and once it has grown only the lines that are new. */
export class LineScanner<Scan> {
  readonly #path: string;
  readonly #taker: LineTaker<Scan>;
  #next: LineStart;
  #isEnded = true;

  constructor(path: string, taker: LineTaker<Scan>, from: LineStart = firstLine) {
    this.#path = path;
    this.#taker = taker;
    this.#next = from;
  }

  /** The bytes that were read so far; undefined when the last line had no end, which may yet come. */
  get end(): number | undefined {
    return this.#isEnded ? this.#next.start : undefined;
  }

  /** Reads on to the file's end, and gives all that it holds. Throws `cancelled`, else what opening or reading throws. */
  async read(signal?: AbortSignal): Promise<Scan> {
    const stats = statSync(this.#path);
    if (!stats.isFile()) {
      throw new Error('it is not a regular file');
    }
    for await (const batch of readLineBatches(this.#path, signal, this.#next)) {
      for (const line of batch) {
        this.#taker.take(line);
        this.#next = { number: line.number + 1, start: line.end + 1 };
        this.#isEnded = line.ended;
      }
    }
    return this.#taker.give(stats);
  }
}
