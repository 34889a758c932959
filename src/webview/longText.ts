import { html, nothing, type TemplateResult } from 'lit';
import type { Page } from './page.ts';
import { formatNumber, t } from './strings.ts';

/** A text as far as it is drawn, and the button that shows all of it. */
export interface Cut {
  readonly text: string;
  readonly more: TemplateResult | typeof nothing;
}

/** Cuts a text longer than `limit` (UTF-16 units) until the person opens the fold `key`: longer ones hold up the page. */
export function cutText(page: Page, text: string, limit: number, key: string): Cut {
  if (text.length <= limit || page.isOpen(key)) {
    return { text, more: nothing };
  }
  const words = t('Show all {0} characters', formatNumber(text.length));
  return { text: text.slice(0, limit), more: showAllButton(page, key, words) };
}

/** The button that shows what was left out. */
export const showAllButton = (page: Page, key: string, words: string): TemplateResult => html`<button
  type="button"
  class="show-all link"
  tabindex="-1"
  @click=${() => page.toggle(key)}
>
  ${words}
</button>`;
