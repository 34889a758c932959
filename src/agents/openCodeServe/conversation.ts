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
import { followEvents } from '../runningServer.ts';
import type { FolderServer } from './folderServer.ts';
import { PartTexts } from './partTexts.ts';
import { Permissions } from './permissions.ts';
import { promptParts } from './promptParts.ts';
import {
  createdSchema,
  deltaEventSchema,
  errorEventSchema,
  eventSchema,
  messageEventSchema,
  partEventSchema,
  type ServerEvent,
  sessionEventSchema,
  statusSchema,
  type TurnError,
} from './schema.ts';
import { planOf, toolCall, usageOf } from './updates.ts';

const name = 'OpenCode';

export interface ConversationParts {
  readonly session: SessionRef;
  readonly server: FolderServer;
  readonly inbox: Inbox;
  readonly observer: ConversationObserver;
}

interface Turn {
  readonly over: PromiseWithResolvers<TurnEnd>;
  /** Ids of the model's messages: the server tells the parts of prompts, too. */
  readonly replies: Set<string>;
  readonly texts: PartTexts;
  error: TurnError | undefined;
}

/** One session that a running server carries on. Other clients of the server may have it open, too. */
export class OpenCodeServeConversation implements Conversation {
  readonly session: SessionRef;
  readonly #parts: ConversationParts;
  readonly #closed = new AbortController();
  /** The session and those that its subagents work in. */
  readonly #family: Set<string>;
  readonly #permissions: Permissions;
  #turn: Turn | undefined;
  /** What goes with each prompt once the person has chosen it. */
  #chosen: {
    readonly agent?: string;
    readonly model?: { readonly providerID: string; readonly modelID: string };
  } = {};

  constructor(parts: ConversationParts) {
    this.session = parts.session;
    this.#parts = parts;
    this.#family = new Set([parts.session.id]);
    this.#permissions = new Permissions(parts.server, parts.inbox);
  }

  /** Lowers a bypass that the session came up with, and connects to the events: none can be missed any more. */
  async start(): Promise<void> {
    const lowered = modeToLowerTo(this.#parts.inbox.state.reply);
    if (lowered) {
      await this.setMode(lowered.to.id);
      this.#parts.observer.update({ kind: 'lowered', ...lowered });
    }
    const { signal } = this.#closed;
    const events = await this.#connect();
    this.#parts.inbox.start(this.session.id);
    void followEvents(
      events,
      () => this.#connectAgain(),
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
      throw busy();
    }
    const parts = promptParts(input);
    inbox.beginTurn();
    try {
      if (await this.#isBusy()) {
        throw busy();
      }
      const over = Promise.withResolvers<TurnEnd>();
      this.#turn = { over, replies: new Set(), texts: new PartTexts(), error: undefined };
      await Promise.race([this.#ask('prompt_async', { ...this.#chosen, parts }), over.promise]);
      return await over.promise;
    } finally {
      this.#turn = undefined;
      inbox.endTurn();
    }
  }

  async cancel(): Promise<void> {
    if (this.#parts.inbox.turn === 'running') {
      this.#parts.inbox.cancelTurn();
      await this.#ask('abort');
      if (!(await this.#isBusy())) {
        this.#turn?.over.resolve('stopped');
      }
    }
  }

  /** Goes with each prompt from now on. */
  async setMode(id: string): Promise<void> {
    this.#chosen = { ...this.#chosen, agent: id };
    const { inbox } = this.#parts;
    inbox.setOptions({ ...inbox.state, reply: withMode(inbox.state.reply, id) });
  }

  /** Goes with each prompt from now on. */
  async setModel(id: string): Promise<void> {
    const [providerID = '', ...rest] = id.split('/');
    this.#chosen = { ...this.#chosen, model: { providerID, modelID: rest.join('/') } };
    const { inbox } = this.#parts;
    inbox.setOptions({ ...inbox.state, reply: withModel(inbox.state.reply, id) });
  }

  /** Leaves the session to the server, which goes on with it. */
  async close(): Promise<void> {
    this.#closed.abort();
    this.#parts.inbox.cancelPermissions();
    this.#turn?.over.reject(new SessionForksError('cancelled', `${name} was closed.`));
  }

  #ask(verb: string, body?: object): Promise<unknown> {
    const path = `/session/${encodeURIComponent(this.session.id)}/${verb}`;
    return this.#parts.server.ask('POST', path, body, this.#closed.signal);
  }

  #connect(): Promise<AsyncIterable<unknown>> {
    return this.#parts.server.events(this.#closed.signal);
  }

  /** The server does not send lost events again: the turn may be over by now. */
  async #connectAgain(): Promise<AsyncIterable<unknown>> {
    const events = await this.#connect();
    if (this.#turn && !(await this.#isBusy())) {
      settle(this.#turn);
    }
    return events;
  }

  async #isBusy(): Promise<boolean> {
    const answer = await this.#parts.server.ask('GET', '/session/status', undefined, this.#closed.signal);
    const state = statusSchema.parse(answer)[this.session.id]?.type ?? 'idle';
    return state !== 'idle';
  }

  #gone(): void {
    const asked = this.#closed.signal.aborted;
    const error = asked ? undefined : new SessionForksError('agent_ended', `${name}’s server is gone.`);
    this.#parts.inbox.cancelPermissions();
    this.#turn?.over.reject(error ?? new SessionForksError('cancelled', `${name} was closed.`));
    this.#parts.observer.ended(error);
  }

  #hear(raw: unknown): void {
    const event = eventSchema.safeParse(raw).data;
    const created = event?.type === 'session.created' && createdSchema.safeParse(event.properties).data;
    if (created && this.#family.has(created.info.parentID)) {
      this.#family.add(created.info.id);
    }
    const session = sessionEventSchema.safeParse(event?.properties).data?.sessionID;
    if (!event || session === undefined || !this.#turn) {
      return;
    }
    if (event.type === 'permission.asked' && this.#family.has(session)) {
      const asking = this.#permissions.ask(this.session.id, event.properties, this.#closed.signal);
      asking.catch(() => this.#parts.inbox.cancelPermissions());
    } else if (event.type === 'permission.replied') {
      this.#permissions.answeredElsewhere(event.properties);
    } else if (session === this.session.id) {
      this.#take(event, this.#turn);
    }
  }

  #take({ type, properties }: ServerEvent, turn: Turn): void {
    switch (type) {
      case 'message.updated':
        noteReply(turn, properties);
        break;
      case 'message.part.updated':
        this.#part(properties, turn);
        break;
      case 'message.part.delta':
        this.#piece(properties, turn);
        break;
      case 'todo.updated':
        this.#tell(planOf(properties));
        break;
      case 'session.error':
        turn.error = errorEventSchema.safeParse(properties).data?.error ?? turn.error;
        break;
      case 'session.idle':
        void this.#endIfIdle(turn).catch((error: unknown) => turn.over.reject(error));
        break;
    }
  }

  #part(properties: unknown, turn: Turn): void {
    const part = partEventSchema.safeParse(properties).data?.part;
    if (part?.type === 'tool') {
      this.#tell({ sessionUpdate: 'tool_call', ...toolCall(part) });
    } else if (part?.type === 'step-finish') {
      this.#parts.observer.update({ kind: 'tokens', usage: usageOf(part) });
    } else if (part && turn.replies.has(part.messageID)) {
      this.#tell(turn.texts.whole(part));
    }
  }

  #piece(properties: unknown, turn: Turn): void {
    const piece = deltaEventSchema.safeParse(properties).data;
    if (piece?.field === 'text') {
      this.#tell(turn.texts.piece(piece.partID, piece.delta));
    }
  }

  #tell(update: object | undefined): void {
    if (update) {
      this.#parts.inbox.update(this.session.id, update);
    }
  }

  /** The end of an earlier turn may be told late: this one is over when it has begun and the session works no more. */
  async #endIfIdle(turn: Turn): Promise<void> {
    const begun = turn.replies.size > 0 || turn.error !== undefined;
    if (begun && !(await this.#isBusy())) {
      settle(turn);
    }
  }
}

const busy = (): SessionForksError =>
  new SessionForksError('busy', `${name} is still working on the last prompt.`);

function noteReply({ replies }: Turn, properties: unknown): void {
  const info = messageEventSchema.safeParse(properties).data?.info;
  if (info?.role === 'assistant') {
    replies.add(info.id);
  }
}

function settle({ over, error }: Turn): void {
  if (error === undefined || error.name === 'MessageAbortedError') {
    over.resolve(error ? 'stopped' : 'done');
  } else if (error.name === 'MessageOutputLengthError') {
    over.resolve('limit');
  } else {
    over.reject(new AgentSaid(new Error(error.data.message || `${name} failed.`)));
  }
}
