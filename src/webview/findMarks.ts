import type { Hit } from '../protocol.ts';
import type { Find } from './findState.ts';
import { all } from './focus.ts';
import type { Page } from './page.ts';

/** The parts of the log whose words are the session's own. */
const words = '.prompt-text, .block, .code pre, .thought, .row-target, .body pre, .diff-text';
const everyName = 'find';
const shownName = 'find-shown';

/** To call after each draw: marks what is looked for in the messages that are drawn. The document stays as it is. */
export function markHits(page: Page): void {
  const { find } = page;
  if (!find || find.text === '') {
    CSS.highlights.delete(everyName);
    CSS.highlights.delete(shownName);
    return;
  }
  const rows = all(document, '.log > article');
  CSS.highlights.set(everyName, new Highlight(...rows.flatMap((row) => rangesIn(row, find))));
  const hit = find.hits?.[find.at];
  const row = hit && rows.find((it) => it.dataset.index === String(hit.message));
  const shown = row && hitRange(page, row, hit);
  const mark = new Highlight(...(shown ? [shown] : []));
  mark.priority = 1;
  CSS.highlights.set(shownName, mark);
}

/** Where a hit stands in the row of its message; the nearest one when the row shows fewer than the host has found. */
export function hitRange({ find }: Page, row: Element, hit: Hit): Range | undefined {
  const ranges = find
    ? all(row, `[data-part="${hit.part}"]`).flatMap((element) => rangesIn(element, find))
    : [];
  return ranges[Math.min(hit.nth, ranges.length - 1)];
}

const rangesIn = (root: HTMLElement, find: Find): readonly Range[] =>
  (root.matches(words) ? [root] : all(root, words)).flatMap((element) => rangesOf(element, find));

function rangesOf(element: HTMLElement, { text, matchCase }: Find): readonly Range[] {
  const nodes = textNodes(element);
  const whole = nodes.map(({ data }) => data).join('');
  const [where, what] = matchCase ? [whole, text] : [whole.toLowerCase(), text.toLowerCase()];
  const ranges: Range[] = [];
  for (let at = where.indexOf(what); at >= 0; at = where.indexOf(what, at + what.length)) {
    const range = document.createRange();
    const [start, end] = [placeIn(nodes, at), placeIn(nodes, at + what.length)];
    if (start && end) {
      range.setStart(start.node, start.offset);
      range.setEnd(end.node, end.offset);
      ranges.push(range);
    }
  }
  return ranges;
}

function textNodes(element: Element): readonly Text[] {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  const nodes: Text[] = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node instanceof Text) {
      nodes.push(node);
    }
  }
  return nodes;
}

function placeIn(nodes: readonly Text[], at: number): { node: Text; offset: number } | undefined {
  let rest = at;
  for (const node of nodes) {
    if (rest <= node.data.length) {
      return { node, offset: rest };
    }
    rest -= node.data.length;
  }
  return undefined;
}
