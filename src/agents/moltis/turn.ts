import type { ConversationObserver, LiveToolCall, TurnEnd } from '../../core/liveAgent.ts';
import type { ChatEvent, ChatEventOf, HistoryRecord } from './schema.ts';
import { endedCall, startedCall } from './tools.ts';

/** One prompt with all that the gateway tells of its run, until it is over. */
export class Turn {
  /** How the turn ended; rejects with what went wrong. */
  readonly done: Promise<TurnEnd>;
  /** Resolves when its run is known and all events so far are told. */
  readonly begun: Promise<void>;
  readonly #observer: ConversationObserver;
  readonly #end = Promise.withResolvers<TurnEnd>();
  readonly #start = Promise.withResolvers<void>();
  readonly #early: ChatEvent[] = [];
  readonly #running = new Map<string, LiveToolCall>();
  #run: string | undefined;
  #isOver = false;
  /** What was told since the last tool call, and of the current thought. */
  #said = '';
  #thought = '';

  constructor(observer: ConversationObserver) {
    this.#observer = observer;
    this.done = this.#end.promise;
    this.begun = this.#start.promise;
    // Nobody may be listening yet when the connection breaks.
    this.done.catch(() => undefined);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** The gateway's name for it; undefined while the prompt is on its way. */
  get run(): string | undefined {
    return this.#run;
  }

  /** From now on only events of this run count; those that came before its name was known are caught up with. */
  begin(run: string): void {
    this.#run = run;
    for (const event of this.#early.splice(0)) {
      this.take(event);
    }
    this.#start.resolve();
  }

  /** Tells one event on. Says whether it was this turn's. */
  take(event: ChatEvent): boolean {
    if (this.#run === undefined) {
      this.#early.push(event);
      return false;
    }
    if (this.#isOver || event.runId !== this.#run) {
      return false;
    }
    this.#tell(event);
    return true;
  }

  /** The run is over, but its end was lost on the way: what the history holds stands for it. */
  catchUp(history: readonly HistoryRecord[]): void {
    const own = history.filter((record) => record.run_id === this.#run);
    const last = own.findLast((record) => record.role === 'assistant' && record.content);
    if (last) {
      this.#finish({ ...last, text: last.content ?? '' });
    } else {
      this.fail(new Error('Moltis gave no answer; its log may say why.'));
    }
  }

  settle(end: TurnEnd): void {
    this.#isOver = true;
    this.#end.resolve(end);
  }

  fail(error: unknown): void {
    this.#isOver = true;
    this.#end.reject(error);
  }

  /** The running call of this command, to which a question about it belongs. */
  callOf(command: string): LiveToolCall | undefined {
    return [...this.#running.values()].find(({ target }) => target === command);
  }

  #tell(event: ChatEvent): void {
    switch (event.state) {
      case 'thinking':
        this.#thought = '';
        break;
      case 'thinking_text':
        this.#think(event.text);
        break;
      case 'delta':
        this.#say(event.text);
        break;
      case 'tool_call_start':
        this.#call(startedCall(event));
        break;
      case 'tool_call_end':
        this.#call(endedCall(event));
        break;
      case 'final':
        this.#finish(event);
        break;
      case 'error':
        this.fail(new Error(failureText(event)));
        break;
      case 'aborted':
        this.settle('stopped');
        break;
    }
  }

  #say(text: string): void {
    if (text !== '') {
      this.#said += text;
      this.#observer.update({ kind: 'text', text });
    }
  }

  /** Each event brings the whole thought so far. */
  #think(thought: string): void {
    const text = thought.startsWith(this.#thought) ? thought.slice(this.#thought.length) : thought;
    this.#thought = thought;
    if (text !== '') {
      this.#observer.update({ kind: 'thinking', text });
    }
  }

  #call(call: LiveToolCall): void {
    this.#said = '';
    this.#thought = '';
    if (call.status === 'running') {
      this.#running.set(call.id, call);
    } else {
      this.#running.delete(call.id);
    }
    this.#observer.update({ kind: 'tool', call });
  }

  /** Tells the rest of the answer, if pieces of it were lost, and what it cost. */
  #finish(
    answer: Pick<ChatEventOf<'final'>, 'text' | 'inputTokens' | 'outputTokens' | 'cacheReadTokens'>,
  ): void {
    if (answer.text.startsWith(this.#said)) {
      this.#say(answer.text.slice(this.#said.length));
    }
    const { inputTokens: input, outputTokens: output, cacheReadTokens: cacheRead } = answer;
    if (input !== undefined && output !== undefined) {
      const usage = { input, output, ...(cacheRead === undefined ? {} : { cacheRead }) };
      this.#observer.update({ kind: 'tokens', usage });
    }
    this.settle('done');
  }
}

const failureText = ({ error }: ChatEventOf<'error'>): string =>
  error?.detail ?? error?.message ?? error?.title ?? 'Moltis could not answer.';
