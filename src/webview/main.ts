import { html, nothing, render, type TemplateResult } from 'lit';
import type { PanelState, ToPage } from '../protocol.ts';
import { announce, announcements } from './announce.ts';
import { noticeArrival } from './arrival.ts';
import { composerView, focusDraft, takeFocus } from './composer.ts';
import { showWantedChoice } from './composerBar.ts';
import { findView, openFind, unfoldTarget } from './find.ts';
import { markHits } from './findMarks.ts';
import { takeMessage } from './fromHost.ts';
import { headerView } from './header.ts';
import { iconButton } from './icon.ts';
import { onLogFocus, onLogKey, onPanelKey, settleTabStop } from './keyboard.ts';
import { onLinkClick } from './links.ts';
import { logView } from './log.ts';
import { focusMap, mapView } from './map.ts';
import { menuView, placeMenu } from './menu.ts';
import { noticeView } from './notice.ts';
import { type Host, Page } from './page.ts';
import { focusPermission } from './permission.ts';
import { readSaved } from './saved.ts';
import { Scroll } from './scroll.ts';
import { statusView } from './status.ts';
import { t } from './strings.ts';

declare function acquireVsCodeApi(): Host;

const root = document.querySelector<HTMLElement>('#panel') ?? document.body;
const host = acquireVsCodeApi();
const page = new Page(host, draw, readSaved(host.getState()));
let scroll: Scroll | undefined;

function draw(): void {
  if (!page.state) {
    return;
  }
  unfoldTarget(page);
  const paint = (): void => paintPanel(page.state);
  if (!scroll) {
    paint();
    const scroller = root.querySelector<HTMLElement>('.scroller');
    scroll = scroller ? new Scroll(page, scroller) : undefined;
  }
  scroll?.draw(paint);
  settleTabStop(page);
  markHits(page);
  showWantedChoice(page);
  placeMenu(page);
  focusMap(page);
  focusPermission(page);
  focusDraft(page);
}

function paintPanel(state: PanelState | undefined): void {
  if (state) {
    render(panelView(state), root);
  }
}

const panelView = (state: PanelState): TemplateResult => html`<div
  class="panel"
  @keydown=${(event: KeyboardEvent) => onPanelKey(page, event)}
>
  ${headerView(page, state)} ${mapView(page, state)} ${findView(page)}
  <main
    class="scroller"
    @keydown=${(event: KeyboardEvent) => onLogKey(page, event)}
    @focusin=${(event: FocusEvent) => onLogFocus(page, event)}
    @click=${(event: MouseEvent) => onLinkClick(page, event)}
  >
    ${logView(page, state)}
  </main>
  <footer class="footer">
    ${page.place === 'end' ? nothing : latestButton()}
    <div class="column">
      ${statusView(state)}
      ${state.live.notice ? noticeView(page, state.live.notice) : nothing} ${composerView(page, state)}
    </div>
  </footer>
  ${menuView(page)} ${announcements(page, state)}
</div>`;

const latestButton = (): TemplateResult =>
  html`<div class="latest">${iconButton('arrow-down', t('Jump to latest'), () => scroll?.toEnd())}</div>`;

window.addEventListener('message', (event: MessageEvent<ToPage>) => {
  const before = page.state;
  takeMessage(page, event.data);
  noticeArrival(page, before);
  announce(page, before);
  if (!before) {
    takeFocus(page);
  }
});
setInterval(() => {
  if (page.state?.live.since !== undefined) {
    page.update();
  }
}, 1000);
window.addEventListener('focus', () => takeFocus(page));
// On the window: a click beside the messages leaves the focus nowhere.
window.addEventListener('keydown', (event) => {
  if (event.target === document.body) {
    onPanelKey(page, event);
  }
  if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key === 'f') {
    event.preventDefault();
    openFind(page);
  }
});
page.post({ type: 'ready' });
