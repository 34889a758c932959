import { SessionForksError } from '../../core/errors.ts';
import type {
  Conversation,
  ConversationObserver,
  PromptInput,
  SessionOptions,
  TurnEnd,
} from '../../core/liveAgent.ts';
import type { SessionRef } from '../../core/model.ts';
import { AgentSaid } from '../acp/failure.ts';
import type { Inbox } from '../acp/inbox.ts';
import { modeToLowerTo, withMode, withModel } from '../acp/options.ts';
import { promptBlocks } from '../acp/promptBlocks.ts';
import { toTurnEnd } from '../acp/updates.ts';
import { followEvents, type RunningServer } from '../runningServer.ts';
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

export interface ConversationParts {
  readonly session: SessionRef;
  readonly server: RunningServer;
  readonly inbox: Inbox;
  readonly observer: ConversationObserver;
}

interface Turn {
  readonly prompt: string;
  readonly over: PromiseWithResolvers<TurnEnd>;
}

/** One session that a running server carries on. Other clients of the server may have it open, too. */
export class QwenServeConversation implements Conversation {
  readonly session: SessionRef;
  readonly #parts: ConversationParts;
  readonly #closed = new AbortController();
  readonly #permissions = new Map<string, AbortController>();
  /** What came between a prompt and the answer that tells its id. */
  #early: ServerEvent[] = [];
  #turn: Turn | undefined;
  #last: number | undefined;

  constructor(parts: ConversationParts) {
    this.session = parts.session;
    this.#parts = parts;
  }

  /** Lowers a bypass that the session came up with, and connects to its events: none can be missed any more. */
  async start(): Promise<void> {
    await this.#lowerMode();
    const events = await this.#connect();
    this.#parts.inbox.start(this.session.id);
    const { signal } = this.#closed;
    void followEvents(
      events,
      () => this.#connect(),
      (event) => this.#hear(event),
      signal,
    ).then(() => this.#gone());
  }

  options(): SessionOptions {
    return this.#parts.inbox.options();
  }

  async prompt(input: PromptInput): Promise<TurnEnd> {
    const { inbox } = this.#parts;
    if (inbox.turn !== 'none') {
      throw new SessionForksError('busy', `${name} is still working on the last prompt.`);
    }
    const prompt = promptBlocks(input, support, name);
    inbox.beginTurn();
    try {
      const { promptId } = acceptedSchema.parse(await this.#ask('prompt', { prompt }));
      const turn = { prompt: promptId, over: Promise.withResolvers<TurnEnd>() };
      this.#turn = turn;
      this.#early.forEach((event) => void this.#take(event));
      return await turn.over.promise;
    } finally {
      this.#turn = undefined;
      this.#early = [];
      inbox.endTurn();
    }
  }

  async cancel(): Promise<void> {
    if (this.#parts.inbox.turn === 'running') {
      this.#parts.inbox.cancelTurn();
      await this.#ask('cancel');
    }
  }

  async setMode(id: string): Promise<void> {
    await this.#ask('approval-mode', { mode: id });
    const { inbox } = this.#parts;
    inbox.setOptions({ ...inbox.state, reply: withMode(inbox.state.reply, id) });
  }

  async setModel(id: string): Promise<void> {
    await this.#ask('model', { modelId: id });
    const { inbox } = this.#parts;
    inbox.setOptions({ ...inbox.state, reply: withModel(inbox.state.reply, id) });
  }

  /** Leaves the session to the server, which goes on with it. */
  async close(): Promise<void> {
    this.#closed.abort();
    this.#parts.inbox.cancelPermissions();
    this.#turn?.over.reject(new SessionForksError('cancelled', `${name} was closed.`));
  }

  async #lowerMode(): Promise<void> {
    const lowered = modeToLowerTo(this.#parts.inbox.state.reply);
    if (lowered) {
      await this.setMode(lowered.to.id);
      this.#parts.observer.update({ kind: 'lowered', ...lowered });
    }
  }

  #ask(verb: string, body?: object): Promise<unknown> {
    const path = `/session/${encodeURIComponent(this.session.id)}/${verb}`;
    return this.#parts.server.ask('POST', path, body, this.#closed.signal);
  }

  #connect(): Promise<AsyncIterable<unknown>> {
    const path = `/session/${encodeURIComponent(this.session.id)}/events`;
    return this.#parts.server.events(path, this.#closed.signal, this.#last);
  }

  #hear(raw: unknown): void {
    const event = eventSchema.safeParse(raw).data;
    if (event) {
      this.#last = event.id ?? this.#last;
      this.#take(event);
    }
  }

  #gone(): void {
    const asked = this.#closed.signal.aborted;
    const error = asked ? undefined : new SessionForksError('agent_ended', `${name}’s server is gone.`);
    this.#parts.inbox.cancelPermissions();
    this.#turn?.over.reject(error ?? new SessionForksError('cancelled', `${name} was closed.`));
    this.#parts.observer.ended(error);
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
