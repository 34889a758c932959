import { html, nothing, type TemplateResult } from 'lit';
import type { Hit, Message } from '../protocol.ts';
import { type Find, stepped } from './findState.ts';
import { icon, iconButton } from './icon.ts';
import type { Page } from './page.ts';
import { rowKey } from './rows.ts';
import { formatNumber, t } from './strings.ts';

/** The host is asked when nothing was typed for so long. */
const typedMs = 120;

let typing: number | undefined;

/** The bar that finds words in the whole session. */
export function findView(page: Page): TemplateResult | typeof nothing {
  const { find } = page;
  if (!find) {
    return nothing;
  }
  const none = (find.hits?.length ?? 0) === 0;
  return html`<div class="find-place">
    <div class="find" role="search" @keydown=${(event: KeyboardEvent) => onKey(page, event)}>
      <input
        class="find-text"
        type="text"
        dir="auto"
        autocomplete="off"
        spellcheck="false"
        aria-label=${t('Find in session')}
        placeholder=${t('Find in session')}
        .value=${find.text}
        @input=${(event: Event) => onInput(page, event)}
      />
      ${caseButton(page, find)}
      <span class="find-count ${none && find.hits ? 'none' : ''}" role="status">${countOf(find)}</span>
      ${iconButton('arrow-up', t('Previous match'), () => step(page, -1), { disabled: none })}
      ${iconButton('arrow-down', t('Next match'), () => step(page, 1), { disabled: none })}
      ${iconButton('close', t('Close'), () => closeFind(page))}
    </div>
  </div>`;
}

/** Shows the bar with the focus in it; what is selected is looked for. */
export function openFind(page: Page): void {
  const selected = document.getSelection()?.toString().trim() ?? '';
  const opener = page.find?.opener ?? document.activeElement;
  const text = /^.{1,100}$/.test(selected) ? selected : (page.find?.text ?? '');
  const { matchCase = false } = page.find ?? {};
  page.find = { text, matchCase, more: false, at: 0, changed: true, opener };
  ask(page);
  page.update();
  requestAnimationFrame(() => inputOf()?.select());
}

/** Takes the bar away; the focus returns to where it was. */
export function closeFind(page: Page): void {
  const opener = page.find?.opener;
  page.find = undefined;
  page.update();
  const fallback = document.querySelector<HTMLElement>('.log');
  (opener instanceof HTMLElement && opener.isConnected && opener !== document.body
    ? opener
    : fallback
  )?.focus();
}

/** Shows the hit that the search stands at, also in a folded row. */
export function showHit(page: Page): void {
  const hit = page.find?.hits?.[page.find.at];
  if (hit) {
    page.target = { index: hit.message, focus: false, hit };
    page.update();
  }
}

/** To call before each draw: opens what the wanted hit is folded in, as soon as its message is there. */
export function unfoldTarget(page: Page): void {
  const { find, target } = page;
  const message = target && page.messages()[target.index - page.held.from];
  if (find && target?.hit && message) {
    for (const key of foldsOf(message, target.hit, find)) {
      page.unfold(key);
    }
  }
}

function foldsOf(message: Message, { part, nth }: Hit, find: Find): readonly string[] {
  const whole = rowKey(message.id, `${part}:all`);
  const found = message.kind === 'reply' ? message.parts[part] : undefined;
  if (found?.kind !== 'tool') {
    return found?.kind === 'thinking' ? [rowKey(message.id, part), whole] : [whole];
  }
  const inRow = nth === 0 && found.target.toLowerCase().includes(find.text.toLowerCase());
  const key = rowKey(message.id, found.id);
  const bodies = [...(found.edits ?? []).keys(), 'in', 'out'];
  return inRow ? [] : [key, ...bodies.map((body) => `${key}:${body}`)];
}

const caseButton = (page: Page, find: Find): TemplateResult => html`<button
  type="button"
  class="icon-button find-case"
  title=${t('Match case')}
  aria-label=${t('Match case')}
  aria-pressed=${find.matchCase}
  @click=${() => look(page, { matchCase: !find.matchCase })}
>
  ${icon('case-sensitive')}
</button>`;

function countOf({ text, hits, more, at }: Find): string {
  if (text === '' || !hits) {
    return '';
  }
  const count = formatNumber(hits.length);
  return hits.length === 0
    ? t('No results')
    : t('{0} of {1}', formatNumber(at + 1), more ? t('more than {0}', count) : count);
}

function onInput(page: Page, event: Event): void {
  if (event.target instanceof HTMLInputElement) {
    look(page, { text: event.target.value });
  }
}

function look(page: Page, change: Partial<Pick<Find, 'text' | 'matchCase'>>): void {
  if (page.find) {
    page.find = { ...page.find, ...change, changed: true };
    clearTimeout(typing);
    typing = window.setTimeout(() => ask(page), typedMs);
    page.update();
  }
}

function ask(page: Page): void {
  const { find } = page;
  if (find && find.text !== '') {
    page.post({ type: 'find', text: find.text, matchCase: find.matchCase });
  }
}

function step(page: Page, by: 1 | -1): void {
  if (page.find) {
    page.find = stepped(page.find, by);
    showHit(page);
  }
}

function onKey(page: Page, event: KeyboardEvent): void {
  if (event.key === 'Escape') {
    closeFind(page);
  } else if (event.key === 'Enter' && event.target === inputOf()) {
    step(page, event.shiftKey ? -1 : 1);
  } else {
    return;
  }
  event.preventDefault();
  event.stopPropagation();
}

const inputOf = (): HTMLInputElement | null => document.querySelector<HTMLInputElement>('.find-text');
