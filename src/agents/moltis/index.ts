import { randomUUID } from 'node:crypto';
import { SessionForksError } from '../../core/errors.ts';
import type {
  Choice,
  Conversation,
  ConversationObserver,
  LiveAgent,
  LiveSession,
} from '../../core/liveAgent.ts';
import { agentId, type SessionId, sessionId } from '../../core/model.ts';
import { MoltisConversation } from './conversation.ts';
import { findEntry } from './entries.ts';
import { type ConnectGateway, type Gateway, refusal } from './gateway.ts';
import { modelsSchema } from './schema.ts';

export type { ConnectGateway, Gateway } from './gateway.ts';

export interface MoltisOptions {
  readonly connect: ConnectGateway;
  /** The setting that holds the gateway's address. */
  readonly setting: string;
  /** See `ConversationParts`. */
  readonly quietMs?: number;
}

const events = ['chat', 'exec.approval.requested', 'exec.approval.resolved'];

/** Carries Moltis's sessions on through its gateway (protocol 4, 20260820.01). Nothing is connected before `open`. */
export const createMoltisAgent = (options: MoltisOptions): LiveAgent => ({
  agent: agentId('moltis'),
  install: { command: 'moltis gateway', setting: options.setting, server: true },
  open: (session, observer, signal) => open(options, session, observer, signal),
});

async function open(
  options: MoltisOptions,
  session: LiveSession,
  observer: ConversationObserver,
  signal?: AbortSignal,
): Promise<Conversation> {
  const gateway = await options.connect(signal);
  try {
    const opened = await openSession(gateway, session);
    await gateway.request('subscribe', { events });
    const models = await modelsOf(gateway);
    if (signal?.aborted) {
      throw new SessionForksError('cancelled', 'Opening the session was cancelled.');
    }
    return new MoltisConversation({
      session: { agent: session.agent, id: opened.id },
      observer,
      gateway,
      models,
      model: opened.model,
      quietMs: options.quietMs ?? 5_000,
    });
  } catch (error) {
    await gateway.close();
    throw refusal(error);
  }
}

/** Finds the session, or begins a new one: the gateway makes it when it is switched to. */
async function openSession(
  gateway: Gateway,
  { id }: LiveSession,
): Promise<{ readonly id: SessionId; readonly model: string | undefined }> {
  const key = id ?? sessionId(`session:${randomUUID()}`);
  if (id === undefined) {
    await gateway.request('sessions.switch', { key });
  }
  return { id: key, model: (await findEntry(gateway, key)).model };
}

/** A gateway that does not tell its models keeps the one that the session has. */
async function modelsOf(gateway: Gateway): Promise<readonly Choice[]> {
  const models = await gateway.request('models.list').catch(() => []);
  return modelsSchema.parse(models).map(({ id, displayName }) => ({ id, name: displayName ?? id }));
}
