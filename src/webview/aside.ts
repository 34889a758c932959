import { html, nothing, type TemplateResult } from 'lit';
import type { Aside, PanelState, TextPart } from '../protocol.ts';
import { icon, iconButton } from './icon.ts';
import type { Page } from './page.ts';
import { t } from './strings.ts';
import { textBlocks } from './textBlocks.ts';

/** A question that was asked in a throw-away fork, with its answer, above the composer until it is closed. */
export const asideView = (page: Page, { aside }: PanelState): TemplateResult | typeof nothing =>
  aside
    ? html`<section class="side" aria-label=${t('On the side')} aria-busy=${isOpen(aside)}>
        <div class="side-head">
          ${icon('comment-discussion')}<span class="strong">${t('On the side')}</span
          ><span class="side-question" dir="auto" title=${aside.question}>${aside.question}</span>
          ${
            aside.answer
              ? iconButton('copy', t('Copy'), () => page.post({ type: 'copy', text: aside.answer }))
              : nothing
          }
          ${iconButton('close', t('Close'), () => closeAside(page))}
        </div>
        ${aside.answer ? html`<div class="side-answer" tabindex="0">${answerView(page, aside)}</div>` : nothing}
        ${statusOf(aside)}
      </section>`
    : nothing;

/** Closes it; the agent's process ends and the fork is deleted. */
export function closeAside(page: Page): void {
  page.post({ type: 'closeAside' });
  page.wantsComposer = true;
  page.update();
}

/** What is told once when the answer is there; empty otherwise. */
export function asideNews(before: Aside | undefined, after: Aside | undefined): string {
  if (!before || !after || !isOpen(before) || isOpen(after)) {
    return '';
  }
  return after.status === 'done'
    ? t('The answer on the side is there')
    : t('The question on the side failed');
}

const isOpen = ({ status }: Aside): boolean => status === 'forking' || status === 'working';

// A part is kept while its text stands still, so that its blocks are.
let part: TextPart = { kind: 'text', text: '' };

function answerView(page: Page, { answer }: Aside): TemplateResult {
  part = part.text === answer ? part : { kind: 'text', text: answer };
  return html`<div class="text" dir="auto">${textBlocks(page, part)}</div>`;
}

function statusOf({ status, remark }: Aside): TemplateResult {
  const words = {
    forking: t('Forking…'),
    working: t('Answering in a fork that is thrown away'),
    done: t('Answered in a fork that is thrown away. Nothing of it stays.'),
    failed: t('Not answered. Nothing of it stays.'),
  }[status];
  const mark = { forking: 'loading', working: 'loading', done: 'check', failed: 'error' }[status];
  const spins = mark === 'loading' ? 'codicon-modifier-spin accent' : '';
  return html`<div class="side-status">
    ${icon(mark, spins)}<span>${words}${remark ? html` <span class="plain">${remark}</span>` : nothing}</span>
  </div>`;
}
