/** Some of the items of a long answer; `rest` is the number by which to ask for the next ones. */
export interface Batch<Item> {
  readonly items: readonly Item[];
  readonly rest?: number;
}

/** About how many characters one batch holds: taking them in keeps a thread busy for a millisecond or two. */
const batchSize = 1 << 18;

/** Cuts long answers into batches, each of which is asked for when the one before was taken in. */
export class Batches<Item> {
  readonly #sizeOf: (item: Item) => number;
  readonly #rests = new Map<number, readonly Item[]>();
  #count = 0;

  /** `sizeOf` says about how many characters an item holds. */
  constructor(sizeOf: (item: Item) => number) {
    this.#sizeOf = sizeOf;
  }

  first(items: readonly Item[]): Batch<Item> {
    const end = this.#endOfBatch(items);
    if (end === items.length) {
      return { items };
    }
    const rest = ++this.#count;
    this.#rests.set(rest, items.slice(end));
    return { items: items.slice(0, end), rest };
  }

  /** Each rest is given once. */
  next(rest: number): Batch<Item> {
    const items = this.#rests.get(rest) ?? [];
    this.#rests.delete(rest);
    return this.first(items);
  }

  #endOfBatch(items: readonly Item[]): number {
    let size = 0;
    const last = items.findIndex((item) => {
      size += this.#sizeOf(item);
      return size > batchSize;
    });
    return last === -1 ? items.length : Math.max(1, last);
  }
}

/** All items of an answer, batch after batch. */
export async function allOf<Item>(
  first: Batch<Item>,
  more: (rest: number) => Promise<Batch<Item>>,
): Promise<readonly Item[]> {
  const items = [...first.items];
  for (let { rest } = first; rest !== undefined; ) {
    const batch = await more(rest);
    items.push(...batch.items);
    rest = batch.rest;
  }
  return items;
}

/** About how many characters a value holds. */
export function sizeOf(value: unknown): number {
  if (typeof value === 'object' && value !== null) {
    return Object.values(value).reduce((sum: number, member) => sum + sizeOf(member) + nameSize, 0);
  }
  return typeof value === 'string' ? value.length : nameSize;
}

const nameSize = 8;
