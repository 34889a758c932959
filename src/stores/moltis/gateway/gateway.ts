import { SessionForksError } from '../../../core/errors.ts';
import { recordOf, textOf } from '../../common/fields.ts';
import { type JsonRecord, parseRecord } from '../../common/jsonl.ts';
import type { TextSocket } from './webSocket.ts';

/** What the gateway tells of its own accord. */
export interface GatewayEvent {
  readonly event: string;
  readonly payload: unknown;
}

/** The gateway answered with an error. `code` is its own, e.g. `INTERNAL`, `UNAUTHORIZED`, `UNKNOWN_METHOD`. */
export class GatewayRefusal extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'GatewayRefusal';
    this.code = code;
  }
}

interface Waiting {
  readonly resolve: (payload: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/** How long the gateway may take to answer, in ms. */
const answerMs = 30_000;
/** The gateway hangs up on a longer frame. */
const frameLimit = 512 * 1024;

/** One connection to the gateway: requests with their answers, and events (protocol 4, Moltis 20260820.01). */
export class Gateway {
  /** Resolves with the reason once the connection is over, whoever ended it. */
  readonly gone: Promise<string>;
  readonly #socket: TextSocket;
  readonly #waiting = new Map<string, Waiting>();
  readonly #listeners = new Set<(event: GatewayEvent) => void>();
  #methods: ReadonlySet<string> = new Set();
  #last = 0;
  #isOver = false;

  constructor(socket: TextSocket) {
    this.#socket = socket;
    socket.onText = (text) => this.#read(text);
    this.gone = new Promise((resolve) => {
      socket.onClose = (why) => {
        this.#isOver = true;
        this.#rejectAll(ended(why));
        resolve(why);
      };
    });
  }

  /** Names what the gateway can do, as its greeting said. */
  get methods(): ReadonlySet<string> {
    return this.#methods;
  }

  set methods(names: ReadonlySet<string>) {
    this.#methods = names;
  }

  /** Sends a request and gives its answer. Rejects with a `GatewayRefusal`, `agent_ended` when it never comes, `not_supported` when it is too long. */
  request(method: string, params: JsonRecord = {}): Promise<unknown> {
    if (this.#isOver) {
      return Promise.reject(ended('the connection is closed'));
    }
    const id = `sf-${++this.#last}`;
    const frame = JSON.stringify({ type: 'req', id, method, params });
    if (Buffer.byteLength(frame) > frameLimit) {
      return Promise.reject(
        new SessionForksError('not_supported', 'This is too long: Moltis takes 512 KiB at once.'),
      );
    }
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(ended(`no answer to ${method} within ${answerMs / 1_000} s`));
      }, answerMs);
      this.#waiting.set(id, { resolve, reject, timer });
      this.#socket.send(frame);
    });
  }

  listen(listener: (event: GatewayEvent) => void): void {
    this.#listeners.add(listener);
  }

  /** Ends the connection. Resolves when it is over. */
  async close(): Promise<void> {
    this.#socket.close();
    await this.gone;
  }

  #read(text: string): void {
    const frame = parseRecord(text);
    if (frame?.type === 'res') {
      this.#answer(frame);
    } else if (frame?.type === 'event') {
      for (const listener of this.#listeners) {
        listener({ event: textOf(frame.event) ?? '', payload: frame.payload });
      }
    }
  }

  #answer({ id, ok, payload, error }: JsonRecord): void {
    const waiting = this.#waiting.get(String(id));
    if (!waiting) {
      return;
    }
    this.#waiting.delete(String(id));
    clearTimeout(waiting.timer);
    if (ok === true) {
      waiting.resolve(payload);
    } else {
      const said = recordOf(error);
      waiting.reject(
        new GatewayRefusal(textOf(said?.code) ?? 'INTERNAL', textOf(said?.message) ?? 'no reason given'),
      );
    }
  }

  #rejectAll(error: Error): void {
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(error);
    }
    this.#waiting.clear();
  }
}

const ended = (why: string): SessionForksError =>
  new SessionForksError('agent_ended', `The connection to the Moltis gateway ended: ${why}.`);
