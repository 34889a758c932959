import { html, nothing, type TemplateResult } from 'lit';
import { guard } from 'lit/directives/guard.js';
import { repeat } from 'lit/directives/repeat.js';
import type { Message, PanelState } from '../protocol.ts';
import { arrived } from './arrival.ts';
import { dividerRow, dividerView } from './divider.ts';
import { messageView } from './message.ts';
import { logLabel } from './names.ts';
import { problemView } from './notice.ts';
import type { Page } from './page.ts';
import { permissionView } from './permission.ts';
import { planView } from './status.ts';
import { t } from './strings.ts';
import { common } from './virtual.ts';

interface Item {
  readonly key: string;
  readonly view: () => unknown;
}

/**
 * The conversation: messages, the fork point between them, and what the running turn asks. Of a long session only the
 * messages of `page.drawn` stand in the document, between two spacers that are as high as all others.
 */
export const logView = (page: Page, state: PanelState): TemplateResult => html`<div
    class="column log ${state.divider ? '' : 'whole'} ${page.arriving ? 'arriving' : ''}"
    @animationend=${() => arrived(page)}
    role="log"
    aria-live="off"
    aria-label=${logLabel(state)}
    tabindex="-1"
  >
    ${spacer()}
    ${repeat(
      itemsOf(page, state),
      ({ key }) => key,
      ({ view }) => view(),
    )}
    ${spacer()} ${page.count === 0 && !state.divider ? emptyView() : nothing}
  </div>
  <div class="column aside">
    ${planView(state.live.plan)}
    ${state.live.permission ? permissionView(page, state.live.permission, state.agentName) : nothing}
    ${page.held.to === page.count ? problemView(page, state) : nothing}
  </div>`;

const spacer = (): TemplateResult =>
  html`<div class="spacer" aria-hidden="true"><div class="loading">${t('Loading messages…')}</div></div>`;

const emptyView = (): TemplateResult => html`<div class="nothing">${t('No messages yet.')}</div>`;

function itemsOf(page: Page, state: PanelState): readonly Item[] {
  const messages = page.messages();
  const { from, to } = common(page.drawn, page.held);
  const items = messages.slice(from - state.first, to - state.first).flatMap((message, at) => {
    const index = from - state.first + at;
    return [
      ...dividerItem(page, state, from + at),
      ...borderItems(message, from + at),
      messageItem(page, {
        state,
        message,
        index,
        last: isLast(page, state, from + at),
        after: messages[index - 1],
      }),
    ];
  });
  return to === page.count ? [...items, ...dividerItem(page, state, to)] : items;
}

const isLast = (page: Page, state: PanelState, index: number): boolean =>
  index === page.count - 1 && !(state.divider && state.inherited >= page.count);

function messageItem(page: Page, position: Parameters<typeof messageView>[1]): Item {
  const { state, message, index, last, after } = position;
  const focused = page.focused === message.id;
  const facts = [message, page.epoch, focused, last, after?.kind, state.first + index, page.count];
  const view = (): unknown => guard(facts, () => messageView(page, position));
  return { key: message.id, view };
}

function dividerItem(page: Page, state: PanelState, index: number): readonly Item[] {
  const { divider } = state;
  return divider && index === Math.min(state.inherited, page.count)
    ? [{ key: dividerRow, view: () => dividerView(page, divider, index) }]
    : [];
}

function borderItems(message: Message, index: number): readonly Item[] {
  const words = t('Earlier messages were summarised for the model here');
  return message.afterCompaction
    ? [
        {
          key: `border-${message.id}`,
          view: () => html`<div
            class="border-line"
            role="separator"
            aria-label=${words}
            data-index=${index}
          >
            <span>${words}</span>
          </div>`,
        },
      ]
    : [];
}
