import { Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type * as Acp from '@agentclientprotocol/sdk/unstable';
import { SessionForksError } from '../../core/errors.ts';
import type { SignInMethod } from '../../core/signIn.ts';
import { byteStream } from './byteStream.ts';
import { endedError, refusal } from './failure.ts';
import type { AgentProcess, Exit } from './process.ts';
import { type AcpPermission, notificationSchema, permissionSchema } from './schema.ts';

/** What an agent asks and tells of its own accord. Any other method is answered "method not found" (-32601). */
export interface Incoming {
  update(session: string, update: unknown): void;
  /** The chosen option's id, or undefined for `cancelled`. */
  permission(request: AcpPermission, signal: AbortSignal): Promise<string | undefined>;
}

/** How long a request may take (ms), and who may give up on it. Without `ms` it may take as long as it takes. */
export interface Bound {
  readonly ms?: number;
  readonly signal?: AbortSignal | undefined;
}

/** How long a process may still be read after its exit, in ms. */
const drainMs = 500;

/** The protocol's connection to one agent process. */
export class Link {
  /** Resolves once the process is gone, whoever ended it. */
  readonly gone: Promise<Exit>;
  readonly #name: string;
  readonly #process: AgentProcess;
  readonly #connection: Acp.ClientConnection;
  #signIn: readonly SignInMethod[] = [];

  constructor(name: string, process: AgentProcess, connection: Acp.ClientConnection) {
    this.#name = name;
    this.#process = process;
    this.#connection = connection;
    this.gone = this.#watch();
  }

  /** The agent's own ways to sign in, for errors to come. */
  set signIn(methods: readonly SignInMethod[]) {
    this.#signIn = methods;
  }

  /** Sends a request. Throws `agent_ended`, `sign_in_needed`, `out_of_credit`, `cancelled`, or what the agent said (`AgentSaid`). */
  async request(method: string, params: unknown, bound: Bound = {}): Promise<unknown> {
    const deadline = bound.ms === undefined ? undefined : AbortSignal.timeout(bound.ms);
    const signals = [deadline, bound.signal].filter((signal) => signal !== undefined);
    try {
      return await this.#connection.agent.request<unknown, unknown>(
        method,
        params,
        signals.length > 0 ? { cancellationSignal: AbortSignal.any(signals), stopWaitingOnCancel: true } : {},
      );
    } catch (thrown) {
      throw await this.#failure(thrown, deadline, bound);
    }
  }

  notify(method: string, params: unknown): Promise<void> {
    return this.#connection.agent.notify<unknown>(method, params);
  }

  /** Ends the process. Resolves when it is gone. */
  async end(): Promise<void> {
    await this.#process.end();
    await this.gone;
  }

  async #failure(thrown: unknown, deadline: AbortSignal | undefined, bound: Bound): Promise<Error> {
    if (bound.signal?.aborted) {
      return new SessionForksError('cancelled', `Starting ${this.#name} was cancelled.`, thrown);
    }
    if (this.#connection.signal.aborted) {
      return endedError(this.#name, await this.gone);
    }
    if (deadline?.aborted) {
      const text = `${this.#name} did not answer within ${(bound.ms ?? 0) / 1000} s.`;
      return new SessionForksError('agent_ended', text, thrown);
    }
    return refusal(this.#name, this.#signIn, thrown);
  }

  async #watch(): Promise<Exit> {
    const { closed } = this.#connection;
    await Promise.race([this.#process.exited, closed]);
    // What the agent wrote last may still be in the pipe; a child of its own may hold the pipe open.
    await Promise.race([closed, delay(drainMs)]);
    this.#connection.close();
    await this.#process.end();
    return this.#process.exited;
  }
}

/** Speaks ACP to a running agent. The SDK is loaded with the first agent. */
export async function connect(name: string, process: AgentProcess, incoming: Incoming): Promise<Link> {
  const acp = await import('@agentclientprotocol/sdk/unstable');
  const app = acp
    .client({ name: 'session-forks' })
    .onRequest('session/request_permission', permissionSchema, async ({ params, signal }) => {
      const option = await incoming.permission(params, signal);
      return {
        outcome: option === undefined ? { outcome: 'cancelled' } : { outcome: 'selected', optionId: option },
      };
    });
  const stream = acp.ndJsonStream(Writable.toWeb(process.child.stdin), byteStream(process.child.stdout));
  return new Link(name, process, app.connect(withUpdatesTapped(stream, incoming)));
}

/**
 * Takes `session/update` out of the stream before the SDK sees it: the SDK drops a whole update for one field it does
 * not know, and can resolve a request before the handlers of updates that came earlier have run.
 */
function withUpdatesTapped(stream: Acp.Stream, incoming: Incoming): Acp.Stream {
  const tap = new TransformStream<Acp.AnyMessage, Acp.AnyMessage>({
    transform(message, controller) {
      if (!('method' in message) || message.method !== 'session/update') {
        controller.enqueue(message);
        return;
      }
      const { data } = notificationSchema.safeParse(message.params);
      if (data) {
        incoming.update(data.sessionId, data.update);
      }
    },
  });
  return { writable: stream.writable, readable: stream.readable.pipeThrough(tap) };
}
