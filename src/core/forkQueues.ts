import type { SessionKey } from './model.ts';

/** Runs the same request once at a time, and different requests of one queue one after the other. */
export class ForkQueues<Result> {
  readonly #same = new Map<string, Promise<Result>>();
  readonly #queues = new Map<SessionKey, Promise<void>>();

  /** Begins `work` when the queue's earlier work is settled; joins the work that runs or waits under the name `same`. */
  run(same: string, queue: SessionKey, work: () => Promise<Result>): Promise<Result> {
    const running = this.#same.get(same);
    if (running) {
      return running;
    }
    const earlier = this.#queues.get(queue) ?? Promise.resolve();
    // Forgotten before the caller hears of it: what is asked afterwards is work of its own.
    const result = earlier.then(work).finally(() => void this.#same.delete(same));
    const settled: Promise<void> = result.then(nothing, nothing).then(() => this.#leave(queue, settled));
    this.#same.set(same, result);
    this.#queues.set(queue, settled);
    return result;
  }

  #leave(queue: SessionKey, settled: Promise<void>): void {
    if (this.#queues.get(queue) === settled) {
      this.#queues.delete(queue);
    }
  }
}

const nothing = (): void => undefined;
