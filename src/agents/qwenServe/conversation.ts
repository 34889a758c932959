import type { Conversation, PromptInput, SessionOptions, TurnEnd } from '../../core/liveAgent.ts';
import type { SessionRef } from '../../core/model.ts';
import { AgentSaid } from '../acp/failure.ts';
import { promptBlocks } from '../acp/promptBlocks.ts';
import { toTurnEnd } from '../acp/updates.ts';
import type { RunningServer } from '../runningServer.ts';
import { type ServedParts, ServedSession, type ServedTalk } from '../servedSession.ts';
import {
  acceptedSchema,
  eventSchema,
  permissionDataSchema,
  resolvedDataSchema,
  type ServerEvent,
  turnEndSchema,
  updateDataSchema,
} from './schema.ts';

const name = 'Qwen Code';
const support = { image: true, embeddedContext: false };

export interface ConversationParts extends ServedParts {
  readonly server: RunningServer;
}

interface Turn {
  readonly prompt: string;
  readonly over: PromiseWithResolvers<TurnEnd>;
}

/** One session that a running server carries on. Other clients of the server may have it open, too. */
export class QwenServeConversation implements Conversation {
  readonly session: SessionRef;
  readonly #parts: ConversationParts;
  readonly #served: ServedSession;
  readonly #permissions = new Map<string, AbortController>();
  /** What came between a prompt and the answer that tells its id. */
  #early: ServerEvent[] = [];
  #turn: Turn | undefined;
  #last: number | undefined;

  readonly #talk: ServedTalk = {
    setMode: (id) => this.setMode(id),
    connect: () => this.#connect(),
    hear: (event) => this.#hear(event),
    failTurn: (error) => this.#turn?.over.reject(error),
  };

  constructor(parts: ConversationParts) {
    this.session = parts.session;
    this.#parts = parts;
    this.#served = new ServedSession(name, parts);
  }

  async start(): Promise<void> {
    await this.#served.start(this.#talk);
  }

  options(): SessionOptions {
    return this.#parts.inbox.options();
  }

  async prompt(input: PromptInput): Promise<TurnEnd> {
    const prompt = promptBlocks(input, support, name);
    return this.#served.takeTurn(() => this.#send(prompt));
  }

  async cancel(): Promise<void> {
    if (this.#parts.inbox.turn === 'running') {
      this.#parts.inbox.cancelTurn();
      await this.#ask('cancel');
    }
  }

  async setMode(id: string): Promise<void> {
    await this.#ask('approval-mode', { mode: id });
    this.#served.keepMode(id);
  }

  async setModel(id: string): Promise<void> {
    await this.#ask('model', { modelId: id });
    this.#served.keepModel(id);
  }

  async close(): Promise<void> {
    this.#served.leave(this.#talk);
  }

  async #send(prompt: readonly object[]): Promise<TurnEnd> {
    try {
      const { promptId } = acceptedSchema.parse(await this.#ask('prompt', { prompt }));
      const turn = { prompt: promptId, over: Promise.withResolvers<TurnEnd>() };
      this.#turn = turn;
      this.#early.forEach((event) => void this.#take(event));
      return await turn.over.promise;
    } finally {
      this.#turn = undefined;
      this.#early = [];
    }
  }

  #ask(verb: string, body?: object): Promise<unknown> {
    const path = `/session/${encodeURIComponent(this.session.id)}/${verb}`;
    return this.#parts.server.ask('POST', path, body, this.#served.closed);
  }

  #connect(): Promise<AsyncIterable<unknown>> {
    const path = `/session/${encodeURIComponent(this.session.id)}/events`;
    return this.#parts.server.events(path, this.#served.closed, this.#last);
  }

  #hear(raw: unknown): void {
    const event = eventSchema.safeParse(raw).data;
    if (event) {
      this.#last = event.id ?? this.#last;
      this.#take(event);
    }
  }

  #take(event: ServerEvent): void {
    if (event.type === 'session_update') {
      this.#update(event);
    } else if (!this.#turn && this.#parts.inbox.turn !== 'none') {
      this.#early.push(event);
    } else if (event.type === 'permission_request') {
      void this.#permission(event).catch(() => this.#parts.inbox.cancelPermissions());
    } else if (event.type === 'permission_resolved') {
      const { requestId } = resolvedDataSchema.parse(event.data);
      this.#permissions.get(requestId)?.abort();
    } else if (event.type === 'turn_complete' || event.type === 'turn_error') {
      this.#endTurn(event);
    }
  }

  #update({ data }: ServerEvent): void {
    const update = updateDataSchema.safeParse(data).data;
    if (update) {
      this.#parts.inbox.update(update.sessionId, update.update);
    }
  }

  #endTurn({ promptId, data, type }: ServerEvent): void {
    if (!this.#turn || promptId !== this.#turn.prompt) {
      return;
    }
    const end = turnEndSchema.parse(data);
    if (type === 'turn_error') {
      this.#turn.over.reject(new AgentSaid(new Error(end.error ?? end.message ?? `${name} failed.`)));
    } else {
      this.#turn.over.resolve(toTurnEnd({ stopReason: end.stopReason }));
    }
  }

  // A turn that another client began is that client's to answer for.
  async #permission({ data, promptId }: ServerEvent): Promise<void> {
    const request = permissionDataSchema.safeParse(data).data;
    if (!request || promptId !== this.#turn?.prompt) {
      return;
    }
    const resolved = new AbortController();
    this.#permissions.set(request.requestId, resolved);
    const optionId = await this.#parts.inbox.permission(request, resolved.signal);
    this.#permissions.delete(request.requestId);
    if (!resolved.signal.aborted) {
      const outcome = optionId === undefined ? { outcome: 'cancelled' } : { outcome: 'selected', optionId };
      await this.#ask(`permission/${encodeURIComponent(request.requestId)}`, { outcome });
    }
  }
}
