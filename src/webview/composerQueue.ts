import { html, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { ComposerState, QueuedPrompt } from '../protocol.ts';
import { icon, iconButton } from './icon.ts';
import type { Page } from './page.ts';
import { t } from './strings.ts';

/** What waits for the turns before it, above the composer. */
export const queueView = (page: Page, { queue }: ComposerState): TemplateResult | typeof nothing =>
  queue.length === 0
    ? nothing
    : html`<div class="queue" role="list" aria-label=${t('Queued prompts')}>
        ${repeat(
          queue,
          ({ number }) => number,
          (prompt) => rowView(page, prompt),
        )}
      </div>`;

const rowView = (page: Page, prompt: QueuedPrompt): TemplateResult => html`<div
  class="queued"
  role="listitem"
>
  <span class="quiet">${prompt.checkpoint ? t('Queued with a checkpoint') : t('Queued')}</span
  ><span class="queued-text" dir="auto">${prompt.text}</span>${attachmentCount(prompt)}
  ${iconButton('edit', t('Edit'), () => page.post({ type: 'editQueued', number: prompt.number }))}
  ${iconButton('arrow-up', t('Send now'), () => page.post({ type: 'sendQueued', number: prompt.number }))}
  ${iconButton('close', t('Drop'), () => drop(page, prompt))}
</div>`;

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
