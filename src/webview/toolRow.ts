import { html, nothing, type TemplateResult } from 'lit';
import type { Message, MessageId, ThinkingPart, ToolCall } from '../protocol.ts';
import { diffView, showAll, shownLines } from './diff.ts';
import { icon, iconButton } from './icon.ts';
import type { Page } from './page.ts';
import { editCounts, rowKey, rowWords } from './rows.ts';
import { formatDuration, formatNumber, t } from './strings.ts';

/** "Thought for 8 s", folded. */
export function thinkingRow(page: Page, message: Message, part: ThinkingPart, index: number): TemplateResult {
  const key = rowKey(message.id, index);
  const open = page.isOpen(key);
  const words =
    part.durationMs === undefined ? t('Thought') : t('Thought for {0}', formatDuration(part.durationMs));
  return html`<div class="row thinking" data-part=${index}>
      <button
        type="button"
        class="row-head"
        tabindex="-1"
        data-row-key=${key}
        aria-expanded=${open}
        @click=${() => page.toggle(key)}
      >
        ${icon(open ? 'chevron-down' : 'chevron-right')}<span class="row-verb">${words}</span>
      </button>
    </div>
    ${open ? html`<div class="body thought" dir="auto" data-part=${index}>${part.text}</div>` : nothing}`;
}

/** A tool call as one line that opens to what went in and came out. */
export function toolRow(page: Page, message: Message, call: ToolCall, index: number): TemplateResult {
  const key = rowKey(message.id, call.id);
  const normally = call.status === 'failed' && call.output !== '';
  const open = page.isOpen(key, normally);
  const words = rowWords(call, page.state?.folder);
  return html`<div class="row ${call.status} ${open ? 'open' : ''}" data-part=${index}>
      <button
        type="button"
        class="row-head"
        tabindex="-1"
        data-row-key=${key}
        aria-expanded=${open}
        @click=${() => page.toggle(key, normally)}
      >
        ${rowIcon(words.icon, open)}
        <span class="row-verb">${words.verb}</span>
        <span class="row-target" dir="ltr">${words.target}</span>
        ${counts(call)}
        <span class="row-detail">${words.detail}</span>
      </button>
      ${open ? rowActions(page, message.id, call) : nothing}
    </div>
    ${open ? toolBody(page, call, key, index) : nothing}`;
}

const rowIcon = (name: string, open: boolean): TemplateResult => html`
  ${icon(name, `row-icon ${name === 'loading' ? 'codicon-modifier-spin' : ''}`)}
  ${icon(open ? 'chevron-down' : 'chevron-right', 'row-fold')}
`;

function counts(call: ToolCall): TemplateResult | typeof nothing {
  const lines = editCounts(call);
  if (!lines) {
    return nothing;
  }
  return html`<span class="row-counts">
    ${lines.added > 0 ? html`<span class="added">+${formatNumber(lines.added)}</span>` : nothing}
    ${lines.removed > 0 ? html`<span class="removed">−${formatNumber(lines.removed)}</span>` : nothing}
  </span>`;
}

function rowActions(page: Page, message: MessageId, call: ToolCall): TemplateResult {
  const open = (): void => page.post({ type: 'openDiff', message, tool: call.id, edit: 0 });
  const text = call.output || call.input;
  return html`<span class="row-actions">
    ${
      call.edits && call.edits.length > 0
        ? html`<button type="button" class="link" tabindex="-1" @click=${open}>${t('Open diff')}</button>`
        : nothing
    }
    ${iconButton('copy', t('Copy'), () => page.post({ type: 'copy', text }), { tab: -1 })}
  </span>`;
}

function toolBody(page: Page, call: ToolCall, key: string, part: number): TemplateResult {
  if (call.edits && call.edits.length > 0) {
    return html`${call.edits.map((edit, index) => diffView(page, edit, `${key}:${index}`, part))}
    ${call.status === 'failed' ? plainBody(page, call.output, `${key}:out`, part) : nothing}`;
  }
  const asks = call.action === 'other' || call.output === '';
  return html`${asks ? plainBody(page, call.input, `${key}:in`, part) : nothing}
  ${plainBody(page, call.output, `${key}:out`, part)}`;
}

function plainBody(page: Page, text: string, key: string, part: number): TemplateResult | typeof nothing {
  const lines = text.replace(/\n+$/, '').split('\n');
  if (text.trim() === '') {
    return nothing;
  }
  const all = page.isOpen(key) || lines.length <= shownLines;
  return html`<div class="body" dir="ltr" data-part=${part}>
    <pre>${(all ? lines : lines.slice(0, shownLines)).join('\n')}</pre>
    ${all ? nothing : showAll(page, key, lines.length)}
  </div>`;
}
