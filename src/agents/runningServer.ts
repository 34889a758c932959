import { SessionForksError } from '../core/errors.ts';
import type { Conversation, ConversationObserver, LiveAgent, LiveSession } from '../core/liveAgent.ts';
import type { SessionId } from '../core/model.ts';

/** A server of an agent that the person runs, and whose address and key they have set. */
export interface RunningServer {
  /** Throws `agent_ended` when it does not answer, `sign_in_needed`, `no_such_session`, `busy`, `cancelled`, or what it said. */
  ask(method: 'GET' | 'POST', path: string, body?: object, signal?: AbortSignal): Promise<unknown>;
  /** What the server tells from now on, or since the event `after`, until the connection ends. Throws as `ask`. */
  events(path: string, signal: AbortSignal, after?: number): Promise<AsyncIterable<unknown>>;
}

/** The server as it is set now; undefined when none is. Throws `not_supported` for a bad address. */
export type FindServer = () => Promise<RunningServer | undefined>;

/** A session that was stored before. */
export type StoredSession = LiveSession & { readonly id: SessionId };

/** Carries a session on over the server; undefined when it lacks what that needs. Throws as `RunningServer.ask`. */
export type Attach = (
  server: RunningServer,
  session: StoredSession,
  observer: ConversationObserver,
  signal?: AbortSignal,
) => Promise<Conversation | undefined>;

/**
 * Carries sessions on over a running server where there is one that can, else as `otherwise` does: for new sessions, and
 * where no server is set, none answers, or it does not have the session.
 */
export const overRunningServer = (otherwise: LiveAgent, find: FindServer, attach: Attach): LiveAgent => ({
  agent: otherwise.agent,
  install: otherwise.install,
  open: async (session, observer, signal) => {
    const server = await find();
    const { id } = session;
    const over =
      server &&
      id !== undefined &&
      (await attachIfThere(attach, server, { ...session, id }, observer, signal));
    return over || otherwise.open(session, observer, signal);
  },
});

async function attachIfThere(attach: Attach, ...parts: Parameters<Attach>): ReturnType<Attach> {
  try {
    return await attach(...parts);
  } catch (error) {
    const code = error instanceof SessionForksError ? error.code : undefined;
    if (code === 'agent_ended' || code === 'no_such_session') {
      return undefined;
    }
    throw error;
  }
}

/** How often in a row a lost connection is made again. */
const reconnects = 3;

/** Hands a server's events on until `closed`, or until it is gone: a connection that was lost is made again. */
export async function followEvents(
  first: AsyncIterable<unknown>,
  connect: () => Promise<AsyncIterable<unknown>>,
  take: (event: unknown) => void,
  closed: AbortSignal,
): Promise<void> {
  let events: AsyncIterable<unknown> | undefined = first;
  for (let failed = 0; events && failed <= reconnects; failed++) {
    try {
      for await (const event of events) {
        failed = 0;
        take(event);
      }
    } catch {
      // The connection was lost, or was idle for too long: the events since are asked for again.
    }
    events = closed.aborted ? undefined : await connect().catch(() => undefined);
  }
}
