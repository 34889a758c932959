import { SessionForksError } from '../../core/errors.ts';
import type {
  Conversation,
  ConversationObserver,
  PromptInput,
  SessionOptions,
  TurnEnd,
} from '../../core/liveAgent.ts';
import type { SessionRef } from '../../core/model.ts';
import type { Inbox } from '../acp/inbox.ts';
import { modeToLowerTo, withMode, withModel } from '../acp/options.ts';
import { followEvents } from '../runningServer.ts';
import type { FolderServer } from './folderServer.ts';
import { Permissions } from './permissions.ts';
import { promptParts } from './promptParts.ts';
import { createdSchema, eventSchema, type ServerEvent, sessionEventSchema, statusSchema } from './schema.ts';
import { Turn } from './turn.ts';

const name = 'OpenCode';

export interface ConversationParts {
  readonly session: SessionRef;
  readonly server: FolderServer;
  readonly inbox: Inbox;
  readonly observer: ConversationObserver;
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
      const turn = this.#newTurn();
      this.#turn = turn;
      await Promise.race([this.#ask('prompt_async', { ...this.#chosen, parts }), turn.over]);
      return await turn.over;
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
        this.#turn?.stop();
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
    this.#turn?.fail(new SessionForksError('cancelled', `${name} was closed.`));
  }

  #newTurn(): Turn {
    const { inbox, observer } = this.#parts;
    return new Turn({ update: (update) => inbox.update(this.session.id, update), observer });
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
      this.#turn.settle(name);
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
    this.#turn?.fail(error ?? new SessionForksError('cancelled', `${name} was closed.`));
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

  #take(event: ServerEvent, turn: Turn): void {
    turn.take(event);
    if (event.type === 'session.idle') {
      void this.#endIfIdle(turn).catch((error: unknown) => turn.fail(error));
    }
  }

  /** The end of an earlier turn may be told late: this one is over when it has begun and the session works no more. */
  async #endIfIdle(turn: Turn): Promise<void> {
    if (turn.begun && !(await this.#isBusy())) {
      turn.settle(name);
    }
  }
}

const busy = (): SessionForksError =>
  new SessionForksError('busy', `${name} is still working on the last prompt.`);
