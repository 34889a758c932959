import { applyUpdate, beginTurn, endTurn, type LiveTurn, messagesOf } from '../../core/conversation.ts';
import { SessionForksError } from '../../core/errors.ts';
import type {
  Conversation,
  ConversationObserver,
  LiveUpdate,
  PermissionAnswer,
  PermissionRequest,
  PromptInput,
  SessionOptions,
} from '../../core/liveAgent.ts';
import type { LiveState, Notice } from '../../protocol.ts';
import { Permissions } from './permissions.ts';
import { PromptQueue } from './promptQueue.ts';

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

/**
 * Carries one session on: starts the agent at the first prompt, runs one turn at a time, keeps what was prompted
 * meanwhile in a queue. A prompt is never lost: one that could not be sent stands first in the queue.
 */
export class LiveController {
  readonly #host: LiveHost;
  readonly #permissions = new Permissions();
  readonly #queue: PromptQueue;
  #conversation: Conversation | undefined;
  #options: SessionOptions | undefined;
  #status: LiveState['status'] = 'none';
  #turn: LiveTurn | undefined;
  #since: number | undefined;
  #notice: Notice | undefined;
  #context: LiveState['context'];
  #starting: AbortController | undefined;
  #running: Promise<void> | undefined;
  #closed = false;
  #stopped = false;

  constructor(host: LiveHost) {
    this.#host = host;
    this.#queue = new PromptQueue(() => host.changed('composer'));
  }

