import { html, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import type { Choice, ComposerState, Notice, PanelState, SlashCommand } from '../protocol.ts';
import { icon, iconButton } from './icon.ts';
import { attachmentChips } from './message.ts';
import type { Page } from './page.ts';
import { formatNumber, t } from './strings.ts';

/** Where the next prompt is written, with what is queued above it. */
export function composerView(page: Page, state: PanelState): TemplateResult {
  if (!state.composer.enabled) {
    return closedComposer(page, state);
  }
  if (state.live.notice && isBlocking(state.live.notice)) {
    return html`${queueView(page, state.composer)}`;
  }
  const { note } = page.composer;
  return html`${queueView(page, state.composer)}
  ${note ? html`<div class="draft-note">${icon('repo-forked')}<span>${note}</span></div>` : nothing}
  ${commandList(page, matchingCommands(page))}
  <div class="composer">
    ${
      page.composer.attachments.length > 0
        ? attachmentChips(page.composer.attachments, (index) => detach(page, index))
        : nothing
    }
    <textarea
      class="draft"
      rows="1"
      dir="auto"
      aria-label=${t('Prompt')}
      placeholder=${placeholderOf(state)}
      .value=${live(page.composer.text)}
      @input=${(event: Event) => onInput(page, event)}
      @keydown=${(event: KeyboardEvent) => onKey(page, event)}
    ></textarea>
    <div class="bar-row">
      ${iconButton('add', t('Attach files'), () => page.post({ type: 'attach' }))}
      ${iconButton('mention', t('Mention a file'), () => page.post({ type: 'mention' }))}
      ${choiceButton(page, t('Mode'), 'shield', state.composer.modes, state.composer.mode, 'setMode')}
      ${choiceButton(page, t('Model'), undefined, state.composer.models, state.composer.model, 'setModel')}
      <span class="grow"></span>
      ${contextRing(state)} ${sendButton(page, state)}
    </div>
  </div>`;
}

/** To call after each draw: a draft that has just come wants to be edited. */
export function focusDraft(page: Page): void {
  const field = document.querySelector<HTMLTextAreaElement>('.draft');
  if (page.wantsComposer && field) {
    page.wantsComposer = false;
    field.focus();
    field.setSelectionRange(field.value.length, field.value.length);
  }
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

const isBusy = ({ live }: PanelState): boolean => live.status !== 'none' && live.status !== 'idle';

const placeholderOf = (state: PanelState): string =>
  isBusy(state)
    ? t('Queue another prompt, or type / for commands')
    : t('Ask {0}, or type / for commands', state.agentName);

function queueView(page: Page, { queue }: ComposerState): TemplateResult | typeof nothing {
  if (queue.length === 0) {
    return nothing;
  }
  return html`<div class="queue" role="list" aria-label=${t('Queued prompts')}>
    ${queue.map(
      (text, index) =>
        html`<div class="queued" role="listitem">
          <span class="quiet">${t('Queued')}</span><span class="queued-text" dir="auto">${text}</span>
          ${iconButton('edit', t('Edit'), () => page.post({ type: 'editQueued', index }))}
          ${iconButton('arrow-up', t('Send now'), () => page.post({ type: 'sendQueued', index }))}
          ${iconButton('close', t('Drop'), () => page.post({ type: 'dropQueued', index }))}
        </div>`,
    )}
  </div>`;
}

/** The slash commands that fit what is being typed; none unless the text is a lone `/word`. */
export function matchingCommands(page: Page): readonly SlashCommand[] {
  const typed = /^\/([^\s/]*)$/.exec(page.composer.text)?.[1]?.toLowerCase();
  if (typed === undefined) {
    return [];
  }
  const commands = page.state?.composer.commands ?? [];
  return commands.filter(({ name }) => name.toLowerCase().includes(typed)).slice(0, 12);
}

function commandList(page: Page, commands: readonly SlashCommand[]): TemplateResult | typeof nothing {
  if (commands.length === 0) {
    return nothing;
  }
  return html`<div class="commands" role="listbox" aria-label=${t('Commands')}>
    ${commands.map(
      (command, index) =>
        html`<div
          class="command-row"
          role="option"
          aria-selected=${index === page.command}
          @mousedown=${(event: Event) => chooseCommand(page, command, event)}
        >
          <span>/${command.name}</span
          ><span class="quiet" dir="auto">${command.description || command.hint || ''}</span>
        </div>`,
    )}
  </div>`;
}

function chooseCommand(page: Page, { name }: SlashCommand, event: Event): void {
  event.preventDefault();
  page.write({ ...page.composer, text: `/${name} ` });
}

function detach(page: Page, index: number): void {
  const attachments = page.composer.attachments.filter((_, at) => at !== index);
  page.write({ ...page.composer, attachments });
}

function onInput(page: Page, event: Event): void {
  if (event.target instanceof HTMLTextAreaElement) {
    page.write({ ...page.composer, text: event.target.value });
  }
}

function onKey(page: Page, event: KeyboardEvent): void {
  if (event.isComposing) {
    return;
  }
  const commands = matchingCommands(page);
  if (commands.length > 0 && onCommandKey(page, commands, event)) {
    event.preventDefault();
  } else if (event.key === 'Enter' && !event.shiftKey && !event.altKey) {
    event.preventDefault();
    page.send();
  } else if (event.key === 'ArrowUp' && recall(page)) {
    event.preventDefault();
  }
}

function onCommandKey(page: Page, commands: readonly SlashCommand[], event: KeyboardEvent): boolean {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const chosen = commands[page.command];
  if (by !== undefined) {
    page.command = (page.command + by + commands.length) % commands.length;
    page.update();
    return true;
  }
  if (chosen && (event.key === 'Enter' || event.key === 'Tab') && page.composer.text !== `/${chosen.name}`) {
    chooseCommand(page, chosen, event);
    return true;
  }
  return false;
}

// In an empty composer, or one that holds an earlier prompt unchanged, ↑ brings the prompt before.
function recall(page: Page): boolean {
  const prompts = page.messages().flatMap((message) => (message.kind === 'prompt' ? [message.text] : []));
  const { text } = page.composer;
  const at = text === '' ? prompts.length : prompts.lastIndexOf(text);
  const earlier = at > 0 ? prompts[at - 1] : undefined;
  if (earlier === undefined) {
    return false;
  }
  page.write({ ...page.composer, text: earlier });
  return true;
}

function choiceButton(
  page: Page,
  label: string,
  name: string | undefined,
  choices: readonly Choice[],
  chosen: string | undefined,
  type: 'setMode' | 'setModel',
): TemplateResult | typeof nothing {
  if (choices.length === 0) {
    return nothing;
  }
  const current = choices.find(({ id }) => id === chosen)?.name ?? chosen ?? label;
  const show = (event: Event): void => {
    if (event.currentTarget instanceof Element) {
      page.showMenu({
        label,
        anchor: event.currentTarget,
        items: choices.map((choice) => ({
          label: choice.name,
          ...(choice.description && { detail: choice.description }),
          chosen: choice.id === chosen,
          choose: () => page.post({ type, id: choice.id }),
        })),
      });
    }
  };
  return html`<button
    type="button"
    class="choice"
    data-choice=${type}
    aria-haspopup="menu"
    aria-label=${`${label}: ${current}`}
    @click=${show}
  >
    ${name ? icon(name) : nothing}<span class="choice-name">${current}</span>${icon('chevron-down', 'small')}
  </button>`;
}

const ringLength = 2 * Math.PI * 5.5;

function contextRing({ live }: PanelState): TemplateResult | typeof nothing {
  if (!live.context || live.context.size === 0) {
    return nothing;
  }
  const { used, size } = live.context;
  const percent = Math.min(100, Math.round((100 * used) / size));
  const level = percent > 95 ? 'full' : percent > 80 ? 'high' : '';
  const label = t('Context {0} % used, {1} of {2} tokens', percent, formatNumber(used), formatNumber(size));
  return html`<span class="ring ${level}" role="img" aria-label=${label} title=${label}>
    <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">
      <circle class="ring-all" cx="7" cy="7" r="5.5"></circle>
      <circle
        class="ring-used"
        cx="7"
        cy="7"
        r="5.5"
        stroke-dasharray="${(ringLength * percent) / 100} ${ringLength}"
      ></circle>
    </svg>
    ${t('{0} %', percent)}
  </span>`;
}

function sendButton(page: Page, state: PanelState): TemplateResult {
  const empty = page.composer.text.trim() === '';
  return isBusy(state) && empty
    ? html`<button
        type="button"
        class="send stop"
        title=${t('Stop')}
        aria-label=${t('Stop')}
        ?disabled=${state.live.status === 'stopping'}
        @click=${() => page.post({ type: 'stop' })}
      >
        ${icon('debug-stop')}
      </button>`
    : html`<button
        type="button"
        class="send"
        title=${t('Send')}
        aria-label=${t('Send')}
        ?disabled=${empty}
        @click=${() => page.send()}
      >
        ${icon('arrow-up')}
      </button>`;
}
