import type {
  Conversation,
  LiveUpdate,
  PermissionAnswer,
  PermissionRequest,
  PromptInput,
} from '../../core/liveAgent.ts';
import type { LiveState } from '../../protocol.ts';
import { DrawnTurn } from './drawnTurn.ts';
import type { LiveHost } from './liveHost.ts';
import { Permissions } from './permissions.ts';

/** Runs the turns of a conversation one at a time: draws the one that runs, and holds what the agent asks in it. */
export class LiveTurns {
  readonly #host: LiveHost;
  readonly #drawn = new DrawnTurn();
  readonly #permissions = new Permissions();
  #phase: 'rest' | 'working' | 'stopping' = 'rest';
  #stopped = false;

  constructor(host: LiveHost) {
    this.#host = host;
  }

  get status(): 'rest' | 'working' | 'waiting' | 'stopping' {
    return this.#phase === 'working' && this.#permissions.first ? 'waiting' : this.#phase;
  }

  get state(): Omit<LiveState, 'status' | 'notice'> {
    const permission = this.#permissions.first;
    const stopped = this.#stopped && this.#phase === 'rest';
    return { ...this.#drawn.state, ...(permission && { permission }), ...(stopped && { stopped }) };
  }

  /** Runs a turn to its end. Throws what `Conversation.prompt` throws. */
  async run(conversation: Conversation, input: PromptInput): Promise<void> {
    this.#drawn.begin(input, this.#host.now());
    this.#stopped = false;
    this.#phase = 'working';
    this.#host.changed('live');
    try {
      await conversation.prompt(input);
    } finally {
      this.end();
      this.#drawn.end();
    }
  }

  update(update: LiveUpdate): void {
    this.#drawn.update(update);
    this.#host.changed('live');
  }

  ask(request: PermissionRequest): Promise<PermissionAnswer> {
    if (this.#phase !== 'working') {
      return Promise.resolve('cancelled');
    }
    const answer = this.#permissions.ask(this.#drawn.complete(request));
    this.#host.changed('live');
    return answer;
  }

  answer(request: string, option: string): void {
    this.#permissions.answer(request, option);
    this.#host.changed('live');
  }

  /** The person stops the turn. False when none runs. */
  stop(): boolean {
    if (this.#phase !== 'working') {
      return false;
    }
    this.#phase = 'stopping';
    this.#stopped = true;
    this.#permissions.cancelAll();
    this.#host.changed('live');
    return true;
  }

  /** The agent does nothing more: its turn is over, or it is gone. */
  end(): void {
    this.#phase = 'rest';
    this.#permissions.cancelAll();
  }

  /** The store has been read after the turn. `forget`: it is not drawn from here any longer. */
  settle(forget: boolean): void {
    this.#drawn.settle();
    if (forget) {
      this.#drawn.forget();
    }
  }
}
