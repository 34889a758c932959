import type { Entry } from './entries.ts';

/** A value for each of some entries of ONE file, found by their lines: a long session has hundreds of thousands. */
export class EntryMap<Value> {
  readonly #byLine: (Value | undefined)[] = [];

  get({ line }: Entry): Value | undefined {
    return this.#byLine[line];
  }

  set({ line }: Entry, value: Value): void {
    this.#byLine[line] = value;
  }
}

/** Some entries of ONE file. They are given in the order of its lines. */
export class EntrySet {
  readonly #byLine: (Entry | undefined)[] = [];

  constructor(entries: Iterable<Entry> = []) {
    this.addAll(entries);
  }

  has({ line }: Entry): boolean {
    return this.#byLine[line] !== undefined;
  }

  at(line: number): Entry | undefined {
    return this.#byLine[line];
  }

  add(entry: Entry): void {
    this.#byLine[entry.line] = entry;
  }

  addAll(entries: Iterable<Entry>): void {
    for (const entry of entries) {
      this.add(entry);
    }
  }

  /** The last line in which one of them stands; 0 when there is none. */
  get lastLine(): number {
    return Math.max(0, this.#byLine.length - 1);
  }

  *[Symbol.iterator](): Generator<Entry> {
    for (const entry of this.#byLine) {
      if (entry) {
        yield entry;
      }
    }
  }
}
