import { html, nothing, type TemplateResult } from 'lit';
import type { Notice, PanelState } from '../protocol.ts';
import { icon, iconButton } from './icon.ts';
import type { Page } from './page.ts';
import { t } from './strings.ts';

/** One message with what can be done about it. */
export const noticeView = (page: Page, notice: Notice): TemplateResult => html`<section
  class="notice ${notice.kind}"
  aria-label=${notice.title}
>
  ${icon(notice.icon, 'notice-icon')}
  <div class="notice-body">
    <div class="notice-title">${notice.title}</div>
    <div class="notice-text" dir="auto">${notice.text}</div>
    ${notice.command === undefined ? nothing : commandLine(page, notice.command)}
    ${notice.actions.length > 0 ? noticeButtons(page, notice) : nothing}
  </div>
  ${notice.kind === 'info' ? iconButton('close', t('Close'), () => dismiss(page)) : nothing}
</section>`;

const dismiss = (page: Page): void => page.post({ type: 'action', id: 'dismiss' });

const commandLine = (page: Page, text: string): TemplateResult => html`<div class="command" dir="ltr">
  <code>${text}</code>${iconButton('copy', t('Copy'), () => page.post({ type: 'copy', text }))}
</div>`;

const noticeButtons = (page: Page, { actions, kind }: Notice): TemplateResult => html`<div class="buttons">
  ${actions.map(
    ({ id, label }, index) =>
      html`<button
        type="button"
        class="button ${index === 0 && kind !== 'info' ? 'primary' : 'secondary'}"
        @click=${() => page.post({ type: 'action', id })}
      >
        ${label}
      </button>`,
  )}
</div>`;

/** Where a damaged session breaks off, at the end of what can be read. */
export function problemView(page: Page, state: PanelState): TemplateResult | typeof nothing {
  const { problem, total } = state;
  if (!problem) {
    return nothing;
  }
  const last = state.messages.findLast((message) => message.kind === 'reply' && message.finished);
  return html`<section class="notice warning in-log" aria-label=${t('Damaged session')}>
    ${icon('warning', 'notice-icon')}
    <div class="notice-body">
      <div class="notice-title">${t('This session is damaged after message {0}', problem.readable ?? total)}</div>
      <div class="notice-text" dir="auto">
        ${problem.text} ${t('Nothing was changed. You can fork from any message up to {0}.', total)}
      </div>
      <div class="buttons">
        ${
          last && state.canFork
            ? html`<button
                type="button"
                class="button secondary"
                ?disabled=${state.forking}
                @click=${() => page.post({ type: 'forkAfter', message: last.id })}
              >
                ${icon('repo-forked')}${t('Fork after the last whole reply')}
              </button>`
            : nothing
        }
        <button
          type="button"
          class="button secondary"
          @click=${() => page.post({ type: 'showTranscript' })}
        >
          ${t('Show in transcript')}
        </button>
      </div>
    </div>
  </section>`;
}
