import { SessionForksError } from '../../core/errors.ts';
import type { Conversation, ConversationObserver, LiveAgent, LiveSession } from '../../core/liveAgent.ts';
import { type AgentId, agentId, type SessionId } from '../../core/model.ts';
import { Inbox } from '../acp/inbox.ts';
import { QwenServeConversation } from './conversation.ts';
import { resumeSchema } from './schema.ts';
import { QwenServer } from './server.ts';

export interface QwenServeOptions {
  /** Carries the sessions on that no server can: it is not set, does not run, or serves another folder. */
  readonly otherwise: LiveAgent;
  /** Where the server is and its key, as the person set them; asked at each start. */
  readonly access: () => Promise<{ readonly url?: string; readonly key?: string }>;
}

/** Without all of these a server cannot carry a session on. */
const needed = ['session_resume', 'session_prompt', 'session_events', 'session_cancel', 'permission_vote'];

/** Carries Qwen Code's sessions on over a running `qwen serve` where there is one (0.24.4), else as `otherwise` does. */
export const createQwenServeAgent = ({ otherwise, access }: QwenServeOptions): LiveAgent => ({
  agent: otherwise.agent,
  install: otherwise.install,
  open: async (session, observer, signal) => {
    const { url, key } = await access();
    const server = url === undefined ? undefined : new QwenServer({ url, ...(key && { key }) });
    const over = server && (await openOver(server, session, observer, signal));
    return over ?? otherwise.open(session, observer, signal);
  },
});

const served = agentId('qwen-code');

/** The same live agents, where the one whose server may run goes through it. */
export const overRunningServers = (
  agents: readonly LiveAgent[],
  access: (agent: AgentId) => ReturnType<QwenServeOptions['access']>,
): readonly LiveAgent[] =>
  agents.map((agent) =>
    agent.agent === served ? createQwenServeAgent({ otherwise: agent, access: () => access(served) }) : agent,
  );

/** The conversation, or nothing when this server cannot have it. Throws `sign_in_needed`, `cancelled`. */
async function openOver(
  server: QwenServer,
  session: LiveSession,
  observer: ConversationObserver,
  signal?: AbortSignal,
): Promise<Conversation | undefined> {
  const { id } = session;
  if (id === undefined) {
    return undefined;
  }
  try {
    const features = await server.features(signal);
    return needed.every((feature) => features.has(feature))
      ? await resume(server, { ...session, id }, observer, signal)
      : undefined;
  } catch (error) {
    const code = error instanceof SessionForksError ? error.code : undefined;
    if (code === 'agent_ended' || code === 'no_such_session') {
      return undefined;
    }
    throw error;
  }
}

async function resume(
  server: QwenServer,
  { agent, id, cwd }: LiveSession & { readonly id: SessionId },
  observer: ConversationObserver,
  signal?: AbortSignal,
): Promise<Conversation> {
  const path = `/session/${encodeURIComponent(id)}/resume`;
  const { state } = resumeSchema.parse(await server.ask('POST', path, { cwd }, signal));
  const inbox = new Inbox(observer);
  inbox.setOptions({ reply: state, commands: [], images: true });
  const conversation = new QwenServeConversation({ session: { agent, id }, server, inbox, observer });
  await conversation.start();
  return conversation;
}
