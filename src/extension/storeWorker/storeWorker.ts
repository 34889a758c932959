import { Worker } from 'node:worker_threads';
import type { ForkWay, SessionStore } from '../../core/store.ts';
import type { StoreEnvironment } from '../../stores/index.ts';
import type { HostCalls, StoreCalls, WorkerStart } from './calls.ts';
import { Line } from './line.ts';
import { gone, remoteStore, type WorkerLine } from './remoteStore.ts';

/** What reading leaves behind is cleared away soon, not left to take tens of megabytes first. */
const resourceLimits = { maxYoungGenerationSizeMb: 4 };

/** What the worker is started with, and what it may ask for. */
export interface Hosting extends Pick<StoreEnvironment, 'allowStart' | 'access'> {
  readonly program: string;
  readonly start: WorkerStart;
  /** Told when there is no worker, or none any more: from then on the stores work in this thread. */
  onLost(reason: string): void;
}

/** One worker, started when something is asked of it first. */
export class StoreWorker implements WorkerLine {
  readonly #hosting: Hosting;
  readonly #callers = new Map<number, (way: ForkWay) => void>();
  #count = 0;
  #worker: Worker | undefined;
  #line: Line<StoreCalls, HostCalls> | undefined;
  #isLost = false;

  constructor(hosting: Hosting) {
    this.#hosting = hosting;
  }

  /** The store, whose work is done by the worker, and by `inline` once there is none. */
  store(inline: SessionStore): SessionStore {
    return remoteStore(this, inline);
  }

  async run<Result>(
    work: (line: Line<StoreCalls, HostCalls>) => Promise<Result>,
    otherwise: () => Promise<Result>,
  ): Promise<Result> {
    const line = this.#started();
    try {
      return line ? await work(line) : await otherwise();
    } catch (error) {
      if (error === gone) {
        return otherwise();
      }
      throw error;
    }
  }

  async withCaller<Result>(
    tellWay: ((way: ForkWay) => void) | undefined,
    work: (caller: number) => Promise<Result>,
  ): Promise<Result> {
    const caller = ++this.#count;
    if (tellWay) {
      this.#callers.set(caller, tellWay);
    }
    try {
      return await work(caller);
    } finally {
      this.#callers.delete(caller);
    }
  }

  dispose(): void {
    this.#isLost = true;
    this.#line?.close(gone);
    void this.#worker?.terminate();
  }

  #started(): Line<StoreCalls, HostCalls> | undefined {
    if (this.#isLost) {
      return undefined;
    }
    this.#line ??= this.#begin();
    return this.#line;
  }

  #begin(): Line<StoreCalls, HostCalls> {
    const { program, start, allowStart, access } = this.#hosting;
    const worker = new Worker(program, { workerData: start, resourceLimits });
    const line = new Line<StoreCalls, HostCalls>(worker, {
      allowStart: () => allowStart?.(),
      access: async (_signal, agent) => (await access?.(agent)) ?? {},
      tellWay: (_signal, caller, way) => this.#callers.get(caller)?.(way),
    });
    worker.once('error', (error) => this.#lose(String(error)));
    worker.once('exit', (code) => this.#lose(`it ended with ${code}`));
    this.#worker = worker;
    return line;
  }

  #lose(reason: string): void {
    if (!this.#isLost) {
      this.#isLost = true;
      this.#line?.close(gone);
      this.#hosting.onLost(reason);
    }
  }
}
