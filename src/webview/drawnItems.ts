import { all } from './focus.ts';
import type { Heights } from './virtual.ts';

/** The messages that stand in the log, with the borders between them: each bears the index of its message. */
export const itemsIn = (scroller: Element): readonly HTMLElement[] => all(scroller, '.log > [data-index]');

/** A border stands before its message and bears the same index: it is the first one then. */
export const itemAt = (scroller: Element, index: number): HTMLElement | undefined =>
  itemsIn(scroller).find((item) => indexOf(item) === index);

export const indexOf = (item: HTMLElement): number => Number(item.dataset.index);

/** To call after each draw: takes the heights of what is drawn, and gives the room of all other messages to the spacers. */
export function measure(scroller: Element, heights: Heights, count: number): void {
  const starts = itemsIn(scroller).map((item) => ({
    index: indexOf(item),
    top: item.getBoundingClientRect().top,
  }));
  const slots = starts.filter(({ index }, at) => index !== starts[at - 1]?.index);
  const [above, below] = all(scroller, '.log > .spacer');
  const end = below?.getBoundingClientRect().top ?? 0;
  for (const [at, { index, top }] of slots.entries()) {
    heights.set(index, (slots[at + 1]?.top ?? end) - top);
  }
  const [first, last] = [slots[0]?.index, slots.at(-1)?.index];
  const total = heights.top(count);
  setHeight(above, first === undefined ? total : heights.top(first));
  setHeight(below, last === undefined ? 0 : total - heights.top(last + 1));
}

function setHeight(element: HTMLElement | undefined, px: number): void {
  if (element) {
    element.style.height = `${Math.max(0, px)}px`;
  }
}
