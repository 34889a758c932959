import { html, nothing, type TemplateResult } from 'lit';
import type { PermissionRequest, ToolCall } from '../protocol.ts';
import { diffView } from './diff.ts';
import { icon } from './icon.ts';
import { onOptionKey, optionsView } from './options.ts';
import type { Page } from './page.ts';
import { withoutFolder } from './rows.ts';
import { t } from './strings.ts';

/** Keys in a card's first moments were meant for something else. In ms. */
export const guardMs = 400;

let shown: { readonly id: string; readonly at: number } | undefined;

/** The agent asks before it does something. */
export function permissionView(page: Page, request: PermissionRequest, agentName: string): TemplateResult {
  if (shown?.id !== request.id) {
    shown = { id: request.id, at: performance.now() };
  }
  const title = questionOf(request.call.action, request.call.name, agentName);
  return html`<section
    class="permission"
    role="group"
    aria-label=${title}
    @keydown=${(event: KeyboardEvent) => onKey(page, request, event)}
  >
    <div class="permission-title">${icon('shield')}${title}</div>
    ${subjectView(page, request)}
    ${optionsView(title, request.options, (index) => answer(page, request, index))}
    <div class="hint" aria-hidden="true">
      <kbd>1</kbd> – <kbd>${request.options.length}</kbd> ${t('or')} <kbd>↑</kbd> <kbd>↓</kbd>
      <kbd>Enter</kbd> ${t('answers')} ·
      ${hasDiff(request) ? html`<kbd>D</kbd> ${t('opens the diff')} · ` : nothing}<kbd>Esc</kbd>
      ${t('stops the turn')}
    </div>
  </section>`;
}

/** The question as the person reads it, and as it is announced. */
export function questionOf(
  action: ToolCall['action'] | undefined,
  name: string | undefined,
  agentName: string,
): string {
  const questions: Readonly<Record<ToolCall['action'], string>> = {
    run: t('Allow {0} to run this command?', agentName),
    edit: t('Allow {0} to edit this file?', agentName),
    read: t('Allow {0} to read this file?', agentName),
    search: t('Allow {0} to search here?', agentName),
    fetch: t('Allow {0} to open this address?', agentName),
    other: t('Allow {0} to use {1}?', agentName, name || t('this tool')),
  };
  return questions[action ?? 'other'];
}

/** Answers with the option at `index`, unless the card has only just come. */
export function answer(page: Page, request: PermissionRequest, index: number): void {
  const option = request.options[index];
  if (option && performance.now() - (shown?.at ?? 0) >= guardMs) {
    page.post({ type: 'permission', request: request.id, option: option.id });
  }
}

let focusedCard: string | undefined;

/**
 * To call after each draw: a card that has just come takes the focus, but only from a panel that has it and only when
 * nobody is writing.
 */
export function focusPermission(page: Page): void {
  const id = page.state?.live.permission?.id;
  if (id === focusedCard) {
    return;
  }
  const left = id === undefined && document.activeElement === document.body;
  focusedCard = id;
  if (left) {
    document.querySelector<HTMLElement>('.draft')?.focus();
  } else if (id !== undefined && document.hasFocus() && page.composer.text === '') {
    document.querySelector<HTMLElement>('.option')?.focus();
  }
}

function subjectView(page: Page, { call }: PermissionRequest): TemplateResult {
  const { target, input, edits } = call;
  return html`${target || input ? html`<pre class="subject" dir="ltr">${withoutFolder(target || input || '', page.state?.folder)}</pre>` : nothing}
  ${(edits ?? []).map((edit, index) => diffView(page, edit, `ask:${call.id}:${index}`))}`;
}

const hasDiff = ({ call }: PermissionRequest): boolean => (call.edits ?? []).length > 0;

function onKey(page: Page, request: PermissionRequest, event: KeyboardEvent): void {
  const handled = onOptionKey(event, (index) => answer(page, request, index));
  if (!handled && event.key.toLowerCase() === 'd' && hasDiff(request)) {
    showDiff(page, request);
  }
}

function showDiff(page: Page, { call }: PermissionRequest): void {
  const holder = page
    .messages()
    .findLast(
      (it) => it.kind === 'reply' && it.parts.some((part) => part.kind === 'tool' && part.id === call.id),
    );
  if (holder) {
    page.post({ type: 'openDiff', message: holder.id, tool: call.id, edit: 0 });
  }
}
