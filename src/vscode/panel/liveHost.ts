import type { Conversation, ConversationObserver } from '../../core/liveAgent.ts';
import type { Notice } from '../../protocol.ts';

/** What a panel lends to its live side. */
export interface LiveHost {
  /** Starts the agent on this session. Throws what `LiveAgent.open` throws. */
  start(observer: ConversationObserver, signal: AbortSignal): Promise<Conversation>;
  /** Why no agent may be started now, e.g. in a folder that is not trusted. */
  blocked(): Notice | undefined;
  /** Reads the store again after a turn. */
  afterTurn(): Promise<TurnOutcome>;
  /** What to tell of a failure. */
  explain(error: unknown): Notice;
  /** Something that the page shows has changed. `composer`: modes, models, commands or the queue did. */
  changed(what: 'live' | 'composer'): void;
  now(): number;
}

/**
 * `stored`: the turn is in the session now. `notStored`: it is not there yet. `astray`: another session grew in its
 * place; with the notice to show.
 */
export type TurnOutcome = 'stored' | 'notStored' | { readonly astray: Notice };
