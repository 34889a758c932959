import { html, nothing, type TemplateResult } from 'lit';

/** A codicon; screen readers do not see it. */
export const icon = (name: string, more = ''): TemplateResult =>
  html`<span class="codicon codicon-${name} ${more}" aria-hidden="true"></span>`;

/** A small button that shows an icon only. `label` is its name and its tooltip. */
export const iconButton = (
  name: string,
  label: string,
  click: (event: Event) => void,
  options: { readonly tab?: number; readonly disabled?: boolean; readonly expanded?: boolean } = {},
): TemplateResult => html`<button
  type="button"
  class="icon-button"
  title=${label}
  aria-label=${label}
  tabindex=${options.tab ?? 0}
  aria-expanded=${options.expanded ?? nothing}
  ?disabled=${options.disabled ?? false}
  @click=${click}
>
  ${icon(name)}
</button>`;
