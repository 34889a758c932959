import { setTimeout as delay } from 'node:timers/promises';
import { errorText, SessionForksError } from '../../core/errors.ts';
import { AgentSaid } from '../acp/failure.ts';
import { readEvents } from './eventStream.ts';
import { capabilitiesSchema, refusalSchema, type ServerEvent } from './schema.ts';

/** Where a `qwen serve` is, and its bearer token. */
export interface ServerAccess {
  readonly url: string;
  readonly key?: string;
}

/** How long the server may take to answer, and how long a retry that it asks for may be away, in ms. */
const answerMs = 60_000;
const longestRetryMs = 10_000;
const retries = 3;

/** One running `qwen serve`. */
export class QwenServer {
  readonly #access: ServerAccess;

  /** Throws `not_supported` for an address that is none. */
  constructor(access: ServerAccess) {
    if (!/^https?:\/\//iu.test(access.url) || !URL.canParse(access.url)) {
      throw new SessionForksError('not_supported', `“${access.url}” is no address of a Qwen Code server.`);
    }
    this.#access = access;
  }

  async features(signal?: AbortSignal): Promise<ReadonlySet<string>> {
    const { features } = capabilitiesSchema.parse(await this.ask('GET', '/capabilities', undefined, signal));
    return new Set(features);
  }

  /**
   * Asks the server; a refusal that names a time to come back is tried again then. Throws `agent_ended` when it does
   * not answer, `sign_in_needed`, `no_such_session`, `busy`, `cancelled`, or what the server said (`AgentSaid`).
   */
  async ask(method: 'GET' | 'POST', path: string, body?: object, signal?: AbortSignal): Promise<unknown> {
    for (let tried = 0; ; tried++) {
      const answer = await this.#fetch(method, path, { body, signal });
      const text = await answer.text();
      if (answer.ok) {
        return parsed(text);
      }
      const wait = retryAfter(answer);
      if (wait === undefined || tried === retries) {
        throw refusalOf(answer.status, parsed(text));
      }
      await delay(wait, undefined, signal ? { signal } : {});
    }
  }

  /** Connects to a session's events; those behind `after` are sent again. Ends with the connection. */
  async events(session: string, signal: AbortSignal, after?: number): Promise<AsyncGenerator<ServerEvent>> {
    const headers = after === undefined ? {} : { 'last-event-id': String(after) };
    const path = `/session/${encodeURIComponent(session)}/events`;
    const answer = await this.#fetch('GET', path, { headers, signal, endless: true });
    if (!answer.ok || !answer.body) {
      throw refusalOf(answer.status, parsed(await answer.text()));
    }
    return readEvents(answer.body);
  }

  async #fetch(method: 'GET' | 'POST', path: string, options: FetchOptions): Promise<Response> {
    const { url, key } = this.#access;
    const { body, headers, signal, endless } = options;
    const signals = [signal, endless ? undefined : AbortSignal.timeout(answerMs)].filter(
      (one) => one !== undefined,
    );
    try {
      return await fetch(new URL(url.replace(/\/+$/u, '') + path), {
        method,
        headers: {
          ...headers,
          ...(body && { 'content-type': 'application/json' }),
          ...(key && { authorization: `Bearer ${key}` }),
        },
        ...(body && { body: JSON.stringify(body) }),
        signal: AbortSignal.any(signals),
        // A redirect would carry the token elsewhere.
        redirect: 'error',
      });
    } catch (error) {
      if (signal?.aborted) {
        throw new SessionForksError('cancelled', 'Asking Qwen Code’s server was cancelled.', error);
      }
      const text = `Qwen Code’s server at ${url} does not answer: ${errorText(error)}.`;
      throw new SessionForksError('agent_ended', text, error);
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
    // Not JSON: something else answers there, and what it says is its own.
    return { error: text.slice(0, 200) };
  }
}

/** How long to wait, in ms, when the server refuses for now and says until when. */
function retryAfter({ status, headers }: Response): number | undefined {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  const wait = seconds * 1000;
  return [409, 429, 503].includes(status) && wait >= 0 && wait <= longestRetryMs ? wait : undefined;
}

function refusalOf(status: number, body: unknown): Error {
  const { error } = refusalSchema.parse(body);
  const text = error === '' ? `Qwen Code’s server refused (${status}).` : error;
  switch (status) {
    case 401:
    case 403:
      return new SessionForksError('sign_in_needed', 'Qwen Code’s server wants its key: set it once more.');
    case 404:
      return new SessionForksError('no_such_session', text);
    case 409:
      return new SessionForksError('busy', text);
    default:
      return new AgentSaid(new Error(text));
  }
}
