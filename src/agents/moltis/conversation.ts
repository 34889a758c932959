import { SessionForksError } from '../../core/errors.ts';
import type {
  Choice,
  Conversation,
  ConversationObserver,
  PromptInput,
  SessionOptions,
  TurnEnd,
} from '../../core/liveAgent.ts';
import type { SessionRef } from '../../core/model.ts';
import { Approvals } from './approvals.ts';
import { findEntry } from './entries.ts';
import { type Gateway, type GatewayEvent, refusal } from './gateway.ts';
import { promptParams } from './promptParams.ts';
import { approvalSchema, chatEventSchema, historySchema, resolvedSchema, sentSchema } from './schema.ts';
import { commandCall } from './tools.ts';
import { Turn } from './turn.ts';

/** Everything a conversation is made of. */
export interface ConversationParts {
  readonly session: SessionRef;
  readonly observer: ConversationObserver;
  readonly gateway: Gateway;
  readonly models: readonly Choice[];
  readonly model: string | undefined;
  /** How long a running turn may be silent before the gateway is asked whether it is over, in ms. */
  readonly quietMs: number;
}

/** One session that Moltis's gateway carries on. The gateway goes on with a turn when the connection ends. */
export class MoltisConversation implements Conversation {
  readonly session: SessionRef;
  readonly #parts: ConversationParts;
  readonly #approvals: Approvals;
  #model: string | undefined;
  #turn: Turn | undefined;
  #watch: NodeJS.Timeout | undefined;
  #closing = false;

  constructor(parts: ConversationParts) {
    this.#parts = parts;
    this.session = parts.session;
    this.#model = parts.model;
    this.#approvals = new Approvals(parts.gateway, parts.observer);
    parts.gateway.listen((event) => this.#hear(event));
    void parts.gateway.gone.then((why) => this.#end(why));
  }

  options(): SessionOptions {
    const model = this.#model;
    return { modes: [], models: this.#parts.models, ...(model ? { model } : {}), commands: [], images: true };
  }

  async prompt(input: PromptInput): Promise<TurnEnd> {
    if (this.#turn) {
      throw busy();
    }
    const turn = new Turn(this.#parts.observer);
    this.#turn = turn;
    try {
      await this.#send(turn, input);
      return await turn.done;
    } catch (error) {
      throw refusal(error);
    } finally {
      clearTimeout(this.#watch);
      this.#approvals.end('elsewhere');
      this.#turn = undefined;
    }
  }

  async cancel(): Promise<void> {
    const run = this.#turn?.run;
    if (run !== undefined) {
      this.#approvals.end('cancelled');
      await this.#parts.gateway.request('chat.abort', { sessionKey: this.session.id, runId: run });
    }
  }

  async setMode(): Promise<void> {
    throw new SessionForksError('not_supported', 'Moltis does not offer modes here.');
  }

  /** Goes with each prompt from now on. */
  async setModel(id: string): Promise<void> {
    if (!this.#parts.models.some((model) => model.id === id)) {
      throw new SessionForksError('not_supported', `Moltis has no model ${id}.`);
    }
    this.#model = id;
    this.#parts.observer.update({ kind: 'options', options: this.options() });
  }

  async close(): Promise<void> {
    this.#closing = true;
    this.#approvals.end('elsewhere');
    await this.#parts.gateway.close();
  }

  /** A prompt to a session that is gone would bring it back, empty: so it is looked up before. */
  async #send(turn: Turn, input: PromptInput): Promise<void> {
    const { gateway } = this.#parts;
    const key = this.session.id;
    const params = promptParams(input);
    const { replying } = await findEntry(gateway, key);
    if (replying) {
      throw busy();
    }
    const model = this.#model === this.#parts.model ? {} : { model: this.#model };
    const sent = sentSchema.parse(
      await gateway.request('chat.send', { sessionKey: key, ...params, ...model }),
    );
    if (sent.runId === undefined) {
      throw new SessionForksError(
        'busy',
        'Moltis is answering another prompt and keeps this one for afterwards.',
      );
    }
    turn.begin(sent.runId);
    this.#watchOver(turn);
  }

  #hear({ event, payload }: GatewayEvent): void {
    if (event === 'chat') {
      const { data } = chatEventSchema.safeParse(payload);
      if (data?.sessionKey === this.session.id && this.#turn?.take(data)) {
        this.#watchOver(this.#turn);
      }
    } else if (event === 'exec.approval.requested') {
      void this.#approve(payload);
    } else if (event === 'exec.approval.resolved') {
      const { data } = resolvedSchema.safeParse(payload);
      this.#approvals.resolvedElsewhere(data?.requestId ?? '');
    }
  }

  async #approve(payload: unknown): Promise<void> {
    const { data } = approvalSchema.safeParse(payload);
    const turn = this.#turn;
    if (data?.sessionKey !== this.session.id || !turn) {
      return;
    }
    try {
      await turn.begun;
      const call = turn.callOf(data.command) ?? commandCall(data.requestId, data.command);
      await this.#approvals.ask(data, call);
    } catch (error) {
      turn.fail(error);
    }
  }

  /** The gateway drops events for a slow listener: a turn that falls silent is looked up. */
  #watchOver(turn: Turn): void {
    clearTimeout(this.#watch);
    if (!turn.isOver) {
      this.#watch = setTimeout(() => {
        this.#lookUp(turn).catch((error: unknown) => turn.fail(error));
      }, this.#parts.quietMs);
    }
  }

  async #lookUp(turn: Turn): Promise<void> {
    const { gateway } = this.#parts;
    const { replying } = await findEntry(gateway, this.session.id);
    if (replying) {
      this.#watchOver(turn);
      return;
    }
    const { history } = historySchema.parse(
      await gateway.request('sessions.switch', { key: this.session.id }),
    );
    if (!turn.isOver) {
      turn.catchUp(history);
    }
  }

  #end(why: string): void {
    clearTimeout(this.#watch);
    const error = new SessionForksError('agent_ended', `The Moltis gateway is gone (${why}).`);
    this.#turn?.fail(this.#closing ? new SessionForksError('cancelled', 'Moltis was closed.') : error);
    this.#approvals.end('elsewhere');
    this.#parts.observer.ended(this.#closing ? undefined : error);
  }
}

const busy = (): SessionForksError =>
  new SessionForksError('busy', 'Moltis is still working on the last prompt.');
