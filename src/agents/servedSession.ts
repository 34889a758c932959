import { SessionForksError } from '../core/errors.ts';
import type { ConversationObserver } from '../core/liveAgent.ts';
import type { SessionRef } from '../core/model.ts';
import type { Inbox } from './acp/inbox.ts';
import { modeToLowerTo, withMode, withModel } from './acp/options.ts';
import { followEvents } from './runningServer.ts';

/** What every conversation over a running server is made of. */
export interface ServedParts {
  readonly session: SessionRef;
  readonly inbox: Inbox;
  readonly observer: ConversationObserver;
}

/** What one agent's conversation does of its own. */
export interface ServedTalk {
  setMode(id: string): Promise<void>;
  connect(): Promise<AsyncIterable<unknown>>;
  /** After the connection was lost; as `connect` where that is all. */
  connectAgain?(): Promise<AsyncIterable<unknown>>;
  hear(event: unknown): void;
  /** The running turn will not be told of any more. */
  failTurn(error: SessionForksError): void;
}

/** A session that a running server has open: how one end of it begins, what is chosen in it, and how it is left. */
export class ServedSession {
  readonly #name: string;
  readonly #parts: ServedParts;
  readonly #closed = new AbortController();

  /** `name` is the agent's. */
  constructor(name: string, parts: ServedParts) {
    this.#name = name;
    this.#parts = parts;
  }

  /** Aborted once the session is left. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  /** Lowers a bypass that the session came up with, and connects to its events: none can be missed any more. */
  async start(talk: ServedTalk): Promise<void> {
    const { inbox, observer, session } = this.#parts;
    const lowered = modeToLowerTo(inbox.state.reply);
    if (lowered) {
      await talk.setMode(lowered.to.id);
      observer.update({ kind: 'lowered', ...lowered });
    }
    const events = await talk.connect();
    inbox.start(session.id);
    void followEvents(
      events,
      () => (talk.connectAgain ?? talk.connect)(),
      (event) => talk.hear(event),
      this.closed,
    ).then(() => this.#gone(talk));
  }

  keepMode(id: string): void {
    const { inbox } = this.#parts;
    inbox.setOptions({ ...inbox.state, reply: withMode(inbox.state.reply, id) });
  }

  keepModel(id: string): void {
    const { inbox } = this.#parts;
    inbox.setOptions({ ...inbox.state, reply: withModel(inbox.state.reply, id) });
  }

  /** Runs `turn` as the only one. Throws `busy` while another runs. */
  async takeTurn<Result>(turn: () => Promise<Result>): Promise<Result> {
    const { inbox } = this.#parts;
    if (inbox.turn !== 'none') {
      throw this.busy();
    }
    inbox.beginTurn();
    try {
      return await turn();
    } finally {
      inbox.endTurn();
    }
  }

  /** Leaves the session to the server, which goes on with it. */
  leave(talk: Pick<ServedTalk, 'failTurn'>): void {
    this.#closed.abort();
    this.#parts.inbox.cancelPermissions();
    talk.failTurn(this.#wasClosed());
  }

  busy(): SessionForksError {
    return new SessionForksError('busy', `${this.#name} is still working on the last prompt.`);
  }

  #gone(talk: ServedTalk): void {
    const error = this.closed.aborted
      ? undefined
      : new SessionForksError('agent_ended', `${this.#name}’s server is gone.`);
    this.#parts.inbox.cancelPermissions();
    talk.failTurn(error ?? this.#wasClosed());
    this.#parts.observer.ended(error);
  }

  #wasClosed(): SessionForksError {
    return new SessionForksError('cancelled', `${this.#name} was closed.`);
  }
}
