import { applyUpdate, beginTurn, endTurn, type LiveTurn, messagesOf } from '../../core/conversation.ts';
import { SessionForksError } from '../../core/errors.ts';
import type {
  Conversation,
  LiveUpdate,
  PermissionAnswer,
  PermissionRequest,
  PromptInput,
  SessionOptions,
} from '../../core/liveAgent.ts';
import type { LiveState, Notice } from '../../protocol.ts';
import { LiveConnection } from './liveConnection.ts';
import type { LiveHost } from './liveHost.ts';
import { Permissions } from './permissions.ts';
import { PromptQueue } from './promptQueue.ts';

/**
 * Carries one session on: starts the agent at the first prompt, runs one turn at a time, keeps what was prompted
 * meanwhile in a queue. A prompt is never lost: one that could not be sent stands first in the queue.
 */
export class LiveController {
  readonly #host: LiveHost;
  readonly #permissions = new Permissions();
  readonly #queue: PromptQueue;
  readonly #connection: LiveConnection;
  #phase: 'rest' | 'working' | 'stopping' = 'rest';
  #turn: LiveTurn | undefined;
  #since: number | undefined;
  #notice: Notice | undefined;
  #context: LiveState['context'];
  #running: Promise<void> | undefined;
  #closed = false;
  #stopped = false;

  constructor(host: LiveHost) {
    this.#host = host;
    this.#queue = new PromptQueue(() => host.changed('composer'));
    this.#connection = new LiveConnection(host, {
      update: (update) => this.#update(update),
      permission: (request) => this.#ask(request),
      ended: (error) => this.#ended(error),
    });
  }

  /** What the page draws of it. The same messages as before are the same objects. */
  state(): LiveState {
    const permission = this.#permissions.first;
    const status = this.#status(permission !== undefined);
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
    return this.#connection.options;
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
    } else if (!this.#connection.open) {
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
    await this.#connection.choose((conversation) => conversation.setMode(id));
  }

  async setModel(id: string): Promise<void> {
    await this.#connection.choose((conversation) => conversation.setModel(id));
  }

  /** Ends the agent's process. Resolves when it is gone. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#permissions.cancelAll();
    await this.#connection.close();
  }

  #status(asked: boolean): LiveState['status'] {
    if (this.#connection.starting) {
      return 'starting';
    }
    if (this.#phase === 'rest') {
      return this.#connection.open ? 'idle' : 'none';
    }
    return this.#phase === 'working' && asked ? 'waiting' : this.#phase;
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
      return await this.#connection.ready();
    } catch (error) {
      this.#hold(isCancelled(error) ? undefined : this.#host.explain(error));
      return undefined;
    }
  }

  async #runTurn(conversation: Conversation, input: PromptInput): Promise<void> {
    this.#since = this.#host.now();
    this.#turn = beginTurn(input, this.#since);
    this.#stopped = false;
    this.#phase = 'working';
    this.#host.changed('live');
    const failed = await this.#prompt(conversation, input);
    this.#permissions.cancelAll();
    this.#turn = endTurn(this.#turn);
    this.#phase = 'rest';
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
      await this.#connection.drop();
    }
    return outcome === 'stored';
  }

  #update(update: LiveUpdate): void {
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
    if (this.#closed || this.#phase === 'stopping') {
      return Promise.resolve('cancelled');
    }
    const answer = this.#permissions.ask(request);
    this.#host.changed('live');
    return answer;
  }

  #ended(error: SessionForksError | undefined): void {
    this.#phase = 'rest';
    this.#permissions.cancelAll();
    if (error && !this.#closed) {
      this.#hold(this.#host.explain(error));
    }
    this.#host.changed('live');
  }

  async #cancelTurn(): Promise<void> {
    this.#connection.stopStart();
    if (this.#connection.open && this.#phase === 'working') {
      this.#phase = 'stopping';
      this.#stopped = true;
      this.#permissions.cancelAll();
      this.#host.changed('live');
      await this.#connection.cancelTurn();
    }
  }

  #hold(notice: Notice | undefined): void {
    this.#queue.hold();
    this.#notice = notice;
    this.#host.changed('composer');
    this.#host.changed('live');
  }
}

const isCancelled = (error: unknown): boolean =>
  error instanceof SessionForksError && error.code === 'cancelled';
