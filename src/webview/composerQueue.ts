import { html, nothing, type TemplateResult } from 'lit';
import type { ComposerState, QueuedPrompt } from '../protocol.ts';
import { icon, iconButton } from './icon.ts';
import type { Page } from './page.ts';
import { t } from './strings.ts';

/** What waits for the turns before it, above the composer. */
export const queueView = (page: Page, { queue }: ComposerState): TemplateResult | typeof nothing =>
  queue.length === 0
    ? nothing
    : html`<div class="queue" role="list" aria-label=${t('Queued prompts')}>
        ${queue.map((prompt, index) => rowView(page, prompt, index))}
      </div>`;

const rowView = (page: Page, prompt: QueuedPrompt, index: number): TemplateResult => html`<div
  class="queued"
  role="listitem"
>
  <span class="quiet">${prompt.checkpoint ? t('Queued with a checkpoint') : t('Queued')}</span
  ><span class="queued-text" dir="auto">${prompt.text}</span>${attachmentCount(prompt)}
  ${iconButton('edit', t('Edit'), () => page.post({ type: 'editQueued', index }))}
  ${iconButton('arrow-up', t('Send now'), () => page.post({ type: 'sendQueued', index }))}
  ${iconButton('close', t('Drop'), () => drop(page, index))}
</div>`;

const attachmentCount = ({ attachments }: QueuedPrompt): TemplateResult | typeof nothing =>
  attachments === 0
    ? nothing
    : html`<span class="quiet" role="img" aria-label=${countWords(attachments)} title=${countWords(attachments)}
        >${icon('attach')}${attachments}</span
      >`;

const countWords = (count: number): string => (count === 1 ? t('1 attachment') : t('{0} attachments', count));

// The row goes with the button that has the focus.
function drop(page: Page, index: number): void {
  page.post({ type: 'dropQueued', index });
  page.wantsComposer = true;
  page.update();
}
