import { html, nothing, type TemplateResult } from 'lit';
import type { PanelState, PlanEntry } from '../protocol.ts';
import { icon } from './icon.ts';
import { formatDuration, t } from './strings.ts';

/** The line above the composer: what the agent does, and since when. */
export function statusView({ live, agentName }: PanelState): TemplateResult | typeof nothing {
  const since = live.since === undefined ? '' : formatDuration(wholeSeconds(Date.now() - live.since));
  switch (live.status) {
    case 'starting':
      return line(spinner(), t('Starting {0}…', agentName), '');
    case 'working':
      return line(spinner(), t('Working'), since);
    case 'waiting':
      return line(
        icon('shield', 'warning-icon'),
        t('Waiting for your answer'),
        since && t('turn {0}', since),
      );
    case 'stopping':
      return line(spinner(), t('Stopping…'), '');
    case 'none':
    case 'idle':
      return live.stopped ? line(icon('circle-slash'), t('Stopped'), '') : nothing;
  }
}

/** The agent's own plan for the running turn. */
export const planView = (plan: readonly PlanEntry[]): TemplateResult | typeof nothing =>
  plan.length === 0
    ? nothing
    : html`<ul class="plan" aria-label=${t('Plan')}>
        ${plan.map(
          ({ text, status }) =>
            html`<li class=${status} dir="auto">${icon(planIcons[status])}<span>${text}</span></li>`,
        )}
      </ul>`;

const planIcons: Readonly<Record<PlanEntry['status'], string>> = {
  pending: 'circle-large-outline',
  running: 'arrow-right',
  done: 'check',
};

const spinner = (): TemplateResult => icon('loading', 'codicon-modifier-spin accent');

const line = (mark: TemplateResult, words: string, more: string): TemplateResult => html`<div class="status">
  ${mark}<span>${words}</span>${more ? html`<span class="quiet">·</span><span class="quiet">${more}</span>` : nothing}
</div>`;

const wholeSeconds = (ms: number): number => 1000 * Math.max(0, Math.floor(ms / 1000));
