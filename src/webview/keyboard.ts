import { closeAside } from './aside.ts';
import { closeCompletions } from './composerKeys.ts';
import { dividerRow, openParent, openSibling } from './divider.ts';
import { all, walk } from './focus.ts';
import { toggleMap } from './header.ts';
import { walkLog } from './logKeys.ts';
import { copyMessage } from './message.ts';
import { showMessageMenu } from './messageMenu.ts';
import type { Page } from './page.ts';
import { verbOf } from './verb.ts';
import { covers } from './virtual.ts';

/** Keys of the whole panel. */
export function onPanelKey(page: Page, event: KeyboardEvent): void {
  if (event.key === 'Escape') {
    onEscape(page);
  } else if ((event.ctrlKey || event.metaKey) && event.key === '/') {
    focusComposer();
  } else if ((event.ctrlKey || event.metaKey) && event.key === '.') {
    document.querySelector<HTMLElement>('[data-choice=setMode]')?.click();
  } else if (event.altKey && event.code === 'KeyM') {
    toggleMap(page);
  } else if (event.altKey && event.code === 'KeyP') {
    page.post({ type: 'outline' });
  } else {
    return;
  }
  event.preventDefault();
}

/** Keys of the log: the focus walks from row to row; letters act on the row that has it. */
export function onLogKey(page: Page, event: KeyboardEvent): void {
  const row = rowOf(event.target);
  if (!row) {
    if (event.target instanceof Element && event.target.matches('.log') && walkLog(page, undefined, event)) {
      event.preventDefault();
    }
    return;
  }
  const handled = event.target === row ? onRowKey(page, row, event) : onPartKey(row, event);
  if (handled) {
    event.preventDefault();
    event.stopPropagation();
  }
}

/** Gives one row of the log the tab stop, the last one at first; while it is not drawn, the log itself has it. */
export function settleTabStop(page: Page): void {
  const rows = allRows();
  const { focusedAt, drawn } = page;
  const away =
    focusedAt !== undefined &&
    focusedAt < page.count &&
    !covers(drawn, { from: focusedAt, to: focusedAt + 1 });
  document.querySelector<HTMLElement>('.log')?.setAttribute('tabindex', away ? '0' : '-1');
  if (!away && !rows.some((row) => row.dataset.row === page.focused)) {
    page.focused = rows.at(-1)?.dataset.row;
    const last = rows.at(-1);
    if (last) {
      last.tabIndex = 0;
    }
  }
}

/** A click or focus anywhere in a row makes it the one with the tab stop. */
export function onLogFocus(page: Page, event: FocusEvent): void {
  const row = rowOf(event.target);
  if (row && row.dataset.row !== page.focused) {
    page.focused = row.dataset.row;
    page.focusedAt = Number(row.dataset.index);
    page.update();
  }
}

const allRows = (): readonly HTMLElement[] => all(document, '.log [data-row]');

const rowOf = (target: EventTarget | null): HTMLElement | undefined =>
  target instanceof Element ? (target.closest<HTMLElement>('[data-row]') ?? undefined) : undefined;

const focusComposer = (): void => document.querySelector<HTMLElement>('.draft')?.focus();

function onEscape(page: Page): void {
  if (page.map) {
    toggleMap(page);
  } else if (closeCompletions(page)) {
    focusComposer();
  } else if (page.state?.aside) {
    closeAside(page);
  } else if (page.state && page.state.live.status !== 'none' && page.state.live.status !== 'idle') {
    page.post({ type: 'stop' });
  }
}

function onRowKey(page: Page, row: HTMLElement, event: KeyboardEvent): boolean {
  if (event.key === 'ContextMenu' || (event.shiftKey && event.key === 'F10')) {
    return showMessageMenu(page, row);
  }
  if (event.ctrlKey || event.metaKey || event.shiftKey) {
    return false;
  }
  if (walkLog(page, row, event)) {
    return true;
  }
  return row.dataset.row === dividerRow ? onDividerKey(page, event) : onMessageKey(page, row, event);
}

function onDividerKey(page: Page, event: KeyboardEvent): boolean {
  const divider = page.state?.divider;
  if (!divider) {
    return false;
  }
  if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') {
    openSibling(page, divider, leadsOn(event) ? 1 : -1);
    return true;
  }
  if (event.key === 'Enter' && divider.parent) {
    openParent(page, divider.parent, divider.messages);
    return true;
  }
  return false;
}

/** Whether an arrow points to where the page's language reads on. */
const leadsOn = ({ key }: KeyboardEvent): boolean =>
  key === (document.documentElement.dir === 'rtl' ? 'ArrowLeft' : 'ArrowRight');

function onMessageKey(page: Page, row: HTMLElement, event: KeyboardEvent): boolean {
  const { state } = page;
  const message = page.messages().find(({ id }) => id === row.dataset.row);
  if (!state || !message || event.altKey) {
    return false;
  }
  const stored = state.messages.indexOf(message);
  switch (event.key.toLowerCase()) {
    case 'f':
      return postVerb(page, stored);
    case 'c':
      copyMessage(page, message);
      return true;
    case 't':
      page.post({ type: 'showTranscript', ...(stored >= 0 && { message: message.id }) });
      return true;
    case 'arrowleft':
    case 'arrowright':
      fold(page, row, leadsOn(event));
      return true;
    case 'enter':
      partsOf(row)[0]?.focus();
      return true;
    default:
      return false;
  }
}

function postVerb(page: Page, index: number): boolean {
  const verb = page.state && index >= 0 ? verbOf(page.state, index) : undefined;
  if (verb && !page.state?.forking) {
    page.post(verb.post);
  }
  return true;
}

function fold(page: Page, row: HTMLElement, open: boolean): void {
  for (const head of row.querySelectorAll<HTMLElement>('[data-row-key]')) {
    if ((head.getAttribute('aria-expanded') === 'true') !== open) {
      head.click();
    }
  }
  page.update();
}

function onPartKey(row: HTMLElement, event: KeyboardEvent): boolean {
  if (event.key === 'Escape') {
    row.focus();
    return true;
  }
  return walk(partsOf(row), event);
}

const partsOf = (row: HTMLElement): readonly HTMLElement[] => all(row, 'a[href], button:not([disabled])');
