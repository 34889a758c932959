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
  ${choiceButton(page, t('Mode'), 'shield', state.composer.modes, state.composer.mode, 'setMode')}
  ${choiceButton(page, t('Model'), undefined, state.composer.models, state.composer.model, 'setModel')}
  <span class="grow"></span>
  ${contextRing(state)} ${sendButton(page, state)} ${waysButton(page, state)}
</div>`;

export const isBusy = ({ live }: PanelState): boolean => live.status !== 'none' && live.status !== 'idle';

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
