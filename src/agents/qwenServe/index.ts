import type { Conversation, ConversationObserver, LiveAgent } from '../../core/liveAgent.ts';
import { Inbox } from '../acp/inbox.ts';
import {
  type FindServer,
  overRunningServer,
  type RunningServer,
  type StoredSession,
} from '../runningServer.ts';
import { QwenServeConversation } from './conversation.ts';
import { capabilitiesSchema, resumeSchema } from './schema.ts';

/** Without all of these a server cannot carry a session on. */
const needed = ['session_resume', 'session_prompt', 'session_events', 'session_cancel', 'permission_vote'];

/** Carries Qwen Code's sessions on over a running `qwen serve` where there is one (0.24.4), else as `otherwise` does. */
export const createQwenServeAgent = (otherwise: LiveAgent, find: FindServer): LiveAgent =>
  overRunningServer(otherwise, find, async (server, session, observer, signal) => {
    const { features } = capabilitiesSchema.parse(
      await server.ask('GET', '/capabilities', undefined, signal),
    );
    return needed.every((feature) => features.includes(feature))
      ? resume(server, session, observer, signal)
      : undefined;
  });

async function resume(
  server: RunningServer,
  { agent, id, cwd }: StoredSession,
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
