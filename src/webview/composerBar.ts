import { html, nothing, type TemplateResult } from 'lit';
import type { Choice, PanelState } from '../protocol.ts';
import { hasDraft, send } from './composerSend.ts';
import { contextRing } from './contextRing.ts';
import { icon, iconButton } from './icon.ts';
import type { Page } from './page.ts';
import { t } from './strings.ts';

/** The row below the text: what can be added, the agent's modes and models, the ways to send. */
export const barView = (page: Page, state: PanelState): TemplateResult => html`<div class="bar-row">
  ${iconButton('add', t('Attach files'), () => page.post({ type: 'attach' }))}
  ${iconButton('mention', t('Mention a file'), () => page.compose('@', []))}
  ${modeChoice(page, state)} ${modelChoice(page, state)}
  <span class="grow"></span>
  ${contextRing(state)} ${sendButton(page, state)} ${waysButton(page, state)}
</div>`;

export const isBusy = ({ live }: PanelState): boolean => live.status !== 'none' && live.status !== 'idle';

/** One of the agent's lists, from which the person chooses. */
interface Choosing {
  readonly type: 'setMode' | 'setModel';
  readonly label: string;
  readonly icon?: string;
  readonly choices: readonly Choice[];
  readonly chosen: string | undefined;
}

/** Always there, but for agents that have no modes: what the next prompt may do is seen before it is sent. */
function modeChoice(page: Page, state: PanelState): TemplateResult | typeof nothing {
  const { modes: choices, mode: chosen } = state.composer;
  return choices.length > 0 || !isStarted(state)
    ? choiceButton(page, state, { type: 'setMode', label: t('Mode'), icon: 'shield', choices, chosen })
    : nothing;
}

function modelChoice(page: Page, state: PanelState): TemplateResult | typeof nothing {
  const { models: choices, model: chosen } = state.composer;
  return choices.length > 0
    ? choiceButton(page, state, { type: 'setModel', label: t('Model'), choices, chosen })
    : nothing;
}

function choiceButton(page: Page, state: PanelState, choosing: Choosing): TemplateResult {
  const { type, label, icon: name, choices, chosen } = choosing;
  const current = choices.find(({ id }) => id === chosen)?.name ?? chosen;
  const hint = t('{0} tells its modes when it starts', state.agentName);
  const isKnown = choices.length > 0;
  return html`<button
    type="button"
    class="choice"
    data-choice=${type}
    aria-haspopup="menu"
    aria-label=${`${label}: ${current ?? hint}`}
    title=${current === undefined ? hint : nothing}
    ?disabled=${!isKnown && isHeld(state)}
    @click=${(event: Event) => (isKnown ? showChoices(page, choosing, event) : startFor(page, type))}
  >
    ${name ? icon(name) : nothing}<span class="choice-name">${current ?? label}</span>${icon('chevron-down', 'small')}
  </button>`;
}

const isStarted = ({ live }: PanelState): boolean => live.status !== 'none' && live.status !== 'starting';

/** A start would send what waits. */
const isHeld = ({ composer, live }: PanelState): boolean =>
  composer.queue.length > 0 || live.notice !== undefined;

// Before an agent ran for the first time nobody knows what there is to choose from.
function startFor(page: Page, type: Choosing['type']): void {
  page.wantsChoice = type;
  page.post({ type: 'start' });
}

/** To call after each draw: opens the list for which the agent was started, as soon as it runs. */
export function showWantedChoice(page: Page): void {
  const { state, wantsChoice } = page;
  if (wantsChoice && state && (isStarted(state) || state.live.notice)) {
    page.wantsChoice = undefined;
    document.querySelector<HTMLElement>(`[data-choice=${wantsChoice}]:not(:disabled)`)?.click();
  }
}

function showChoices(page: Page, { type, label, choices, chosen }: Choosing, event: Event): void {
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
}

function sendButton(page: Page, state: PanelState): TemplateResult {
  const empty = !hasDraft(page);
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
        @click=${() => send(page, 'send')}
      >
        ${icon('arrow-up')}
      </button>`;
}

const waysButton = (page: Page, state: PanelState): TemplateResult | typeof nothing =>
  state.canFork
    ? iconButton('chevron-down', t('More ways to send'), (event) => showWays(page, state, event), {
        disabled: !hasDraft(page),
      })
    : nothing;

const checkpointKey = navigator.platform.startsWith('Mac') ? '⌘Enter' : 'Ctrl+Enter';

function showWays(page: Page, { composer }: PanelState, event: Event): void {
  if (event.currentTarget instanceof Element) {
    const side = {
      label: t('Ask on the side'),
      detail: t('In a fork that is thrown away'),
      icon: 'comment-discussion',
      choose: () => send(page, 'side'),
    };
    page.showMenu({
      label: t('More ways to send'),
      anchor: event.currentTarget,
      items: [
        {
          label: t('Checkpoint and send'),
          detail: t('Forks first, then sends here ({0})', checkpointKey),
          icon: 'repo-forked',
          choose: () => send(page, 'checkpoint'),
        },
        ...(composer.side ? [side] : []),
      ],
    });
  }
}
