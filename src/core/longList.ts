/** Taking in more items than these keeps a thread busy for some milliseconds. */
const piece = 500;

/** Lets everything else in the process have its turn after work on a list this long; short ones keep nobody waiting. */
export async function turnAfter(list: readonly unknown[]): Promise<void> {
  if (list.length > piece) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Does `work` with a list: with a long one in pieces, between which everything else has its turn. */
export async function inPieces<Item>(
  list: readonly Item[],
  work: (items: readonly Item[]) => void,
): Promise<void> {
  for (let start = 0; start < list.length; start += piece) {
    work(list.slice(start, start + piece));
    await turnAfter(list);
  }
}
