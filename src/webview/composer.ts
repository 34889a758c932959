import { html, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import type { Notice, PanelState } from '../protocol.ts';
import { asideView } from './aside.ts';
import { attachmentChips, onDrop, onPaste } from './attachments.ts';
import { barView, isBusy } from './composerBar.ts';
import { completionId, completionList, completionsOf, findMentions } from './composerCompletion.ts';
import { onComposerKey, onCursor, onInput } from './composerKeys.ts';
import { queueView } from './composerQueue.ts';
import { icon } from './icon.ts';
import type { Page } from './page.ts';
import { t } from './strings.ts';

/** Where the next prompt is written, with what was asked on the side and what is queued above it. */
export function composerView(page: Page, state: PanelState): TemplateResult {
  if (!state.composer.enabled) {
    return closedComposer(page, state);
  }
  if (state.live.notice && isBlocking(state.live.notice)) {
    return html`${asideView(page, state)} ${queueView(page, state)}`;
  }
  const { note } = page.composer;
  return html`${asideView(page, state)} ${completionList(page, completionsOf(page))}
  ${note ? html`<div class="draft-note">${icon('repo-forked')}<span>${note}</span></div>` : nothing}
  <div class="draft-note remark" role="status">
    ${page.writing.remark ? html`${icon('info')}<span>${page.writing.remark}</span>` : nothing}
  </div>
  ${queueView(page, state)}
  <div
    class="composer"
    @dragover=${allowDrop}
    @drop=${(event: DragEvent) => {
      event.preventDefault();
      onDrop(page, event);
    }}
  >
    ${attachmentChips(page.composer.attachments, (index) => detach(page, index))} ${fieldView(page, state)}
    ${barView(page, state)}
  </div>`;
}

/** To call when the panel may have got the keyboard: somebody in it has the focus then. */
export function takeFocus(page: Page): void {
  if (document.hasFocus() && document.activeElement === document.body) {
    page.writing.takesFocus = true;
    page.update();
  }
}

/** To call after each draw: a draft that has just come wants to be edited, a cursor that was moved to stand there. */
export function focusDraft(page: Page): void {
  const field = document.querySelector<HTMLTextAreaElement>('.draft');
  const { writing } = page;
  if (writing.takesFocus && document.activeElement === document.body) {
    (field ?? document.querySelector<HTMLElement>('.log [tabindex="0"]'))?.focus({ preventScroll: true });
  }
  writing.takesFocus = false;
  if (!field) {
    return;
  }
  if (page.wantsComposer) {
    page.wantsComposer = false;
    field.focus();
    field.setSelectionRange(field.value.length, field.value.length);
    writing.caret = field.value.length;
    findMentions(page);
  } else if (writing.moved) {
    field.setSelectionRange(writing.caret, writing.caret);
  }
  writing.moved = false;
}

function fieldView(page: Page, state: PanelState): TemplateResult {
  const open = completionsOf(page).length > 0;
  return html`<textarea
    class="draft"
    rows="1"
    dir="auto"
    aria-label=${t('Prompt')}
    aria-autocomplete="list"
    aria-controls=${open ? 'completions' : nothing}
    aria-activedescendant=${open ? completionId(page.writing.chosen) : nothing}
    placeholder=${placeholderOf(state)}
    .value=${live(page.composer.text)}
    @input=${(event: Event) => onInput(page, event)}
    @keydown=${(event: KeyboardEvent) => onComposerKey(page, event)}
    @keyup=${(event: Event) => onCursor(page, event)}
    @click=${(event: Event) => onCursor(page, event)}
    @paste=${(event: ClipboardEvent) => {
      if (onPaste(page, event)) {
        event.preventDefault();
      }
    }}
  ></textarea>`;
}

const closedComposer = (page: Page, state: PanelState): TemplateResult => html`<div class="composer closed">
  <span>${state.composer.reason}</span>
  ${
    state.canFork
      ? html`<button
          type="button"
          class="button primary"
          ?disabled=${state.forking}
          @click=${() => page.post({ type: 'fork' })}
        >
          ${icon('repo-forked')}${t('Fork')}
        </button>`
      : nothing
  }
</div>`;

// Nothing can be sent before the notice's advice is followed; what was sent waits in the queue.
const isBlocking = ({ actions }: Notice): boolean => actions.some(({ id }) => id === 'checkAgain');

const placeholderOf = (state: PanelState): string =>
  isBusy(state)
    ? t('Queue another prompt, or type / for commands')
    : t('Ask {0}, or type / for commands', state.agentName);

const allowDrop = (event: DragEvent): void => event.preventDefault();

function detach(page: Page, index: number): void {
  const attachments = page.composer.attachments.filter((_, at) => at !== index);
  page.write({ ...page.composer, attachments });
  page.wantsComposer = true;
}
