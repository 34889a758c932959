import type { Choice, Conversation, ConversationObserver, LiveAgent } from '../../core/liveAgent.ts';
import { Inbox } from '../acp/inbox.ts';
import type { SessionReply } from '../acp/schema.ts';
import {
  type FindServer,
  overRunningServer,
  type RunningServer,
  type StoredSession,
} from '../runningServer.ts';
import { OpenCodeServeConversation } from './conversation.ts';
import { FolderServer } from './folderServer.ts';
import { agentsSchema, providersSchema, sessionSchema } from './schema.ts';

/** Carries OpenCode's sessions on over a running `opencode serve` where there is one (1.18.33), else as `otherwise` does. */
export const createOpenCodeServeAgent = (otherwise: LiveAgent, find: FindServer): LiveAgent =>
  overRunningServer(otherwise, find, attach);

async function attach(
  server: RunningServer,
  { agent, id, cwd }: StoredSession,
  observer: ConversationObserver,
  signal?: AbortSignal,
): Promise<Conversation> {
  const here = new FolderServer(server, cwd);
  const reply = await optionsOf(here, id, signal);
  const inbox = new Inbox(observer);
  inbox.setOptions({ reply, commands: [], images: true });
  const conversation = new OpenCodeServeConversation({
    session: { agent, id },
    server: here,
    inbox,
    observer,
  });
  await conversation.start();
  return conversation;
}

/** Modes are the agents of OpenCode that a person may choose; a model is named `provider/model`. */
async function optionsOf(server: FolderServer, id: string, signal?: AbortSignal): Promise<SessionReply> {
  const session = sessionSchema.parse(
    await server.ask('GET', `/session/${encodeURIComponent(id)}`, undefined, signal),
  );
  const availableModes = await agentsOf(server, signal);
  const currentModeId = session.agent ?? availableModes[0]?.id;
  const currentModelId = session.model && `${session.model.providerID}/${session.model.id}`;
  return {
    ...(currentModeId && { modes: { currentModeId, availableModes: [...availableModes] } }),
    ...(currentModelId && { models: { currentModelId, availableModels: await modelsOf(server, signal) } }),
  };
}

async function agentsOf(server: FolderServer, signal?: AbortSignal): Promise<readonly Choice[]> {
  const agents = agentsSchema.parse(await server.ask('GET', '/agent', undefined, signal));
  return agents
    .filter(({ mode, hidden }) => mode !== 'subagent' && !hidden)
    .map(({ name, description }) => ({ id: name, name, ...(description && { description }) }));
}

async function modelsOf(server: FolderServer, signal?: AbortSignal) {
  const { providers } = providersSchema.parse(
    await server.ask('GET', '/config/providers', undefined, signal),
  );
  return providers.flatMap(({ id, name, models }) =>
    Object.values(models).map((model) => ({ modelId: `${id}/${model.id}`, name: `${name} ${model.name}` })),
  );
}
