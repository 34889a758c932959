import { html, nothing, type TemplateResult } from 'lit';
import type { PanelState } from '../protocol.ts';
import { formatNumber, t } from './strings.ts';

const ringLength = 2 * Math.PI * 5.5;

/** How much of the model's context is used. */
export function contextRing({ live }: PanelState): TemplateResult | typeof nothing {
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
