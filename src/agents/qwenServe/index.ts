import type { Conversation, ConversationObserver, LiveAgent } from '../../core/liveAgent.ts';
import { Inbox } from '../acp/inbox.ts';
import type { SessionReply } from '../acp/schema.ts';
import {
  type FindServer,
  overRunningServer,
  type RunningServer,
  type StoredSession,
} from '../runningServer.ts';
import { QwenServeConversation } from './conversation.ts';
import { capabilitiesSchema, resumeSchema } from './schema.ts';

/** Without all of these a server cannot carry a session on; without the last, a bypass could not be lowered. */
export const needed = [
  'session_resume',
  'session_prompt',
  'session_events',
  'session_cancel',
  'permission_vote',
  'session_approval_mode_control',
];

/** Carries Qwen Code's sessions on over a running `qwen serve` where there is one (0.24.4), else as `otherwise` does. */
export const createQwenServeAgent = (otherwise: LiveAgent, find: FindServer): LiveAgent =>
  overRunningServer(otherwise, find, async (server, session, observer, signal) => {
    const { features } = capabilitiesSchema.parse(
      await server.ask('GET', '/capabilities', undefined, signal),
    );
    return needed.every((feature) => features.includes(feature))
      ? resume(server, session, features, observer, signal)
      : undefined;
  });

/** Without models where the server cannot change the session's: nothing is offered that it lacks. */
const offered = ({ models, ...rest }: SessionReply, features: readonly string[]): SessionReply => ({
  ...rest,
  ...(models && features.includes('session_set_model') && { models }),
});

async function resume(
  server: RunningServer,
  { agent, id, cwd }: StoredSession,
  features: readonly string[],
  observer: ConversationObserver,
  signal?: AbortSignal,
): Promise<Conversation> {
  const path = `/session/${encodeURIComponent(id)}/resume`;
  const { state } = resumeSchema.parse(await server.ask('POST', path, { cwd }, signal));
  const inbox = new Inbox(observer);
  inbox.setOptions({ reply: offered(state, features), commands: [], images: true });
  const conversation = new QwenServeConversation({ session: { agent, id }, server, inbox, observer });
  await conversation.start();
  return conversation;
}
