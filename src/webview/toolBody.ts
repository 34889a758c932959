import { html, nothing, type TemplateResult } from 'lit';
import type { FileEdit, MessageId, ToolCall } from '../protocol.ts';
import { ansiRuns } from './ansi.ts';
import { showControls } from './controls.ts';
import { diffView, shownLines } from './diff.ts';
import { showAllButton } from './longText.ts';
import { isSafeHref } from './markdown.ts';
import type { Page } from './page.ts';
import { splitAtPaths } from './paths.ts';
import { rowKey, withoutFolder } from './rows.ts';
import { formatNumber, t } from './strings.ts';

/** Of longer text so much is drawn before "Show all", in UTF-16 units: a line may have no end. */
const shownText = 4000;
/** A longer target does not fit its row: the body begins with all of it. */
const longTarget = 80;

/** What went into a tool call and came out of it. `part` is the call's index among the parts of its reply. */
export function toolBody(page: Page, message: MessageId, call: ToolCall, part: number): TemplateResult {
  const { edits = [], action, input, output, target, status } = call;
  const key = rowKey(message, call.id);
  if (edits.length > 0) {
    return html`${edits.map((edit, index) => editView(page, message, call, { edit, index, part }))}
    ${status === 'failed' ? plainBody(page, output, `${key}:out`, part) : nothing}`;
  }
  const asks = action === 'other' || output === '' || target.length > longTarget || target.includes('\n');
  return html`${asks ? plainBody(page, input, `${key}:in`, part) : nothing}
  ${plainBody(page, output, `${key}:out`, part)}`;
}

interface ShownEdit {
  readonly edit: FileEdit;
  readonly index: number;
  readonly part: number;
}

/** One of several edits names its file and has its own way to VS Code's diff editor. */
function editView(
  page: Page,
  message: MessageId,
  call: ToolCall,
  { edit, index, part }: ShownEdit,
): TemplateResult {
  const diff = diffView(page, edit, `${rowKey(message, call.id)}:${index}`, part);
  return call.edits?.length === 1
    ? diff
    : html`<div class="edit-head">
          <span class="row-target" dir="ltr">${showControls(withoutFolder(edit.path, page.state?.folder))}</span>
          ${openDiffLink(page, message, call.id, index)}
        </div>
        ${diff}`;
}

/** Shows an edit in VS Code's diff editor. */
export const openDiffLink = (
  page: Page,
  message: MessageId,
  tool: string,
  edit: number,
): TemplateResult => html`<button
  type="button"
  class="link"
  tabindex="-1"
  @click=${() => page.post({ type: 'openDiff', message, tool, edit })}
>
  ${t('Open diff')}
</button>`;

function plainBody(page: Page, text: string, key: string, part: number): TemplateResult | typeof nothing {
  const whole = text.replace(/\n+$/, '');
  const lines = whole.split('\n');
  if (text.trim() === '') {
    return nothing;
  }
  const start = lines.slice(0, shownLines).join('\n').slice(0, shownText);
  const all = page.isOpen(key) || start.length === whole.length;
  const words =
    lines.length > shownLines
      ? t('Show all {0} lines', formatNumber(lines.length))
      : t('Show all {0} characters', formatNumber(whole.length));
  return html`<div class="body" dir="ltr" data-part=${part}>
    <pre>${ansiView(all ? whole : start)}</pre>
    ${all ? nothing : showAllButton(page, key, words)}
  </div>`;
}

const ansiView = (text: string): readonly unknown[] =>
  ansiRuns(text).map(({ look, text: words }) =>
    look === '' ? linkedView(words) : html`<span class=${look}>${linkedView(words)}</span>`,
  );

/** Files that an output names lead into the editor, as those in a reply's text do. */
const linkedView = (text: string): readonly (TemplateResult | string)[] =>
  splitAtPaths(showControls(text)).map(({ text: piece, path }) =>
    path && isSafeHref(piece) ? html`<a href=${piece} title=${piece} tabindex="-1">${piece}</a>` : piece,
  );
