import { SessionForksError } from '../../core/errors.ts';
import type { Choice, Conversation, ConversationObserver, SessionOptions } from '../../core/liveAgent.ts';
import { goOnAs } from './goOnAs.ts';
import type { LiveHost } from './liveHost.ts';

/** One start of the agent; `over`: it has ended since, and why. */
interface Run {
  readonly starting: AbortController;
  over?: SessionForksError;
}

/** The one conversation of a panel: begun when it is first needed, and again after it ended or was idle for long. */
export class LiveConnection {
  readonly #host: LiveHost;
  readonly #observer: ConversationObserver;
  #conversation: Conversation | undefined;
  #options: SessionOptions | undefined;
  /** The bypass that the agent came up with and was lowered from. */
  #lowered: Choice | undefined;
  #signIn: string | undefined;
  #starting: AbortController | undefined;
  #dropped: Promise<void> | undefined;
  #idle: NodeJS.Timeout | undefined;
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

  /** What the agent offered last; until it has run, what the session's source shows. */
  get options(): SessionOptions | undefined {
    return this.#options ?? this.#host.sourceOptions();
  }

  /** The running conversation; starts the agent if need be. Throws what `LiveHost.start` throws, and `cancelled`. */
  async ready(): Promise<Conversation> {
    clearTimeout(this.#idle);
    return this.#conversation ?? this.#start();
  }

  /** There is nothing to do: after a while the agent is ended, until it is needed again. */
  rest(): void {
    clearTimeout(this.#idle);
    const ms = this.#host.idleMs();
    if (this.#conversation && ms > 0) {
      this.#idle = setTimeout(() => void this.drop(), ms);
    }
  }

  stopStart(): void {
    this.#starting?.abort();
  }

  async cancelTurn(): Promise<void> {
    await this.#conversation?.cancel();
  }

  /** Ends the agent; when it is started again it signs in this way. */
  async signIn(method: string): Promise<void> {
    this.#signIn = method;
    await this.drop();
  }

  /** Chooses a mode or model; before the agent runs, what it is to begin with. */
  async choose(
    choose: (conversation: Conversation) => Promise<void>,
    chosen: Pick<SessionOptions, 'mode' | 'model'>,
  ): Promise<void> {
    if (this.#conversation) {
      await choose(this.#conversation);
      this.#keep(this.#conversation?.options() ?? this.#options);
    } else if (this.options) {
      this.#keep({ ...this.options, ...chosen });
    }
  }

  /** Ends the agent; it can be started again. Resolves when it is gone. */
  async drop(): Promise<void> {
    clearTimeout(this.#idle);
    const conversation = this.#conversation;
    if (conversation) {
      this.#conversation = undefined;
      this.#host.changed('live');
      this.#dropped = conversation.close();
    }
    await this.#dropped;
  }

  /** As `drop`, and for good. */
  async close(): Promise<void> {
    this.#closed = true;
    this.stopStart();
    await this.drop();
  }

  async #start(): Promise<Conversation> {
    const starting = new AbortController();
    const run: Run = { starting };
    const shown = this.options;
    this.#starting = starting;
    this.#host.changed('live');
    try {
      await this.#dropped;
      const conversation = await this.#host.start(this.#watched(run), starting.signal, this.#signIn);
      await this.#begin(conversation, shown, run);
      return conversation;
    } finally {
      this.#signIn = undefined;
      this.#starting = undefined;
    }
  }

  /** Nothing is sent before mode and model are right: a session whose mode cannot be set is not carried on. */
  async #begin(conversation: Conversation, shown: SessionOptions | undefined, run: Run): Promise<void> {
    try {
      const offer = await goOnAs(conversation, shown);
      this.#assertWanted(run);
      this.#conversation = conversation;
      this.#keep(conversation.options());
      this.#offer(offer ?? (shown?.mode === undefined ? this.#lowered : undefined));
    } catch (error) {
      await conversation.close();
      throw error;
    } finally {
      this.#lowered = undefined;
    }
  }

  /** The agent still runs, and nobody stopped its start. */
  #assertWanted({ starting, over }: Run): void {
    if (over || starting.signal.aborted || this.#closed) {
      throw over ?? startStopped();
    }
  }

  #offer(from: Choice | undefined): void {
    const to = this.#options?.modes.find(({ id }) => id === this.#options?.mode);
    if (from && to) {
      this.#observer.update({ kind: 'lowered', from, to });
    }
  }

  #watched(run: Run): ConversationObserver {
    return {
      permission: (request) => this.#observer.permission(request),
      update: (update) => {
        if (update.kind === 'options') {
          this.#keep(update.options);
        } else if (update.kind === 'lowered' && this.#starting === run.starting) {
          this.#lowered = update.from;
        } else {
          this.#observer.update(update);
        }
      },
      ended: (error) => {
        run.over = error ?? startStopped();
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

const startStopped = (): SessionForksError => new SessionForksError('cancelled', 'The start was stopped.');
