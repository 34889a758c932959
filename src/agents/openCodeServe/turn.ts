import type { ConversationObserver, TurnEnd } from '../../core/liveAgent.ts';
import { AgentSaid } from '../acp/failure.ts';
import { PartTexts } from './partTexts.ts';
import {
  deltaEventSchema,
  errorEventSchema,
  messageEventSchema,
  partEventSchema,
  type ServerEvent,
  type TurnError,
} from './schema.ts';
import { planOf, toolCall, usageOf } from './updates.ts';

/** Where a turn tells what happens in it. */
export interface TurnListener {
  /** Takes an update as the Agent Client Protocol has it. */
  update(update: object): void;
  readonly observer: ConversationObserver;
}

/** One turn of a session, as the server's events tell of it. */
export class Turn {
  readonly #listener: TurnListener;
  readonly #over = Promise.withResolvers<TurnEnd>();
  /** Ids of the model's messages: the server tells the parts of prompts, too. */
  readonly #replies = new Set<string>();
  readonly #texts = new PartTexts();
  #error: TurnError | undefined;

  constructor(listener: TurnListener) {
    this.#listener = listener;
  }

  /** How the turn ended. Rejects with what the agent said of a failure, or as `fail` was told. */
  get over(): Promise<TurnEnd> {
    return this.#over.promise;
  }

  /** Whether anything was told of this turn. */
  get begun(): boolean {
    return this.#replies.size > 0 || this.#error !== undefined;
  }

  /** Takes what the server tells of the turn's session. Its end is for the caller: `session.idle` may be an earlier turn's. */
  take({ type, properties }: ServerEvent): void {
    switch (type) {
      case 'message.updated':
        this.#noteReply(properties);
        break;
      case 'message.part.updated':
        this.#part(properties);
        break;
      case 'message.part.delta':
        this.#piece(properties);
        break;
      case 'todo.updated':
        this.#tell(planOf(properties));
        break;
      case 'session.error':
        this.#error = errorEventSchema.safeParse(properties).data?.error ?? this.#error;
        break;
    }
  }

  /** Ends the turn as the server told of it; `name` is the agent's, for a failure without words. */
  settle(name: string): void {
    const error = this.#error;
    if (error === undefined || error.name === 'MessageAbortedError') {
      this.#over.resolve(error ? 'stopped' : 'done');
    } else if (error.name === 'MessageOutputLengthError') {
      this.#over.resolve('limit');
    } else {
      this.fail(new AgentSaid(new Error(error.data.message || `${name} failed.`)));
    }
  }

  stop(): void {
    this.#over.resolve('stopped');
  }

  fail(error: unknown): void {
    this.#over.reject(error);
  }

  #noteReply(properties: unknown): void {
    const info = messageEventSchema.safeParse(properties).data?.info;
    if (info?.role === 'assistant') {
      this.#replies.add(info.id);
    }
  }

  #part(properties: unknown): void {
    const part = partEventSchema.safeParse(properties).data?.part;
    if (part?.type === 'tool') {
      this.#tell({ sessionUpdate: 'tool_call', ...toolCall(part) });
    } else if (part?.type === 'step-finish') {
      this.#listener.observer.update({ kind: 'tokens', usage: usageOf(part) });
    } else if (part && this.#replies.has(part.messageID)) {
      this.#tell(this.#texts.whole(part));
    }
  }

  #piece(properties: unknown): void {
    const piece = deltaEventSchema.safeParse(properties).data;
    if (piece?.field === 'text') {
      this.#tell(this.#texts.piece(piece.partID, piece.delta));
    }
  }

  #tell(update: object | undefined): void {
    if (update) {
      this.#listener.update(update);
    }
  }
}
