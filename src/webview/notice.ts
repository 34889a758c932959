import { html, nothing, type TemplateResult } from 'lit';
import type { Notice, PanelState, Problem } from '../protocol.ts';
import { icon, iconButton } from './icon.ts';
import { onOptionKey, optionsView } from './options.ts';
import type { Page } from './page.ts';
import { formatNumber, t } from './strings.ts';
import { verbOf } from './verb.ts';

/** One message with what can be done about it. */
export const noticeView = (page: Page, notice: Notice): TemplateResult => html`<section
  class="notice ${notice.kind}"
  aria-label=${notice.title}
  @keydown=${notice.choices ? (event: KeyboardEvent) => onOptionKey(event, (index) => chooseSignIn(page, notice, index)) : nothing}
>
  ${icon(notice.icon, 'notice-icon')}
  <div class="notice-body">
    <div class="notice-title">${notice.title}</div>
    <div class="notice-text" dir="auto">${notice.text}</div>
    ${notice.command === undefined ? nothing : commandLine(page, notice.command)}
    ${
      notice.choices
        ? optionsView(notice.title, notice.choices, (index) => chooseSignIn(page, notice, index))
        : nothing
    }
    ${notice.actions.length > 0 ? noticeButtons(page, notice) : nothing}
  </div>
</section>`;

function chooseSignIn(page: Page, { choices }: Notice, index: number): void {
  const method = choices?.[index]?.id;
  if (method !== undefined) {
    page.post({ type: 'signIn', method });
  }
}

const commandLine = (page: Page, text: string): TemplateResult => html`<div class="command" dir="ltr">
  <code>${text}</code>${iconButton('copy', t('Copy'), () => page.post({ type: 'copy', text }))}
</div>`;

const noticeButtons = (page: Page, { actions, choices }: Notice): TemplateResult => html`<div
  class="buttons"
>
  ${actions.map(
    ({ id, label }, index) =>
      html`<button
        type="button"
        class="button ${index === 0 && !choices ? 'primary' : 'secondary'}"
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
  const readable = problem.readable ?? total;
  return html`<section class="notice warning in-log" aria-label=${t('Damaged session')}>
    ${icon('warning', 'notice-icon')}
    <div class="notice-body">
      <div class="notice-title">${t('This session is damaged after message {0}', formatNumber(readable))}</div>
      <div class="notice-text" dir="auto">
        ${problem.text} ${t('Nothing was changed. You can fork from any message up to {0}.', formatNumber(readable))}
      </div>
      <div class="buttons">${forkLastReply(page, state)} ${showLineButton(page, problem)}</div>
    </div>
  </section>`;
}

function forkLastReply(page: Page, state: PanelState): TemplateResult | typeof nothing {
  const verbs = state.messages.map((_, index) => verbOf(state, index));
  const last = verbs.findLast((verb) => verb?.kind === 'forkAfter');
  return last
    ? html`<button
        type="button"
        class="button secondary"
        ?disabled=${state.forking}
        @click=${() => page.post(last.post)}
      >
        ${icon('repo-forked')}${t('Fork after message {0}', formatNumber(last.keeps))}
      </button>`
    : nothing;
}

const showLineButton = (page: Page, { line }: Problem): TemplateResult | typeof nothing =>
  line === undefined
    ? nothing
    : html`<button type="button" class="button secondary" @click=${() => page.post({ type: 'showLine', line })}>
        ${t('Show Line {0}', formatNumber(line))}
      </button>`;
