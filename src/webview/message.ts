import { html, nothing, type TemplateResult } from 'lit';
import type { Message, PanelState, Prompt, Reply, ReplyPart, TextPart } from '../protocol.ts';
import { attachmentChips } from './attachments.ts';
import { showForced } from './controls.ts';
import { icon, iconButton } from './icon.ts';
import { cutText } from './longText.ts';
import { messageLabel } from './names.ts';
import type { Page } from './page.ts';
import { rowKey } from './rows.ts';
import { formatNumber, t } from './strings.ts';
import { textBlocks } from './textBlocks.ts';
import { thinkingRow, toolRow } from './toolRow.ts';
import { type Verb, verbOf } from './verb.ts';

/** Of longer prompts and replies the start is drawn first, in UTF-16 units. */
const shownPrompt = 10_000;
const shownReply = 60_000;

/** Where a message stands. */
export interface Position {
  readonly state: PanelState;
  readonly message: Message;
  /** Index (from 0) among the messages drawn; those of the running turn come last. */
  readonly index: number;
  readonly last: boolean;
  readonly after: Message | undefined;
}

/** One message: its dot and number in the lane, its content, its toolbar at the edge where its verb cuts. */
export function messageView(page: Page, position: Position): TemplateResult {
  const { state, message, index } = position;
  const number = state.first + index + 1;
  const stored = index < state.messages.length;
  const verb = stored ? verbOf(state, index) : undefined;
  const tools = toolbar(page, position, number, verb);
  return html`<article
    class=${classesOf(position, number)}
    data-row=${message.id}
    data-index=${number - 1}
    data-number=${number}
    tabindex=${page.focused === message.id ? 0 : -1}
    aria-label=${messageLabel(position, number)}
    aria-posinset=${number}
    aria-setsize=${page.count}
  >
    ${message.kind === 'prompt' ? tools : nothing}
    <div class="lane" aria-hidden="true"><span class="number">${number}</span><span class="dot"></span></div>
    ${message.kind === 'prompt' ? promptBody(page, message) : replyBody(page, message)}
    ${message.kind === 'reply' ? tools : nothing} ${verb ? cutLine(verb.keeps) : nothing}
  </article>`;
}

function classesOf({ state, message, last, after }: Position, number: number): string {
  const first = message.kind === 'reply' ? message.parts.find(isShown)?.kind : undefined;
  return [
    'message',
    message.kind,
    number <= state.inherited ? 'inherited' : 'own',
    number === 1 ? 'first' : '',
    last ? 'last' : '',
    after?.kind === 'reply' && message.kind === 'reply' ? 'close' : '',
    first === 'text' ? 'starts-text' : '',
  ].join(' ');
}

function promptBody(page: Page, message: Prompt): TemplateResult {
  const { text, more } = cutText(page, message.text, shownPrompt, rowKey(message.id, '0:all'));
  return html`<div class="content bubble" dir="auto">
    <div class="prompt-text" data-part="0">${showForced(text)}</div>
    ${more} ${attachmentChips(message.attachments)}
  </div>`;
}

const replyBody = (page: Page, message: Reply): TemplateResult => html`<div class="content">
  ${message.parts.map((part, index) => (isShown(part) ? partView(page, message, part, index) : nothing))}
</div>`;

const isShown = (part: ReplyPart): boolean => part.kind === 'tool' || part.text.trim() !== '';

function partView(page: Page, message: Reply, part: ReplyPart, index: number): TemplateResult {
  switch (part.kind) {
    case 'text':
      return textView(page, message, part, index);
    case 'thinking':
      return thinkingRow(page, message, part, index);
    case 'tool':
      return toolRow(page, message, part, index);
  }
}

function textView(page: Page, message: Reply, part: TextPart, index: number): TemplateResult {
  const { text, more } = cutText(page, part.text, shownReply, rowKey(message.id, `${index}:all`));
  const shown = text === part.text ? part : startOf(part, text);
  return html`<div class="text" dir="auto" data-part=${index}>${textBlocks(page, shown)}${more}</div>`;
}

const starts = new WeakMap<TextPart, TextPart>();

// The same object each time, so that its blocks are parsed once.
function startOf(part: TextPart, text: string): TextPart {
  const start = starts.get(part) ?? { kind: 'text', text };
  starts.set(part, start);
  return start;
}

function toolbar(
  page: Page,
  { state, message, index }: Position,
  number: number,
  verb: Verb | undefined,
): TemplateResult {
  const stored = index < state.messages.length;
  const forks = state.forksAt[String(number)] ?? [];
  return html`<div class="edge">
    <div class="toolbar" role="toolbar" aria-label=${t('Message {0}', number)}>
      ${verb ? verbButton(page, verb, state.forking) : nothing}
      ${iconButton('copy', t('Copy'), () => copyMessage(page, message), { tab: -1 })}
      ${
        stored
          ? iconButton(
              'go-to-file',
              t('Show in transcript'),
              () => page.post({ type: 'showTranscript', message: message.id }),
              { tab: -1 },
            )
          : nothing
      }
      ${
        stored && forks.length > 0
          ? iconButton('ellipsis', t('Forks that start here'), (event) => showForks(page, number, event), {
              tab: -1,
            })
          : nothing
      }
    </div>
  </div>`;
}

const cutLine = (keeps: number): TemplateResult => html`<div class="cut" aria-hidden="true">
  <span class="cut-words">${keptWords(keeps)}</span>
</div>`;

function keptWords(keeps: number): string {
  if (keeps === 0) {
    return t('starts empty');
  }
  return keeps === 1 ? t('keeps 1 message') : t('keeps {0} messages', formatNumber(keeps));
}

const verbButton = (page: Page, verb: Verb, forking: boolean): TemplateResult => html`<button
    type="button"
    class="verb"
    tabindex="-1"
    ?disabled=${forking}
    @click=${() => page.post(verb.post)}
  >
    ${icon(verb.kind === 'forkBefore' ? 'edit' : 'repo-forked')}${
      verb.kind === 'forkBefore' ? t('Edit & fork from here') : t('Fork after this reply')
    }</button
  ><span class="bar"></span>`;

/** Puts a message's own words on the clipboard. */
export function copyMessage(page: Page, message: Message): void {
  const text =
    message.kind === 'prompt'
      ? message.text
      : message.parts.flatMap((part) => (part.kind === 'text' ? [part.text] : [])).join('\n\n');
  page.post({ type: 'copy', text });
}

function showForks(page: Page, number: number, event: Event): void {
  if (event.currentTarget instanceof Element) {
    page.showMenu({
      label: t('Forks that start here'),
      anchor: event.currentTarget,
      items: (page.state?.forksAt[String(number)] ?? []).map(({ session, title }) => ({
        label: title,
        icon: 'repo-forked',
        choose: () => page.post({ type: 'open', session, message: number }),
      })),
    });
  }
}
