import type { FromPage, Message, PanelState } from '../protocol.ts';

/** What a message's verb does, and how many messages the fork would keep. */
export interface Verb {
  readonly kind: 'forkAfter' | 'forkBefore';
  readonly keeps: number;
  readonly post: FromPage;
}

/** The verb of the stored message at `index` (from 0) of `state.messages`; undefined where no fork can be cut. */
export function verbOf(state: PanelState, index: number): Verb | undefined {
  const message = state.messages[index];
  if (!message || !state.canFork) {
    return undefined;
  }
  return message.kind === 'prompt' ? beforePrompt(state, index, message) : afterReply(state, index, message);
}

function afterReply(state: PanelState, index: number, message: Message): Verb | undefined {
  const allowed =
    message.kind === 'reply' && message.finished && (state.forkAt === 'reply' || message.endsTurn);
  return allowed
    ? {
        kind: 'forkAfter',
        keeps: state.first + index + 1,
        post: { type: 'forkAfter', message: message.id },
      }
    : undefined;
}

function beforePrompt(state: PanelState, index: number, message: Message): Verb | undefined {
  const last = state.messages.slice(0, index).findLastIndex((it) => it.kind === 'reply' && it.finished);
  const keeps = state.first + last + 1;
  return keeps > 0 || state.emptyFork
    ? { kind: 'forkBefore', keeps, post: { type: 'forkBefore', message: message.id } }
    : undefined;
}
