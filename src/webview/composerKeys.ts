import { completionsOf, findMentions, onCompletionKey } from './composerCompletion.ts';
import { walkHistory } from './composerHistory.ts';
import { send } from './composerSend.ts';
import type { Page } from './page.ts';

export function onInput(page: Page, event: Event): void {
  if (event.target instanceof HTMLTextAreaElement) {
    page.write({ ...page.composer, text: event.target.value });
    page.writing.caret = event.target.selectionEnd;
    findMentions(page);
  }
}

/** The cursor may have moved: what can stand there changes with it. */
export function onCursor(page: Page, event: Event): void {
  const { writing } = page;
  if (event.target instanceof HTMLTextAreaElement && event.target.selectionEnd !== writing.caret) {
    writing.caret = event.target.selectionEnd;
    writing.chosen = 0;
    findMentions(page);
    page.update();
  }
}

/** Enter sends or queues, Shift+Enter begins a line, Ctrl+Enter forks first; ↑ and ↓ walk completions or history. */
export function onComposerKey(page: Page, event: KeyboardEvent): void {
  if (!event.isComposing && isHandled(page, event)) {
    event.preventDefault();
    event.stopPropagation();
    page.settle();
  }
}

/** Closes the completions; false when none are shown. */
export function closeCompletions(page: Page): boolean {
  const shown = completionsOf(page).length > 0;
  page.writing.closed = true;
  if (shown) {
    page.update();
  }
  return shown;
}

function isHandled(page: Page, event: KeyboardEvent): boolean {
  if (onCompletionKey(page, event)) {
    return true;
  }
  if (event.key === 'Enter' && !event.shiftKey && !event.altKey) {
    send(page, event.ctrlKey || event.metaKey ? 'checkpoint' : 'send');
    return true;
  }
  const by = ({ ArrowUp: -1, ArrowDown: 1 } as const)[event.key];
  const plain = !event.shiftKey && !event.altKey && !event.ctrlKey && !event.metaKey;
  return (
    by !== undefined &&
    plain &&
    event.target instanceof HTMLTextAreaElement &&
    walkHistory(page, event.target, by)
  );
}
