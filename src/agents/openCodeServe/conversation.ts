import type { Conversation, PromptInput, SessionOptions, TurnEnd } from '../../core/liveAgent.ts';
import type { SessionRef } from '../../core/model.ts';
import { type ServedParts, ServedSession, type ServedTalk } from '../servedSession.ts';
import type { FolderServer } from './folderServer.ts';
import { Permissions } from './permissions.ts';
import { promptParts } from './promptParts.ts';
import { createdSchema, eventSchema, type ServerEvent, sessionEventSchema, statusSchema } from './schema.ts';
import { Turn } from './turn.ts';

const name = 'OpenCode';

export interface ConversationParts extends ServedParts {
  readonly server: FolderServer;
}

/** One session that a running server carries on. Other clients of the server may have it open, too. */
export class OpenCodeServeConversation implements Conversation {
  readonly session: SessionRef;
  readonly #parts: ConversationParts;
  readonly #served: ServedSession;
  /** The session and those that its subagents work in. */
  readonly #family: Set<string>;
  readonly #permissions: Permissions;
  #turn: Turn | undefined;
  /** What goes with each prompt once the person has chosen it. */
  #chosen: {
    readonly agent?: string;
    readonly model?: { readonly providerID: string; readonly modelID: string };
  } = {};

  readonly #talk: ServedTalk = {
    setMode: (id) => this.setMode(id),
    connect: () => this.#connect(),
    connectAgain: () => this.#connectAgain(),
    hear: (event) => this.#hear(event),
    failTurn: (error) => this.#turn?.fail(error),
  };

  constructor(parts: ConversationParts) {
    this.session = parts.session;
    this.#parts = parts;
    this.#served = new ServedSession(name, parts);
    this.#family = new Set([parts.session.id]);
    this.#permissions = new Permissions(parts.server, parts.inbox);
  }

  async start(): Promise<void> {
    await this.#served.start(this.#talk);
  }

  options(): SessionOptions {
    return this.#parts.inbox.options();
  }

  async prompt(input: PromptInput): Promise<TurnEnd> {
    const parts = promptParts(input);
    return this.#served.takeTurn(() => this.#send(parts));
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
    this.#served.keepMode(id);
  }

  /** Goes with each prompt from now on. */
  async setModel(id: string): Promise<void> {
    const [providerID = '', ...rest] = id.split('/');
    this.#chosen = { ...this.#chosen, model: { providerID, modelID: rest.join('/') } };
    this.#served.keepModel(id);
  }

  async close(): Promise<void> {
    this.#served.leave(this.#talk);
  }

  async #send(parts: readonly object[]): Promise<TurnEnd> {
    if (await this.#isBusy()) {
      throw this.#served.busy();
    }
    const turn = this.#newTurn();
    this.#turn = turn;
    try {
      await Promise.race([this.#ask('prompt_async', { ...this.#chosen, parts }), turn.over]);
      return await turn.over;
    } finally {
      this.#turn = undefined;
    }
  }

  #newTurn(): Turn {
    const { inbox, observer } = this.#parts;
    return new Turn({ update: (update) => inbox.update(this.session.id, update), observer });
  }

  #ask(verb: string, body?: object): Promise<unknown> {
    const path = `/session/${encodeURIComponent(this.session.id)}/${verb}`;
    return this.#parts.server.ask('POST', path, body, this.#served.closed);
  }

  #connect(): Promise<AsyncIterable<unknown>> {
    return this.#parts.server.events(this.#served.closed);
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
    const answer = await this.#parts.server.ask('GET', '/session/status', undefined, this.#served.closed);
    const state = statusSchema.parse(answer)[this.session.id]?.type ?? 'idle';
    return state !== 'idle';
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
      const asking = this.#permissions.ask(this.session.id, event.properties, this.#served.closed);
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
