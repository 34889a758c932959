import { type ErrorCode, errorText, SessionForksError } from '../../core/errors.ts';

/** The functions that one end of a line offers to the other. What they take and give can be cloned. */
export type Calls<Names> = { readonly [Name in keyof Names]: (...args: never[]) => unknown };

/** The same, as the offering end has them: each is told, too, when the other end gives up. */
export type Served<Offered extends Calls<Offered>> = {
  readonly [Name in keyof Offered]: (
    signal: AbortSignal,
    ...args: Parameters<Offered[Name]>
  ) => ReturnType<Offered[Name]> | Promise<ReturnType<Offered[Name]>>;
};

/** What a line runs over: a worker, or in the worker its port. */
export interface Port {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (message: Message) => void): unknown;
}

type Message =
  | { readonly kind: 'call'; readonly number: number; readonly name: string; readonly args: readonly never[] }
  | { readonly kind: 'cancel'; readonly number: number }
  | { readonly kind: 'answer'; readonly number: number; readonly value: never }
  | { readonly kind: 'failure'; readonly number: number; readonly code?: ErrorCode; readonly text: string };

interface Open {
  readonly answer: (value: never) => void;
  readonly fail: (error: unknown) => void;
}

/** One end of a line between two threads: calls the functions of the other end, and answers for its own. */
export class Line<Theirs extends Calls<Theirs>, Own extends Calls<Own>> {
  readonly #port: Port;
  readonly #own: ReadonlyMap<string, (signal: AbortSignal, ...args: never[]) => unknown>;
  readonly #open = new Map<number, Open>();
  readonly #running = new Map<number, AbortController>();
  #count = 0;
  #end: Error | undefined;

  constructor(port: Port, own: Served<Own>) {
    this.#port = port;
    this.#own = new Map(Object.entries(own));
    port.on('message', (message) => this.#take(message));
  }

  /** Calls a function of the other end. Throws what it throws, an error by its code; and what `close` was given. */
  call<Name extends keyof Theirs & string>(
    name: Name,
    args: Parameters<Theirs[Name]>,
    signal?: AbortSignal,
  ): Promise<ReturnType<Theirs[Name]>> {
    if (this.#end) {
      return Promise.reject(this.#end);
    }
    const number = ++this.#count;
    const cancel = (): void => this.#port.postMessage({ kind: 'cancel', number });
    const answered = new Promise<ReturnType<Theirs[Name]>>((answer, fail) => {
      this.#open.set(number, { answer, fail });
    });
    this.#port.postMessage({ kind: 'call', number, name, args });
    if (signal?.aborted) {
      cancel();
    }
    signal?.addEventListener('abort', cancel, { once: true });
    return answered.finally(() => {
      this.#open.delete(number);
      signal?.removeEventListener('abort', cancel);
    });
  }

  /** The other end is gone: all open calls throw this error, and all later ones. */
  close(error: Error): void {
    this.#end ??= error;
    for (const { fail } of this.#open.values()) {
      fail(this.#end);
    }
  }

  #take(message: Message): void {
    switch (message.kind) {
      case 'call':
        void this.#serve(message.number, message.name, message.args);
        break;
      case 'cancel':
        this.#running.get(message.number)?.abort();
        break;
      case 'answer':
        this.#open.get(message.number)?.answer(message.value);
        break;
      case 'failure':
        this.#open.get(message.number)?.fail(errorOf(message.text, message.code));
        break;
    }
  }

  async #serve(number: number, name: string, args: readonly never[]): Promise<void> {
    const abort = new AbortController();
    this.#running.set(number, abort);
    try {
      const value = await this.#own.get(name)?.(abort.signal, ...args);
      this.#port.postMessage({ kind: 'answer', number, value });
    } catch (error) {
      const code = error instanceof SessionForksError ? error.code : undefined;
      this.#port.postMessage({ kind: 'failure', number, text: errorText(error), ...(code && { code }) });
    } finally {
      this.#running.delete(number);
    }
  }
}

const errorOf = (text: string, code: ErrorCode | undefined): Error =>
  code ? new SessionForksError(code, text) : new Error(text);
