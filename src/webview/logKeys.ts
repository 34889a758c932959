import { all } from './focus.ts';
import type { Page } from './page.ts';

/**
 * Moves the focus through all messages of the session, those that are not drawn included: ↑ ↓ by one, with Alt by
 * prompts, Home and End to the first and the last. `row` has the focus now, or the log has when it is undefined.
 * True when the key was one of these.
 */
export function walkLog(page: Page, row: HTMLElement | undefined, event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.shiftKey) {
    return false;
  }
  const last = page.count - 1;
  switch (event.key) {
    case 'ArrowDown':
    case 'ArrowUp':
      walk(page, row, event.key === 'ArrowDown' ? 1 : -1, event.altKey);
      return true;
    case 'Home':
      show(page, 0);
      return true;
    case 'End':
      show(page, last);
      return true;
    default:
      return false;
  }
}

function walk(page: Page, row: HTMLElement | undefined, by: 1 | -1, prompts: boolean): void {
  const rows = all(document, '.log [data-row]');
  const at = row ? rows.indexOf(row) : -1;
  const ahead = at < 0 ? [] : by > 0 ? rows.slice(at + 1) : rows.slice(0, at).reverse();
  const next = prompts ? ahead.find((it) => it.classList.contains('prompt')) : ahead[0];
  const from = row ? Number(row.dataset.index) : (page.focusedAt ?? page.count - 1);
  if (next) {
    next.focus();
  } else if (prompts) {
    page.post({ type: 'seekPrompt', from, back: by < 0 });
  } else {
    show(page, from + by);
  }
}

function show(page: Page, index: number): void {
  const drawn = document.querySelector<HTMLElement>(`.log > article[data-index="${index}"]`);
  if (drawn) {
    drawn.focus();
  } else if (index >= 0 && index < page.count) {
    page.target = { index, focus: true };
    page.update();
  }
}
