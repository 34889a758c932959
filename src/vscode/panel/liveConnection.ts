import { SessionForksError } from '../../core/errors.ts';
import type { Conversation, ConversationObserver, SessionOptions } from '../../core/liveAgent.ts';
import type { LiveHost } from './liveHost.ts';

/** The one conversation of a panel: begun when it is first needed, and again after it ended. */
export class LiveConnection {
  readonly #host: LiveHost;
  readonly #observer: ConversationObserver;
  #conversation: Conversation | undefined;
  #options: SessionOptions | undefined;
  #starting: AbortController | undefined;
  #closed = false;

  constructor(host: LiveHost, observer: ConversationObserver) {
    this.#host = host;
    this.#observer = observer;
  }

  /** The agent runs. */
  get open(): boolean {
    return this.#conversation !== undefined;
  }

  get starting(): boolean {
    return this.#starting !== undefined;
  }

  /** What the agent offered last; it stays when the agent has ended. */
  get options(): SessionOptions | undefined {
    return this.#options;
  }

  /** The running conversation; starts the agent if need be. Throws what `LiveHost.start` throws, and `cancelled`. */
  async ready(): Promise<Conversation> {
    this.#conversation ??= await this.#start();
    return this.#conversation;
  }

  stopStart(): void {
    this.#starting?.abort();
  }

  async cancelTurn(): Promise<void> {
    await this.#conversation?.cancel();
  }

  /** Chooses a mode or model. Without a running agent there is nothing to choose from. */
  async choose(choose: (conversation: Conversation) => Promise<void>): Promise<void> {
    if (this.#conversation) {
      await choose(this.#conversation);
      this.#keep(this.#conversation?.options() ?? this.#options);
    }
  }

  /** Ends the agent; it can be started again. Resolves when it is gone. */
  async drop(): Promise<void> {
    const conversation = this.#conversation;
    this.#conversation = undefined;
    await conversation?.close();
  }

  /** As `drop`, and for good. */
  async close(): Promise<void> {
    this.#closed = true;
    this.stopStart();
    await this.drop();
  }

  async #start(): Promise<Conversation> {
    const starting = new AbortController();
    this.#starting = starting;
    this.#host.changed('live');
    try {
      const conversation = await this.#host.start(this.#watched(), starting.signal);
      if (starting.signal.aborted || this.#closed) {
        await conversation.close();
        throw new SessionForksError('cancelled', 'The start was stopped.');
      }
      this.#keep(conversation.options());
      return conversation;
    } finally {
      this.#starting = undefined;
    }
  }

  #watched(): ConversationObserver {
    return {
      permission: (request) => this.#observer.permission(request),
      update: (update) => {
        if (update.kind === 'options') {
          this.#keep(update.options);
        } else {
          this.#observer.update(update);
        }
      },
      ended: (error) => {
        this.#conversation = undefined;
        this.#observer.ended(error);
      },
    };
  }

  #keep(options: SessionOptions | undefined): void {
    this.#options = options;
    this.#host.changed('composer');
  }
}
