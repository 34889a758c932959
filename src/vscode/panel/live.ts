import type { SessionForksError } from '../../core/errors.ts';
import type { Conversation, LiveUpdate, PromptInput, SessionOptions } from '../../core/liveAgent.ts';
import type { TerminalProgram } from '../../core/signIn.ts';
import type { LiveState, Notice, QueuedPrompt } from '../../protocol.ts';
import { LiveConnection } from './liveConnection.ts';
import type { LiveHost } from './liveHost.ts';
import { LiveTurns } from './liveTurns.ts';
import { PromptQueue, type QueuedInput } from './promptQueue.ts';
import { codeOf, StandingNotice } from './standingNotice.ts';

/**
 * Carries one session on: starts the agent at the first prompt, runs one turn at a time, keeps what was prompted
 * meanwhile in a queue. A prompt is never lost: what could not be sent waits in the queue until the person sends it.
 */
export class LiveController {
  readonly #host: LiveHost;
  readonly #queue: PromptQueue;
  readonly #connection: LiveConnection;
  readonly #turns: LiveTurns;
  readonly #told: StandingNotice;
  #running: Promise<void> | undefined;
  /** The prompt whose turn runs; the store may not hold it yet. */
  #sent: QueuedInput | undefined;
  #blocked = false;
  #closed = false;

