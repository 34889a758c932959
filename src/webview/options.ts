import { html, nothing, type TemplateResult } from 'lit';
import { all, walk } from './focus.ts';

/** One of several things to choose from. */
export interface Option {
  readonly name: string;
  readonly description?: string;
}

/** Numbered options of which one is chosen, by a click or by `onOptionKey`. `choose` gets its index, from 0. */
export const optionsView = (
  label: string,
  options: readonly Option[],
  choose: (index: number) => void,
): TemplateResult => html`<div role="radiogroup" aria-label=${label} class="options">
  ${options.map(
    ({ name, description }, index) =>
      html`<button
        type="button"
        role="radio"
        class="option"
        aria-checked="false"
        tabindex=${index === 0 ? 0 : -1}
        @click=${() => choose(index)}
      >
        <kbd aria-hidden="true">${index + 1}</kbd
        ><span class="option-words"
          ><span dir="auto">${name}</span>${
            description ? html`<span class="quiet" dir="auto">${description}</span>` : nothing
          }</span
        >
      </button>`,
  )}
</div>`;

/** The keys of options, wherever the focus is beside them: arrows walk, a number chooses. True when it was one. */
export function onOptionKey(event: KeyboardEvent, choose: (index: number) => void): boolean {
  const { currentTarget, key } = event;
  if (currentTarget instanceof Element && walk(all(currentTarget, '.option'), event)) {
    return true;
  }
  if (/^[1-9]$/.test(key) && !event.ctrlKey && !event.metaKey && !event.altKey) {
    choose(Number(key) - 1);
    event.preventDefault();
    return true;
  }
  return false;
}
