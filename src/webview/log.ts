import { html, nothing, type TemplateResult } from 'lit';
import { guard } from 'lit/directives/guard.js';
import { repeat } from 'lit/directives/repeat.js';
import type { Message, PanelState } from '../protocol.ts';
import { dividerRow, dividerView } from './divider.ts';
import { messageView } from './message.ts';
import { logLabel } from './names.ts';
import { problemView } from './notice.ts';
import type { Page } from './page.ts';
import { permissionView } from './permission.ts';
import { planView } from './status.ts';
import { t } from './strings.ts';

interface Item {
  readonly key: string;
  readonly view: () => unknown;
}

/** The conversation: messages, the fork point between them, and what the running turn asks. */
export const logView = (page: Page, state: PanelState): TemplateResult => html`<div
    class="column log ${state.divider ? '' : 'whole'}"
    role="log"
    aria-live="off"
    aria-label=${logLabel(state)}
  >
    ${state.first > 0 ? html`<div class="earlier">${t('Loading earlier messages…')}</div>` : nothing}
    ${repeat(
      itemsOf(page, state),
      ({ key }) => key,
      ({ view }) => view(),
    )}
    ${state.total === 0 && state.live.turn.length === 0 && !state.divider ? emptyView() : nothing}
  </div>
  <div class="column aside">
    ${planView(state.live.plan)}
    ${state.live.permission ? permissionView(page, state.live.permission, state.agentName) : nothing}
    ${problemView(page, state)}
  </div>`;

const emptyView = (): TemplateResult => html`<div class="earlier">${t('No messages yet.')}</div>`;

function itemsOf(page: Page, state: PanelState): readonly Item[] {
  const messages = page.messages();
  const items = messages.flatMap((message, index) => [
    ...borderItems(message),
    messageItem(page, state, messages, index),
  ]);
  const at = state.inherited - state.first;
  if (!state.divider || at < 0) {
    return items;
  }
  const before = messages[at - 1];
  const place = before ? items.findIndex(({ key }) => key === before.id) + 1 : 0;
  return items.toSpliced(place, 0, dividerItem(page, state, at >= messages.length));
}

function messageItem(page: Page, state: PanelState, messages: readonly Message[], index: number): Item {
  const message = messages[index];
  if (!message) {
    return { key: String(index), view: () => nothing };
  }
  const last =
    index === messages.length - 1 && !(state.divider && state.inherited >= state.first + messages.length);
  const after = messages[index - 1];
  const focused = page.focused === message.id;
  const facts = [message, page.epoch, focused, last, after?.kind, index, state.first];
  const view = (): unknown => guard(facts, () => messageView(page, { state, message, index, last, after }));
  return { key: message.id, view };
}

function dividerItem(page: Page, state: PanelState, last: boolean): Item {
  return {
    key: dividerRow,
    view: () => (state.divider ? dividerView(page, state.divider, last) : nothing),
  };
}

function borderItems(message: Message): readonly Item[] {
  const words = t('Earlier messages were summarised for the model here');
  return message.afterCompaction
    ? [
        {
          key: `border-${message.id}`,
          view: () => html`<div class="border-line" role="separator" aria-label=${words}>
            <span>${words}</span>
          </div>`,
        },
      ]
    : [];
}
