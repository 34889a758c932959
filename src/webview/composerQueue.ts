import { html, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { Notice, NoticeAction, PanelState, QueuedPrompt } from '../protocol.ts';
import { icon, iconButton } from './icon.ts';
import type { Page } from './page.ts';
import { t } from './strings.ts';

/** What is not sent yet, above the composer: what comes next, then what waits for the person. */
export function queueView(page: Page, { composer, live }: PanelState): TemplateResult | typeof nothing {
  const { queue } = composer;
  const waits = queue.findIndex((prompt) => prompt.waits);
  const line = waits >= 0 && !(live.notice && goesOnWithAll(live.notice));
  return queue.length === 0
    ? nothing
    : html`<div class="queue">
        ${listView(page, t('Queued prompts'), waits < 0 ? queue : queue.slice(0, waits))}
        ${line ? waitingLine(page) : nothing}
        ${waits < 0 ? nothing : listView(page, t('Prompts that wait for you'), queue.slice(waits))}
      </div>`;
}

const listView = (
  page: Page,
  label: string,
  prompts: readonly QueuedPrompt[],
): TemplateResult | typeof nothing =>
  prompts.length === 0
    ? nothing
    : html`<div role="list" aria-label=${label}>
        ${repeat(
          prompts,
          ({ number }) => number,
          (prompt) => rowView(page, prompt),
        )}
      </div>`;

const goingOn: readonly NoticeAction[] = ['checkAgain', 'manageTrust', 'retry', 'startAgain'];

/** What the notice above the queue has to offer sends all that waits. */
const goesOnWithAll = ({ actions }: Notice): boolean => actions.some(({ id }) => goingOn.includes(id));

const waitingLine = (page: Page): TemplateResult => html`<div class="queue-waits">
  <span>${t('Not sent. This waits for you:')}</span>
  <button type="button" class="link" @click=${() => sendAll(page)}>${t('Send Queued')}</button>
</div>`;

// The button goes with what it sends.
function sendAll(page: Page): void {
  page.post({ type: 'sendQueue' });
  page.wantsComposer = true;
  page.update();
}

const rowView = (page: Page, prompt: QueuedPrompt): TemplateResult => html`<div
  class="queued"
  role="listitem"
>
  <span class="quiet">${stateOf(prompt)}</span
  ><span class="queued-text" dir="auto">${prompt.text}</span>${attachmentCount(prompt)}
  ${iconButton('edit', t('Edit'), () => page.post({ type: 'editQueued', number: prompt.number }))}
  ${iconButton('arrow-up', t('Send now'), () => page.post({ type: 'sendQueued', number: prompt.number }))}
  ${iconButton('close', t('Drop'), () => drop(page, prompt))}
</div>`;

function stateOf({ checkpoint, waits }: QueuedPrompt): string {
  if (waits) {
    return checkpoint ? t('Waits with a checkpoint') : t('Waits');
  }
  return checkpoint ? t('Queued with a checkpoint') : t('Queued');
}

const attachmentCount = ({ attachments }: QueuedPrompt): TemplateResult | typeof nothing =>
  attachments === 0
    ? nothing
    : html`<span class="quiet" role="img" aria-label=${countWords(attachments)} title=${countWords(attachments)}
        >${icon('attach')}${attachments}</span
      >`;

const countWords = (count: number): string => (count === 1 ? t('1 attachment') : t('{0} attachments', count));

// The row goes with the button that has the focus.
function drop(page: Page, { number }: QueuedPrompt): void {
  page.post({ type: 'dropQueued', number });
  page.wantsComposer = true;
  page.update();
}
