/**
 * Moves the focus among the items of a list by the arrow keys, Home and End; it goes round at the ends.
 * True when the key was one of these.
 */
export function walk(items: readonly HTMLElement[], event: KeyboardEvent): boolean {
  const at = items.findIndex((item) => item.matches(':focus'));
  const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
  if (next === undefined) {
    return false;
  }
  items[(next + items.length) % items.length]?.focus();
  event.preventDefault();
  return true;
}

/** The elements below `root` that match, in the order of the document. */
export const all = (root: ParentNode, selector: string): readonly HTMLElement[] => [
  ...root.querySelectorAll<HTMLElement>(selector),
];
