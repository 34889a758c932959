import { SessionForksError } from '../../core/errors.ts';
import type { LiveSession } from '../../core/liveAgent.ts';
import { type SessionId, sessionId } from '../../core/model.ts';
import { isSessionNotFound } from './failure.ts';
import type { Link } from './link.ts';
import { type AgentFacts, initializeReplySchema, type SessionReply, sessionReplySchema } from './schema.ts';
import { signInCapabilities } from './signIn.ts';

/** How long an agent may take to say hello, and to begin or find its session, in ms. */
const helloMs = 60_000;
const sessionMs = 120_000;

/** How long the person may take to sign in, in ms. */
const signInMs = 600_000;

const protocolVersion = 1;

/** A tool server over stdio that an agent starts for a session, as ACP v1 names it. */
export interface McpServer {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
}

/** The session to open, and the tool servers that the agent gets with it. */
export interface SessionToOpen extends LiveSession {
  readonly mcpServers: readonly McpServer[];
}

/** A session that the agent has open. */
export interface OpenSession {
  readonly id: SessionId;
  readonly reply: SessionReply;
}

/** Says hello. No file access and no terminals are offered: the agent uses its own. */
export async function initialize(
  link: Link,
  clientVersion: string,
  signal?: AbortSignal,
): Promise<AgentFacts> {
  const reply = await link.request(
    'initialize',
    {
      protocolVersion,
      clientCapabilities: {
        fs: { readTextFile: false, writeTextFile: false },
        terminal: false,
        ...signInCapabilities,
      },
      clientInfo: { name: 'session-forks', title: 'Session Forks', version: clientVersion },
    },
    { ms: helloMs, signal },
  );
  return initializeReplySchema.parse(reply);
}

/** Signs in by the agent's own way with this id. Throws what a request throws. */
export async function signIn(link: Link, method: string, signal?: AbortSignal): Promise<void> {
  await link.request('authenticate', { methodId: method }, { ms: signInMs, signal });
}

/**
 * Begins a session, or opens the one asked for: by `session/resume` where it is offered, which replays nothing,
 * else by `session/load`. Throws `no_such_session`, `not_supported`, and what a request throws.
 */
export async function openSession(
  link: Link,
  facts: AgentFacts,
  session: SessionToOpen,
  agentName: string,
  signal?: AbortSignal,
): Promise<OpenSession> {
  return session.id === undefined
    ? begin(link, session, signal)
    : reopen(link, facts, session.id, session, agentName, signal);
}

async function begin(link: Link, session: SessionToOpen, signal?: AbortSignal): Promise<OpenSession> {
  const params = { cwd: session.cwd, mcpServers: session.mcpServers };
  const reply = await link.request('session/new', params, { ms: sessionMs, signal });
  const id = idOf(reply);
  if (id === undefined) {
    throw new SessionForksError('agent_ended', 'The agent began a session without an id.');
  }
  return { id: sessionId(id), reply: sessionReplySchema.parse(reply) };
}

async function reopen(
  link: Link,
  facts: AgentFacts,
  id: SessionId,
  session: SessionToOpen,
  agentName: string,
  signal?: AbortSignal,
): Promise<OpenSession> {
  const params = { sessionId: id, cwd: session.cwd, mcpServers: session.mcpServers };
  try {
    const reply = await link.request(reopenMethod(facts, agentName), params, { ms: sessionMs, signal });
    return { id, reply: sessionReplySchema.parse(reply) };
  } catch (error) {
    if (isSessionNotFound(error)) {
      throw new SessionForksError('no_such_session', `${agentName} does not find this session.`, error);
    }
    throw error;
  }
}

function reopenMethod(facts: AgentFacts, agentName: string): string {
  const { loadSession, sessionCapabilities } = facts.agentCapabilities;
  if (sessionCapabilities.resume) {
    return 'session/resume';
  }
  if (loadSession) {
    return 'session/load';
  }
  throw new SessionForksError('not_supported', `${agentName} cannot carry on a stored session over ACP.`);
}

function idOf(reply: unknown): string | undefined {
  const id: unknown =
    typeof reply === 'object' && reply !== null ? Reflect.get(reply, 'sessionId') : undefined;
  return typeof id === 'string' && id !== '' ? id : undefined;
}
