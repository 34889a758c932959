import { setTimeout as delay } from 'node:timers/promises';
import { errorText, SessionForksError } from '../../core/errors.ts';
import { readEvents } from './eventStream.ts';

/** Where an agent's server is, and the key that it wants. */
export interface ServerAccess {
  readonly url: string;
  readonly key?: string;
}

/** How the server of one agent is asked. */
export interface ServerKind {
  /** The agent's name as a person reads it. */
  readonly name: string;
  /** The header `authorization` for a key. */
  readonly authorization: (key: string) => string;
  /** The server's own words in the answer by which it refuses. */
  readonly said: (answer: unknown) => string | undefined;
}

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/** How long a server may take to answer, and how long a retry that it asks for may be away, in ms. */
const answerMs = 60_000;
const longestRetryMs = 10_000;
const retries = 3;

/** One running server of an agent, over HTTP and server-sent events. */
export class AgentServer {
  readonly #kind: ServerKind;
  readonly #access: ServerAccess;

  /** Throws `not_supported` for an address that is none. */
  constructor(kind: ServerKind, access: ServerAccess) {
    if (!/^https?:\/\//iu.test(access.url) || !URL.canParse(access.url)) {
      throw new SessionForksError('not_supported', `“${access.url}” is no address of a ${kind.name} server.`);
    }
    this.#kind = kind;
    this.#access = access;
  }

  /**
   * Asks the server; a refusal that names a time to come back is tried again then. Throws `agent_ended` when it does
   * not answer, `sign_in_needed`, `no_such_session`, `busy`, `cancelled`, or an Error with what the server said.
   */
  async ask(method: Method, path: string, body?: object, signal?: AbortSignal): Promise<unknown> {
    for (let tried = 0; ; tried++) {
      const { answer, text } = await this.#connected(signal, async () => {
        const answer = await this.#fetch(method, path, { body, signal });
        return { answer, text: await answer.text() };
      });
      if (answer.ok) {
        return parsed(text);
      }
      const wait = retryAfter(answer);
      if (wait === undefined || tried === retries) {
        throw this.#refusal(answer.status, parsed(text));
      }
      await this.#connected(signal, () => delay(wait, undefined, signal ? { signal } : {}));
    }
  }

  /**
   * Connects to events, of which those behind the id `after` are sent again. Ends with the connection. Throws as `ask`.
   */
  async events(path: string, signal: AbortSignal, after?: number): Promise<AsyncGenerator<unknown>> {
    const headers = after === undefined ? {} : { 'last-event-id': String(after) };
    const answer = await this.#connected(signal, () =>
      this.#fetch('GET', path, { headers, signal, endless: true }),
    );
    if (!answer.ok || !answer.body) {
      throw this.#refusal(answer.status, parsed(await answer.text()));
    }
    return readEvents(answer.body);
  }

  async #fetch(method: Method, path: string, options: FetchOptions): Promise<Response> {
    const { url, key } = this.#access;
    const { body, headers, signal, endless } = options;
    const signals = [signal, endless ? undefined : AbortSignal.timeout(answerMs)].filter(
      (one) => one !== undefined,
    );
    return fetch(new URL(url.replace(/\/+$/u, '') + path), {
      method,
      headers: {
        ...headers,
        ...(body && { 'content-type': 'application/json' }),
        ...(key && { authorization: this.#kind.authorization(key) }),
      },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.any(signals),
      // A redirect would carry the key elsewhere.
      redirect: 'error',
    });
  }

  /** Does what needs the connection. Throws `cancelled`, and `agent_ended` when there is none or it is lost. */
  async #connected<Result>(signal: AbortSignal | undefined, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      const { name } = this.#kind;
      if (signal?.aborted) {
        throw new SessionForksError('cancelled', `Asking ${name}’s server was cancelled.`, error);
      }
      const text = `${name}’s server at ${this.#access.url} does not answer: ${errorText(error)}.`;
      throw new SessionForksError('agent_ended', text, error);
    }
  }

  #refusal(status: number, answer: unknown): Error {
    const { name, said } = this.#kind;
    const text = said(answer) || `${name}’s server refused (${status}).`;
    switch (status) {
      case 401:
      case 403:
        return new SessionForksError('sign_in_needed', `${name}’s server wants its key: set it once more.`);
      case 404:
        return new SessionForksError('no_such_session', text);
      case 409:
        return new SessionForksError('busy', text);
      default:
        return new Error(text);
    }
  }
}

interface FetchOptions {
  readonly body?: object | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  readonly endless?: true;
}

function parsed(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    // Not JSON: something else answers there, such as a proxy with a page of its own.
    return undefined;
  }
}

/** How long to wait, in ms, when the server refuses for now and says until when. */
function retryAfter({ status, headers }: Response): number | undefined {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  const wait = seconds * 1000;
  return [409, 429, 503].includes(status) && wait >= 0 && wait <= longestRetryMs ? wait : undefined;
}
