import { html, nothing, type TemplateResult } from 'lit';
import { createRef, type Ref, ref } from 'lit/directives/ref.js';
import { all, walk } from './focus.ts';
import { icon } from './icon.ts';
import type { Menu, MenuItem, Page } from './page.ts';

const menuRef: Ref<HTMLElement> = createRef();
let placed: Menu | undefined;

/** A menu that floats by what opened it. */
export function menuView(page: Page): TemplateResult | typeof nothing {
  const { menu } = page;
  if (!menu) {
    return nothing;
  }
  return html`<div class="shade" @mousedown=${() => closeMenu(page)}></div>
    <div
      class="menu"
      role="menu"
      aria-label=${menu.label}
      ${ref(menuRef)}
      @keydown=${(event: KeyboardEvent) => onKey(page, event)}
    >
      ${menu.items.map((item) => itemView(page, item))}
    </div>`;
}

/** To call after each draw: puts a new menu in its place and gives it the focus. */
export function placeMenu(page: Page): void {
  const element = menuRef.value;
  if (!page.menu) {
    placed = undefined;
    return;
  }
  // One that was asked for in the course of a draw comes with the next one.
  if (!element || placed === page.menu) {
    return;
  }
  placed = page.menu;
  const anchor = page.menu.anchor.getBoundingClientRect();
  const { offsetWidth, offsetHeight } = element;
  const below = anchor.bottom + 4 + offsetHeight <= window.innerHeight;
  element.style.left = `${Math.max(8, Math.min(anchor.left, window.innerWidth - offsetWidth - 8))}px`;
  element.style.top = `${below ? anchor.bottom + 4 : Math.max(8, anchor.top - 4 - offsetHeight)}px`;
  const chosen = element.querySelector<HTMLElement>('[aria-checked=true]');
  (chosen ?? element.querySelector<HTMLElement>('.menu-item'))?.focus();
}

/** Closes the menu; the focus returns to what opened it. */
export function closeMenu(page: Page): void {
  const anchor = page.menu?.anchor;
  page.showMenu(undefined);
  if (anchor instanceof HTMLElement) {
    anchor.focus();
  }
}

const itemView = (page: Page, item: MenuItem): TemplateResult => html`<button
  type="button"
  class="menu-item"
  role=${item.chosen === undefined ? 'menuitem' : 'menuitemradio'}
  aria-checked=${item.chosen ?? nothing}
  tabindex="-1"
  @click=${() => choose(page, item)}
>
  ${icon(item.chosen ? 'check' : (item.icon ?? 'blank'))}
  <span class="menu-words"
    ><span dir="auto">${item.label}</span>${
      item.detail ? html`<span class="quiet" dir="auto">${item.detail}</span>` : nothing
    }</span
  >
</button>`;

function choose(page: Page, item: MenuItem): void {
  closeMenu(page);
  item.choose();
}

function onKey(page: Page, event: KeyboardEvent): void {
  if (menuRef.value && walk(all(menuRef.value, '.menu-item'), event)) {
    return;
  }
  if (event.key === 'Escape' || event.key === 'Tab') {
    closeMenu(page);
    event.preventDefault();
    event.stopPropagation();
  }
}