  /** What the page draws of it. The same messages as before are the same objects. */
  state(): LiveState {
    const permission = this.#permissions.first;
    const status = this.#status === 'working' && permission ? 'waiting' : this.#status;
    return {
      status,
      ...(this.#since !== undefined && { since: this.#since }),
      ...(this.#stopped && status === 'idle' && { stopped: true }),
      turn: this.#turn ? messagesOf(this.#turn) : [],
      plan: this.#turn?.plan ?? [],
      ...(permission && { permission }),
      ...(this.#notice && { notice: this.#notice }),
      ...(this.#context && { context: this.#context }),
    };
  }

  options(): SessionOptions | undefined {
    return this.#options;
  }

  queue(): readonly string[] {
    return this.#queue.texts;
  }

  /** A turn runs that the store may hold in part. */
  get busy(): boolean {
    return this.#running !== undefined;
  }

  notify(notice: Notice | undefined): void {
    this.#notice = notice;
    this.#host.changed('live');
  }

  /** The store holds the turn after all: it need not be drawn from here any longer. */
  forgetTurn(): void {
    if (!this.busy) {
      this.#turn = undefined;
    }
  }

  prompt(input: PromptInput): void {
    this.#notice = undefined;
    this.#queue.add(input);
    this.#queue.release();
    this.#pump();
  }

  /** Goes on with the queue after a failure or a stop. */
  resume(): void {
    this.#queue.release();
    this.#notice = undefined;
    this.#host.changed('live');
    if (this.#queue.ready) {
      this.#pump();
    } else if (!this.#conversation) {
      this.#running ??= this.#warmUp().finally(() => this.#settle());
    }
  }

  /** Takes a queued prompt out; undefined when it has been sent meanwhile. */
  unqueue(index: number): PromptInput | undefined {
    return this.#queue.remove(index);
  }

  /** Puts a queued prompt first and stops the running turn for it. */
  async sendNow(index: number): Promise<void> {
    if (this.#queue.moveFirst(index)) {
      await this.#cancelTurn();
      this.resume();
    }
  }

  /** Stops the turn, or the start. What is queued waits until the person goes on. */
  async stop(): Promise<void> {
    this.#queue.hold();
    await this.#cancelTurn();
  }

  answer(request: string, option: string): void {
    this.#permissions.answer(request, option);
    this.#host.changed('live');
  }

  async setMode(id: string): Promise<void> {
    await this.#choose((conversation) => conversation.setMode(id));
  }

  async setModel(id: string): Promise<void> {
    await this.#choose((conversation) => conversation.setModel(id));
  }

  /** Ends the agent's process. Resolves when it is gone. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#starting?.abort();
    this.#permissions.cancelAll();
    await this.#drop();
  }

  #pump(): void {
    this.#running ??= this.#runQueue().finally(() => this.#settle());
  }

  #settle(): void {
    this.#running = undefined;
    this.#host.changed('live');
    if (this.#queue.ready && !this.#closed) {
      this.#pump();
    }
  }

  async #runQueue(): Promise<void> {
    while (this.#queue.ready && !this.#closed) {
      const conversation = await this.#ready();
      const input = conversation && this.#queue.next();
      if (!conversation || !input) {
        return;
      }
      await this.#runTurn(conversation, input);
    }
  }

  async #warmUp(): Promise<void> {
    await this.#ready();
  }

  async #ready(): Promise<Conversation | undefined> {
    const blocked = this.#host.blocked();
    if (blocked) {
      this.#hold(blocked);
      return undefined;
    }
    try {
      this.#conversation ??= await this.#start();
      return this.#conversation;
    } catch (error) {
      this.#hold(isCancelled(error) ? undefined : this.#host.explain(error));
      return undefined;
    } finally {
      this.#starting = undefined;
    }
  }

  async #start(): Promise<Conversation> {
    const starting = new AbortController();
    this.#starting = starting;
    this.#status = 'starting';
    this.#host.changed('live');
    const conversation = await this.#host.start(this.#observer(), starting.signal);
    if (starting.signal.aborted || this.#closed) {
      await conversation.close();
      throw new SessionForksError('cancelled', 'The start was stopped.');
    }
    this.#options = conversation.options();
    this.#status = 'idle';
    this.#host.changed('composer');
    return conversation;
  }

  async #runTurn(conversation: Conversation, input: PromptInput): Promise<void> {
    this.#since = this.#host.now();
    this.#turn = beginTurn(input, this.#since);
    this.#stopped = false;
    this.#status = 'working';
    this.#host.changed('live');
    const failed = await this.#prompt(conversation, input);
    this.#permissions.cancelAll();
    this.#turn = endTurn(this.#turn);
    this.#status = this.#conversation ? 'idle' : 'none';
    const stored = await this.#takeStored();
    this.#since = undefined;
    if (failed && !stored) {
      this.#turn = undefined;
      this.#queue.putBack(input);
    }
  }

  async #prompt(conversation: Conversation, input: PromptInput): Promise<boolean> {
    try {
      await conversation.prompt(input);
      return false;
    } catch (error) {
      this.#hold(this.#notice ?? this.#host.explain(error));
      return true;
    }
  }

  async #takeStored(): Promise<boolean> {
    const outcome = await this.#host.afterTurn();
    if (outcome === 'stored') {
      this.#turn = undefined;
    } else if (outcome !== 'notStored') {
      this.#hold(outcome.astray);
      await this.#drop();
    }
    return outcome === 'stored';
  }

  #observer(): ConversationObserver {
    return {
      update: (update) => this.#update(update),
      permission: (request) => this.#ask(request),
      ended: (error) => this.#ended(error),
    };
  }

  #update(update: LiveUpdate): void {
    if (update.kind === 'options') {
      this.#options = update.options;
      this.#host.changed('composer');
      return;
    }
    if (update.kind === 'note') {
      this.notify({ kind: 'warning', icon: 'warning', title: update.text, text: '', actions: [] });
      return;
    }
    if (update.kind === 'usage') {
      this.#context = { used: update.used, size: update.size };
    }
    if (this.#turn?.running) {
      this.#turn = applyUpdate(this.#turn, update);
    }
    this.#host.changed('live');
  }

  #ask(request: PermissionRequest): Promise<PermissionAnswer> {
    if (this.#closed || this.#status === 'stopping') {
      return Promise.resolve('cancelled');
    }
    const answer = this.#permissions.ask(request);
    this.#host.changed('live');
    return answer;
  }

  #ended(error: SessionForksError | undefined): void {
    this.#conversation = undefined;
    this.#status = 'none';
    this.#permissions.cancelAll();
    if (error && !this.#closed) {
      this.#hold(this.#host.explain(error));
    }
    this.#host.changed('live');
  }

  async #cancelTurn(): Promise<void> {
    this.#starting?.abort();
    if (this.#conversation && this.#status === 'working') {
      this.#status = 'stopping';
      this.#stopped = true;
      this.#permissions.cancelAll();
      this.#host.changed('live');
      await this.#conversation.cancel();
    }
  }

  async #choose(choose: (conversation: Conversation) => Promise<void>): Promise<void> {
    if (this.#conversation) {
      await choose(this.#conversation);
      this.#options = this.#conversation?.options() ?? this.#options;
      this.#host.changed('composer');
    }
  }

  async #drop(): Promise<void> {
    const conversation = this.#conversation;
    this.#conversation = undefined;
    this.#status = 'none';
    await conversation?.close();
  }

  #hold(notice: Notice | undefined): void {
    this.#queue.hold();
    this.#notice = notice;
    if (!this.#conversation) {
      this.#status = 'none';
    }
    this.#host.changed('composer');
    this.#host.changed('live');
  }
}

const isCancelled = (error: unknown): boolean =>
  error instanceof SessionForksError && error.code === 'cancelled';
