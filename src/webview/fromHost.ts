import type { Hit, PanelState, ToPage } from '../protocol.ts';
import { remark } from './composerSend.ts';
import { withHits } from './findState.ts';
import type { Page } from './page.ts';
import { heldOf, joinStates, storedTurn, withLive, withPage } from './receive.ts';
import { t, useStrings } from './strings.ts';
import type { Stretch } from './virtual.ts';

/** Takes in what the host tells, and draws it. */
export function takeMessage(page: Page, message: ToPage): void {
  if (message.type === 'state' || message.type === 'forking') {
    page.epoch++;
  }
  switch (message.type) {
    case 'state':
      takeState(page, message.state);
      break;
    case 'live':
      change(page, (state) => withLive(state, message.live, message.kept));
      break;
    case 'composer':
      change(page, (state) => ({ ...state, composer: message.composer }));
      break;
    case 'forking':
      change(page, (state) => ({ ...state, forking: message.forking }));
      break;
    case 'page':
      // What is not there now is not asked for again before the host tells of a change.
      page.loading = message.messages.length === 0;
      change(page, (state) => withPage(state, message.first, message.messages, around(page)));
      break;
    case 'reveal':
      page.target = { ...message, focus: true };
      break;
    case 'found':
      takeHits(page, message.text, message.hits, message.more);
      break;
    case 'aside':
      change(page, ({ aside: _, ...state }) => ({
        ...state,
        ...(message.aside && { aside: message.aside }),
      }));
      break;
    case 'mentions':
      if (message.query === page.writing.query) {
        Object.assign(page.writing, { mentions: message.mentions, chosen: 0 });
      }
      break;
    case 'compose':
      page.compose(message.text, message.attachments);
      if (message.checkpoint) {
        remark(page, t('It was queued with a checkpoint: Ctrl+Enter sends it with one.'));
      }
      break;
  }
  page.update();
}

function takeState(page: Page, next: PanelState): void {
  useStrings(next.strings);
  const before = page.state;
  page.state = joinStates(before, next);
  page.loading = false;
  if (before) {
    page.keepOpen(before.live.turn, storedTurn(before, page.state));
  }
  if (before && before.total !== next.total) {
    askAgain(page, before);
  }
  if (next.composer.draft) {
    page.composer = next.composer.draft;
    page.wantsComposer = true;
  }
  page.save();
}

/** What the page knows of the rest of a session that has changed may be old. */
function askAgain(page: Page, before: PanelState): void {
  if (page.state?.messages === before.messages) {
    page.post({ type: 'load', ...heldOf(before) });
  }
  if (page.find && page.find.text !== '') {
    page.post({ type: 'find', text: page.find.text, matchCase: page.find.matchCase });
  }
}

function takeHits(page: Page, text: string, hits: readonly Hit[], more: boolean): void {
  const { find } = page;
  if (find?.text === text) {
    page.find = withHits(find, hits, more, page.drawn);
    const hit = hits[page.find.at];
    page.target = find.changed && hit ? { index: hit.message, focus: false, hit } : page.target;
  }
}

function change(page: Page, make: (state: PanelState) => PanelState): void {
  page.state = page.state && make(page.state);
}

/** The messages that are seen, or will be. */
const around = ({ target, drawn }: Page): Stretch =>
  target ? { from: target.index, to: target.index + 1 } : drawn;
