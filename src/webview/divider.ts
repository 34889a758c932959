import { html, nothing, type TemplateResult } from 'lit';
import type { Divider, SessionLink } from '../protocol.ts';
import { icon, iconButton } from './icon.ts';
import { dividerWords } from './names.ts';
import type { Page } from './page.ts';
import { t } from './strings.ts';

/** The row key of the divider. */
export const dividerRow = 'divider';

/** The fork point: where the session left its parent, and a walk through its siblings. Stands before the message at `index`. */
export function dividerView(page: Page, divider: Divider, index: number): TemplateResult {
  const [before, after] = dividerWords(divider);
  const { parent } = divider;
  return html`<div
    class="divider ${divider.messages === 0 ? 'first' : ''} ${index === page.count ? 'last' : ''}"
    data-row=${dividerRow}
    data-index=${index}
    tabindex=${page.focused === dividerRow ? 0 : -1}
    role="group"
    aria-label=${`${before}${parent?.title ?? ''}${after}`}
  >
    <div class="lane" aria-hidden="true">
      ${icon(icons[divider.kind])}
    </div>
    <span class="divider-text"
      >${before}${parent ? parentLink(page, parent, divider.messages) : nothing}${after}${
        divider.leftOut ? leftOutWords(divider.leftOut) : nothing
      }</span
    >
    ${divider.siblings.length > 1 ? walker(page, divider) : nothing}
    <span class="rule" role="separator"></span>
  </div>`;
}

const icons = { fork: 'repo-forked', rewound: 'discard', subagent: 'hubot' } as const;

const parentLink = (page: Page, parent: SessionLink, message: number): TemplateResult => html`<button
  type="button"
  class="link"
  tabindex="-1"
  @click=${() => openParent(page, parent, message)}
>
  ${parent.title}
</button>`;

function leftOutWords({ from, to }: { readonly from: number; readonly to: number }): TemplateResult {
  const range = from === to ? String(from) : `${from}–${to}`;
  return html`, ${t('its last finished turn.')}
    <span class="plain">${t('That session is still running;')}</span>
    ${t('the open turn ({0}) is not in this fork.', range)}`;
}

function walker(page: Page, divider: Divider): TemplateResult {
  const { siblings, position, messages } = divider;
  const label = t('Fork {0} of {1} at message {2}', position + 1, siblings.length, messages);
  return html`<span class="walker" role="group" aria-label=${label}>
    ${step(page, divider, -1)}
    <span class="walker-count">${position + 1}/${siblings.length}</span>
    ${step(page, divider, 1)}
  </span>`;
}

function step(page: Page, divider: Divider, by: 1 | -1): TemplateResult {
  const title = divider.siblings[divider.position + by]?.title;
  const words = by < 0 ? t('Previous fork') : t('Next fork');
  return iconButton(
    by < 0 ? 'chevron-left' : 'chevron-right',
    title === undefined ? words : `${words}: ${title}`,
    () => openSibling(page, divider, by),
    { tab: -1, disabled: title === undefined },
  );
}

/** Opens the sibling before or after this one, at the fork point. */
export function openSibling(page: Page, divider: Divider, by: 1 | -1): void {
  const sibling = divider.siblings[divider.position + by];
  if (sibling) {
    page.post({ ...openMessage(sibling, divider.messages), ...placeOfForkPoint() });
  }
}

/** Where the fork point stands: the sibling shows its own there. */
function placeOfForkPoint(): { readonly top: number } | undefined {
  const row = document.querySelector('.divider');
  const log = row?.closest('.scroller');
  return row && log ? { top: row.getBoundingClientRect().top - log.getBoundingClientRect().top } : undefined;
}

export function openParent(page: Page, parent: SessionLink, message: number): void {
  page.post(openMessage(parent, message));
}

const openMessage = ({ session }: SessionLink, message: number) =>
  ({ type: 'open', session, ...(message > 0 && { message }) }) as const;
