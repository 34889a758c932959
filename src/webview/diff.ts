import { html, nothing, type TemplateResult } from 'lit';
import type { FileEdit } from '../protocol.ts';
import { type DiffLine, lineDiff } from './lineDiff.ts';
import type { Page } from './page.ts';
import { t } from './strings.ts';

/** Lines shown before "Show all". */
export const shownLines = 20;

const signs: Readonly<Record<DiffLine['kind'], string>> = { same: ' ', added: '+', removed: '−' };

/** An edit as changed lines with their numbers. */
export function diffView(page: Page, edit: FileEdit, key: string, part?: number): TemplateResult {
  const lines = lineDiff(edit).hunks.flatMap((hunk, index) => [...(index > 0 ? [undefined] : []), ...hunk]);
  const all = page.isOpen(key) || lines.length <= shownLines;
  return html`<div class="body diff" dir="ltr" data-part=${part ?? nothing}>
    ${lines.slice(0, all ? undefined : shownLines).map(diffLine)} ${all ? nothing : showAll(page, key, lines.length)}
  </div>`;
}

/** The button that shows what was left out. */
export const showAll = (page: Page, key: string, count: number): TemplateResult => html`<button
  type="button"
  class="show-all link"
  tabindex="-1"
  @click=${() => page.toggle(key)}
>
  ${t('Show all {0} lines', count)}
</button>`;

function diffLine(line: DiffLine | undefined): TemplateResult {
  if (!line) {
    return html`<div class="diff-gap" aria-hidden="true">⋯</div>`;
  }
  return html`<div class="diff-line ${line.kind}">
    <span class="diff-number" aria-hidden="true">${line.number ?? ''}</span>
    <span class="diff-sign">${signs[line.kind]}</span>
    <span class="diff-text">${line.text}</span>
  </div>`;
}
