import { applyUpdate, beginTurn, endTurn, type LiveTurn, messagesOf } from '../../core/conversation.ts';
import type { LiveUpdate, PermissionRequest, PromptInput } from '../../core/liveAgent.ts';
import type { LiveState, PlanEntry } from '../../protocol.ts';

type Drawn = Pick<LiveState, 'since' | 'turn' | 'plan' | 'context'>;

/** The turn that is drawn live: it runs, or it is over and the store does not hold it yet. */
export class DrawnTurn {
  #turn: LiveTurn | undefined;
  #since: number | undefined;
  #context: LiveState['context'];
  /** What the last turn has left of its plan. */
  #left: readonly PlanEntry[] = [];

  /** The same messages as before are the same objects. */
  get state(): Drawn {
    return {
      ...(this.#since !== undefined && { since: this.#since }),
      turn: this.#turn ? messagesOf(this.#turn) : [],
      plan: this.#turn?.plan ?? this.#left,
      ...(this.#context && { context: this.#context }),
    };
  }

  /** `now` is ms since 1970. */
  begin(input: PromptInput, now: number): void {
    this.#since = now;
    this.#left = [];
    this.#turn = beginTurn(input, now);
  }

  /** What comes while no turn runs is no part of one. */
  update(update: LiveUpdate): void {
    if (update.kind === 'usage') {
      this.#context = { used: update.used, size: update.size };
    }
    if (this.#turn?.running) {
      this.#turn = applyUpdate(this.#turn, update);
    }
  }

  /** The agent is done. What it was at is marked stopped. */
  end(): void {
    this.#turn = this.#turn && endTurn(this.#turn);
  }

  /** The store has been read after the turn. */
  settle(): void {
    this.#since = undefined;
  }

  /** The stored messages take its place; a plan is not stored, and stays until the next turn if there is work left. */
  forget(): void {
    const plan = this.#turn?.plan ?? this.#left;
    this.#left = plan.some(({ status }) => status !== 'done') ? plan : [];
    this.#turn = undefined;
  }

  /** The question with all that was told of its call before: agents may ask by the call's id alone. */
  complete(request: PermissionRequest): PermissionRequest {
    const parts = this.#turn?.replies.flatMap((reply) => reply.parts) ?? [];
    const known = parts.find((part) => part.kind === 'tool' && part.id === request.call.id);
    if (known?.kind !== 'tool') {
      return request;
    }
    const { name, action, target, input, edits } = known;
    return { ...request, call: { name, action, target, input, ...(edits && { edits }), ...request.call } };
  }
}
