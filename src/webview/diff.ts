import { html, nothing, type TemplateResult } from 'lit';
import type { FileEdit } from '../protocol.ts';
import { showControls } from './controls.ts';
import { type DiffLine, lineDiff } from './lineDiff.ts';
import { showAllButton } from './longText.ts';
import type { Page } from './page.ts';
import { formatNumber, t } from './strings.ts';

/** Lines shown before "Show all". */
export const shownLines = 20;

/** Of longer lines the start is drawn, in UTF-16 units; VS Code's diff editor has them whole. */
const shownLine = 2000;

const signs: Readonly<Record<DiffLine['kind'], string>> = { same: ' ', added: '+', removed: '−' };

/** An edit as changed lines with their numbers. */
export function diffView(page: Page, edit: FileEdit, key: string, part?: number): TemplateResult {
  const lines = lineDiff(edit).hunks.flatMap((hunk, index) => [...(index > 0 ? [undefined] : []), ...hunk]);
  const all = page.isOpen(key) || lines.length <= shownLines;
  return html`<div class="body diff" dir="ltr" data-part=${part ?? nothing}>
    ${lines.slice(0, all ? undefined : shownLines).map(diffLine)} ${all ? nothing : showAllButton(page, key, t('Show all {0} lines', formatNumber(lines.length)))}
  </div>`;
}

function diffLine(line: DiffLine | undefined): TemplateResult {
  if (!line) {
    return html`<div class="diff-gap" aria-hidden="true">⋯</div>`;
  }
  return html`<div class="diff-line ${line.kind}">
    <span class="diff-number" aria-hidden="true">${line.number ?? ''}</span>
    <span class="diff-sign">${signs[line.kind]}</span>
    <span class="diff-text">${showControls(shortened(line.text))}</span>
  </div>`;
}

const shortened = (line: string): string => (line.length > shownLine ? `${line.slice(0, shownLine)}…` : line);
