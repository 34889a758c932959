import { copyMessage } from './message.ts';
import type { MenuItem, Page } from './page.ts';
import { t } from './strings.ts';
import { verbOf } from './verb.ts';

/** All that can be done with the message of a row, for who has no pointer; false when the row is no stored message. */
export function showMessageMenu(page: Page, row: HTMLElement): boolean {
  const index = page.state?.messages.findIndex(({ id }) => id === row.dataset.row) ?? -1;
  const items = itemsOf(page, index);
  if (items.length > 0) {
    page.showMenu({ label: t('More actions'), anchor: row, items });
  }
  return items.length > 0;
}

function itemsOf(page: Page, index: number): readonly MenuItem[] {
  const { state } = page;
  const message = state?.messages[index];
  if (!state || !message) {
    return [];
  }
  const forks = state.forksAt[String(state.first + index + 1)] ?? [];
  return [
    ...verbItem(page, index),
    { label: t('Copy'), icon: 'copy', choose: () => copyMessage(page, message) },
    {
      label: t('Show in transcript'),
      icon: 'go-to-file',
      choose: () => page.post({ type: 'showTranscript', message: message.id }),
    },
    ...forks.map(({ session, title }) => ({
      label: title,
      icon: 'repo-forked',
      choose: () => page.post({ type: 'open', session }),
    })),
  ];
}

function verbItem(page: Page, index: number): readonly MenuItem[] {
  const verb = page.state && !page.state.forking ? verbOf(page.state, index) : undefined;
  if (!verb) {
    return [];
  }
  const before = verb.kind === 'forkBefore';
  return [
    {
      label: before ? t('Edit & fork from here') : t('Fork after this reply'),
      icon: before ? 'edit' : 'repo-forked',
      choose: () => page.post(verb.post),
    },
  ];
}
