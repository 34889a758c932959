import { SessionForksError } from '../../core/errors.ts';
import type {
  AgentLog,
  Conversation,
  ConversationObserver,
  LiveAgent,
  LiveSession,
} from '../../core/liveAgent.ts';
import type { AgentId } from '../../core/model.ts';
import { AcpConversation } from './conversation.ts';
import type { Environment } from './findProgram.ts';
import { Inbox } from './inbox.ts';
import { type LaunchRow, launchTable } from './launchTable.ts';
import { connect, type Link } from './link.ts';
import { installAdvice, startAgent } from './process.ts';
import { type StartedProgram, signInMethods } from './signIn.ts';
import { initialize, type McpServer, openSession, signIn } from './start.ts';

export { AgentSaid } from './failure.ts';
export { type LaunchRow, launchTable } from './launchTable.ts';

export interface AcpOptions {
  /** Which agents; by default all of the launch table. */
  readonly rows?: readonly LaunchRow[];
  /** The person's own command of an agent, from its setting; read at each start. */
  readonly commands: (agent: AgentId) => string | undefined;
  /** The folder that the person set in place of an agent's own; read at each start. */
  readonly folders?: (agent: AgentId) => string | undefined;
  readonly log: AgentLog;
  /** This extension's version, told to the agents. */
  readonly clientVersion: string;
  /** The environment that agents inherit. */
  readonly env: Environment;
  /** The tool servers that an agent gets with a session. */
  readonly mcpServers?: (session: LiveSession) => readonly McpServer[];
}

/** One live agent a row. Nothing is started before `open`. */
export const createAcpAgents = (options: AcpOptions): readonly LiveAgent[] =>
  (options.rows ?? launchTable).map((row) => ({
    agent: row.agent,
    install: installAdvice(row),
    open: (session, observer, signal) => open(row, options, session, observer, signal),
  }));

async function open(
  row: LaunchRow,
  options: AcpOptions,
  session: LiveSession,
  observer: ConversationObserver,
  signal?: AbortSignal,
): Promise<Conversation> {
  const folder = options.folders?.(row.agent);
  const process = await startAgent({
    row,
    command: options.commands(row.agent),
    cwd: session.cwd,
    env: options.env,
    ownEnv: { ...row.env, ...(folder && row.envFor?.(folder)) },
    log: options.log,
  });
  const inbox = new Inbox(observer);
  const link = await connect(row.name, process, inbox);
  try {
    return await converse(row, options, { session, observer, link, inbox, program: process.started }, signal);
  } catch (error) {
    await link.end();
    throw error;
  }
}

interface Started {
  readonly session: LiveSession;
  readonly observer: ConversationObserver;
  readonly link: Link;
  readonly inbox: Inbox;
  readonly program: StartedProgram;
}

async function converse(
  row: LaunchRow,
  options: AcpOptions,
  started: Started,
  signal?: AbortSignal,
): Promise<Conversation> {
  const { link, session } = started;
  if (signal?.aborted) {
    throw new SessionForksError('cancelled', `Starting ${row.name} was cancelled.`);
  }
  const facts = await initialize(link, options.clientVersion, signal);
  link.signIn = signInMethods(facts, started.program);
  if (session.signIn !== undefined) {
    await signIn(link, session.signIn, signal);
  }
  const toOpen = { ...session, mcpServers: options.mcpServers?.(session) ?? [] };
  const opened = await openSession(link, facts, toOpen, row.name, signal);
  const conversation = new AcpConversation({ name: row.name, facts, opened, ...started, session: toOpen });
  await conversation.start();
  return conversation;
}
