import type { PermissionAnswer, PermissionRequest } from '../../core/liveAgent.ts';

interface Asked {
  readonly request: PermissionRequest;
  readonly answer: (answer: PermissionAnswer) => void;
}

/** The agent's open questions, in the order they came. Each is answered exactly once. */
export class Permissions {
  readonly #asked: Asked[] = [];

  /** The question that the page shows. */
  get first(): PermissionRequest | undefined {
    return this.#asked[0]?.request;
  }

  ask(request: PermissionRequest): Promise<PermissionAnswer> {
    return new Promise((answer) => this.#asked.push({ request, answer }));
  }

  /** Answers the question with this id; an answer to one that is gone is dropped. */
  answer(request: string, option: string): void {
    const index = this.#asked.findIndex((asked) => asked.request.id === request);
    const [asked] = index === -1 ? [] : this.#asked.splice(index, 1);
    asked?.answer({ option });
  }

  cancelAll(): void {
    for (const { answer } of this.#asked.splice(0)) {
      answer('cancelled');
    }
  }
}
