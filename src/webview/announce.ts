import { html, type TemplateResult } from 'lit';
import type { PanelState } from '../protocol.ts';
import { asideNews } from './aside.ts';
import { callsOf, toolCalls } from './names.ts';
import type { Page } from './page.ts';
import { questionOf } from './permission.ts';
import { formatDuration, t } from './strings.ts';

/** What screen readers are told by themselves: the end of a turn politely, a question at once. */
export function announcements(page: Page, { live, agentName }: PanelState): TemplateResult {
  const { permission } = live;
  const question = permission
    ? `${questionOf(permission.call.action, permission.call.name, agentName)} ${permission.call.target ?? ''}`
    : '';
  return html`<div class="unseen" role="status">${page.said}</div>
    <div class="unseen" role="status">${live.notice ? `${live.notice.title}. ${live.notice.text}` : ''}</div>
    <div class="unseen" role="alert">${question}</div>`;
}

/** Streaming is not announced word by word; a turn that has just ended is. */
export function announce(page: Page, before: PanelState | undefined): void {
  const live = before?.live;
  page.said = asideNews(before?.aside, page.state?.aside) || page.said;
  const after = page.state?.live.status;
  if (live?.since !== undefined && isRunning(live.status) && (after === 'idle' || after === 'none')) {
    const calls = live.turn.reduce((sum, message) => sum + callsOf(message), 0);
    const time = formatDuration(1000 * Math.round((Date.now() - live.since) / 1000));
    page.said = [t('Reply finished'), toolCalls(calls), time].filter((part) => part !== '').join(', ');
  }
}

const isRunning = (status: PanelState['live']['status']): boolean => status !== 'idle' && status !== 'none';
