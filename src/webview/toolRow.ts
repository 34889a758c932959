import { html, nothing, type TemplateResult } from 'lit';
import type { Message, MessageId, ThinkingPart, ToolCall } from '../protocol.ts';
import { showControls, showForced } from './controls.ts';
import { icon, iconButton } from './icon.ts';
import { cutText } from './longText.ts';
import type { Page } from './page.ts';
import { editCounts, rowKey, rowWords } from './rows.ts';
import { formatDuration, formatNumber, t } from './strings.ts';
import { openDiffLink, toolBody } from './toolBody.ts';

/** Of a longer thought the start is drawn first, in UTF-16 units. */
const shownThought = 20_000;

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
    ${open ? thought(page, message, part.text, index) : nothing}`;
}

function thought(page: Page, message: Message, whole: string, index: number): TemplateResult {
  const { text, more } = cutText(page, whole, shownThought, rowKey(message.id, `${index}:all`));
  return html`<div class="body thought" dir="auto" data-part=${index}>${showForced(text)}${more}</div>`;
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
        <span class="row-target" dir="ltr">${showControls(words.target)}</span>
        ${counts(call)}
        <span class="row-detail" dir="auto">${words.detail}</span>
      </button>
      ${open ? rowActions(page, message.id, call) : nothing}
    </div>
    ${open ? toolBody(page, message.id, call, index) : nothing}`;
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
  return html`<span class="row-counts" dir="ltr">
    ${lines.added > 0 ? html`<span class="added">+${formatNumber(lines.added)}</span>` : nothing}
    ${lines.removed > 0 ? html`<span class="removed">−${formatNumber(lines.removed)}</span>` : nothing}
  </span>`;
}

function rowActions(page: Page, message: MessageId, call: ToolCall): TemplateResult {
  const text = call.output || call.input;
  return html`<span class="row-actions">
    ${call.edits?.length === 1 ? openDiffLink(page, message, call.id, 0) : nothing}
    ${isFile(call) ? openFileLink(page, call.target) : nothing}
    ${iconButton('copy', t('Copy'), () => page.post({ type: 'copy', text }), { tab: -1 })}
  </span>`;
}

const isFile = ({ action, target }: ToolCall): boolean =>
  (action === 'read' || action === 'edit') && /^\S[^\n]*$/.test(target);

const openFileLink = (page: Page, path: string): TemplateResult => html`<button
  type="button"
  class="link"
  tabindex="-1"
  @click=${() => page.post({ type: 'openFile', path })}
>
  ${t('Open file')}
</button>`;