  constructor(host: LiveHost) {
    this.#host = host;
    this.#queue = new PromptQueue(host.keptQueue(), () => this.#queueChanged());
    this.#turns = new LiveTurns(host);
    this.#told = new StandingNotice(host);
    this.#connection = new LiveConnection(host, {
      update: (update) => this.#update(update),
      permission: async (request) => (this.#closed ? 'cancelled' : this.#turns.ask(request)),
      ended: (error) => this.#ended(error),
    });
  }

  /** What the page draws of it. The same messages as before are the same objects. */
  state(): LiveState {
    const { notice } = this.#told;
    return { ...this.#turns.state, status: this.#status(), ...(notice && { notice }) };
  }

  options(): SessionOptions | undefined {
    return this.#connection.options;
  }

  queue(): readonly QueuedPrompt[] {
    return this.#queue.rows;
  }

  /** A turn runs that the store may hold in part. */
  get busy(): boolean {
    return this.#running !== undefined;
  }

  /** Resolves once no turn runs, with what it left in the queue. */
  async settled(): Promise<void> {
    await this.#running;
  }

  notify(notice: Notice | undefined): void {
    this.#told.show(notice);
  }

  /** The store holds the turn after all: it need not be drawn from here any longer. */
  forgetTurn(): void {
    if (!this.busy) {
      this.#turns.settle(true);
    }
  }

  prompt(input: QueuedInput): void {
    this.#told.show(undefined);
    this.#queue.add(input);
    this.#pump();
  }

  /** Goes on with the queue after a failure or a stop. */
  resume(): void {
    this.#queue.release();
    this.#told.show(undefined);
    if (this.#queue.ready) {
      this.#pump();
    } else if (!this.#connection.open) {
      this.#running ??= this.#warmUp().finally(() => this.#settle());
    }
  }

  /** Goes on where the folder was not trusted before. */
  trusted(): void {
    if (this.#blocked) {
      this.resume();
    }
  }

  /** Signs in by one of the agent's own ways. Returns what to run when the person does it in a terminal. */
  async signIn(id: string): Promise<TerminalProgram | undefined> {
    const method = this.#told.method(id);
    if (method && !method.terminal) {
      await this.#connection.signIn(id);
      this.resume();
    }
    return method?.terminal;
  }

  /** Goes over to the mode that the person was asked about. */
  async takeOffer(): Promise<void> {
    const { offered } = this.#told;
    if (offered) {
      await this.setMode(offered.id);
      this.#told.show(undefined);
    }
  }

  /** Takes a queued prompt out; undefined when it has been sent meanwhile. */
  unqueue(number: number): QueuedInput | undefined {
    return this.#queue.remove(number);
  }

  /** Takes the prompt out that would be sent next. */
  unqueueFirst(): QueuedInput | undefined {
    const [first] = this.#queue.rows;
    return first && this.#queue.remove(first.number);
  }

  /** Puts a queued prompt first and stops the running turn for it. What waits goes on waiting. */
  async sendNow(number: number): Promise<void> {
    if (this.#queue.moveFirst(number)) {
      this.#told.show(undefined);
      await this.#cancelTurn();
      this.#pump();
    }
  }

  /** Stops the turn, or the start. What is queued waits until the person goes on. */
  async stop(): Promise<void> {
    this.#queue.hold();
    await this.#cancelTurn();
  }

  answer(request: string, option: string): void {
    this.#turns.answer(request, option);
  }

  async setMode(id: string): Promise<void> {
    await this.#connection.choose((conversation) => conversation.setMode(id), { mode: id });
  }

  async setModel(id: string): Promise<void> {
    await this.#connection.choose((conversation) => conversation.setModel(id), { model: id });
  }

  /** Ends the agent's process when it has nothing to do; the next prompt starts it again. */
  async endIdle(): Promise<void> {
    if (!this.busy) {
      await this.#connection.drop();
    }
  }

  /** Ends the agent's process. Resolves when it is gone. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#turns.end();
    await this.#connection.close();
  }

  #status(): LiveState['status'] {
    if (this.#connection.starting) {
      return 'starting';
    }
    const { status } = this.#turns;
    return status !== 'rest' ? status : this.#connection.open ? 'idle' : 'none';
  }

  #pump(): void {
    this.#running ??= this.#runQueue().finally(() => this.#settle());
  }

  #settle(): void {
    this.#running = undefined;
    this.#host.changed('live');
    if (this.#queue.ready && !this.#closed) {
      this.#pump();
    } else {
      this.#connection.rest();
    }
  }

  async #runQueue(): Promise<void> {
    while (this.#queue.ready && !this.#closed) {
      const conversation = await this.#ready();
      const input = conversation && this.#queue.next();
      if (!conversation || !input || !(await this.#checkpoint(input))) {
        return;
      }
      await this.#runTurn(conversation, { text: input.text, attachments: input.attachments });
    }
  }

  /** Forks where the prompt wants that; a prompt whose fork failed waits in the queue again. */
  async #checkpoint(input: QueuedInput): Promise<boolean> {
    if (!input.checkpoint || (await this.#host.checkpoint())) {
      return true;
    }
    this.#queue.hold();
    this.#queue.putBack(input);
    return false;
  }

  async #warmUp(): Promise<void> {
    await this.#ready();
  }

  async #ready(): Promise<Conversation | undefined> {
    const blocked = this.#host.blocked();
    this.#blocked = blocked !== undefined;
    if (blocked) {
      this.#hold(blocked);
      return undefined;
    }
    try {
      return await this.#connection.ready();
    } catch (error) {
      this.#fail(error);
      return undefined;
    }
  }

  async #runTurn(conversation: Conversation, input: PromptInput): Promise<void> {
    this.#keep(input);
    const failed = await this.#failsAt(conversation, input);
    const stored = await this.#takeStored();
    this.#turns.settle(stored || failed);
    this.#keep(undefined);
    if (failed && !stored) {
      this.#queue.putBack(input);
    }
  }

  async #failsAt(conversation: Conversation, input: PromptInput): Promise<boolean> {
    try {
      await this.#turns.run(conversation, input);
      return false;
    } catch (error) {
      if (this.#connection.open) {
        this.#fail(error);
      }
      await this.#leaveSignedOut(error);
      return true;
    }
  }

  async #takeStored(): Promise<boolean> {
    const outcome = await this.#host.afterTurn();
    if (typeof outcome === 'object') {
      this.#hold(outcome.astray);
      await this.#connection.drop();
    }
    return outcome === 'stored';
  }

  #update(update: LiveUpdate): void {
    if (update.kind === 'lowered') {
      this.#told.offer(update.from, update.to);
    } else if (update.kind === 'note') {
      this.notify({ kind: 'warning', icon: 'warning', title: update.text, text: '', actions: [] });
    } else {
      this.#turns.update(update);
    }
  }

  #ended(error: SessionForksError | undefined): void {
    this.#turns.end();
    if (error && !this.#closed) {
      this.#fail(error);
    }
    this.#host.changed('live');
  }

  async #cancelTurn(): Promise<void> {
    this.#connection.stopStart();
    if (this.#turns.stop()) {
      await this.#connection.cancelTurn();
    }
  }

  #queueChanged(): void {
    this.#host.changed('composer');
    this.#keep(this.#sent);
  }

  /** What is kept when the panel closes stays as it is. */
  #keep(sent: QueuedInput | undefined): void {
    this.#sent = sent;
    if (!this.#closed) {
      this.#host.keepQueue(this.#queue.inputs, sent);
    }
  }

  #fail(error: unknown): void {
    this.#queue.hold();
    this.#told.fail(error);
  }

  /** An agent reads its account at its start: with the next try it is started anew. */
  async #leaveSignedOut(error: unknown): Promise<void> {
    if (codeOf(error) === 'sign_in_needed') {
      await this.#connection.drop();
    }
  }

  #hold(notice: Notice): void {
    this.#queue.hold();
    this.#told.show(notice);
  }
}
