import type { PanelState } from '../protocol.ts';
import type { Page } from './page.ts';

/** To call with each message of the host; `before` is the state until then. */
export function noticeArrival(page: Page, before: PanelState | undefined): void {
  if (before && page.state && !hasOwn(before) && hasOwn(page.state)) {
    page.arriving = true;
  }
}

/** Once: rows that are drawn again later do not arrive again. */
export function arrived(page: Page): void {
  page.arriving = false;
  page.update();
}

const hasOwn = ({ divider, inherited, total, live }: PanelState): boolean =>
  divider !== undefined && total + live.turn.length > inherited;
