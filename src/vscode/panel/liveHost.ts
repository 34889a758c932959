import type { Choice, Conversation, ConversationObserver, SessionOptions } from '../../core/liveAgent.ts';
import type { Notice } from '../../protocol.ts';
import type { QueuedInput } from './promptQueue.ts';

/** What a panel lends to its live side. */
export interface LiveHost {
  /** Starts the agent on this session; `signIn` as in `LiveSession`. Throws what `LiveAgent.open` throws. */
  start(observer: ConversationObserver, signal: AbortSignal, signIn?: string): Promise<Conversation>;
  /** What the panel of the session that this one was forked from shows, as far as it is open. */
  sourceOptions(): SessionOptions | undefined;
  /** How long an agent without work may stay, in ms; 0: as long as the panel. */
  idleMs(): number;
  /** Why no agent may be started now, e.g. in a folder that is not trusted. */
  blocked(): Notice | undefined;
  /** The prompts that were not sent when the window was closed; the one whose turn ran, if it was not stored. */
  keptQueue(): readonly QueuedInput[];
  /** Keeps the prompts that are not sent, and the one whose turn runs, for a window to come. */
  keepQueue(queue: readonly QueuedInput[], running?: QueuedInput): void;
  /** Reads the store again after a turn. */
  afterTurn(): Promise<TurnOutcome>;
  /** Forks the session before a prompt; false when there is no fork, which the person has been told. */
  checkpoint(): Promise<boolean>;
  /** Asks whether the session shall run in `from` again, which asks for nothing; it runs in `to` now. */
  offerMode(from: Choice, to: Choice): Notice;
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
