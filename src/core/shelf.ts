import { errorText } from './errors.ts';
import { turnAfter } from './longList.ts';
import type { Problem, SessionId, SessionInfo } from './model.ts';
import { type ListDifference, SessionIndex } from './sessionIndex.ts';
import type { SessionStore } from './store.ts';

/** What a listing brought. */
export interface ShelfChange extends ListDifference {
  /** It was the agent's first listing. */
  readonly first: boolean;
}

/** The sessions of one agent as they were listed last. */
export class Shelf {
  readonly store: SessionStore;
  readonly #onListed: (change: ShelfChange) => Promise<void>;
  readonly #index = new SessionIndex();
  #sessions: readonly SessionInfo[] = [];
  #problems: readonly Problem[] = [];
  /** What failed when the last listing was handed on. */
  #late: readonly Problem[] = [];
  #listed = false;
  /** The last listing failed: what it left out is nowhere noted but on disk. */
  #failed = false;
  #running: Promise<void> | undefined;
  #queued: Promise<void> | undefined;
  /** What the queued listing is to look at; undefined: everything. */
  #waiting: readonly string[] | undefined = [];

  /** `onListed` is awaited after each listing, a failed one included. What it throws is told as a problem. */
  constructor(store: SessionStore, onListed: (change: ShelfChange) => Promise<void>) {
    this.store = store;
    this.#onListed = onListed;
  }

  get sessions(): readonly SessionInfo[] {
    return this.#sessions;
  }

  get problems(): readonly Problem[] {
    return [...this.#problems, ...this.#late];
  }

  /** True once the store was listed, or that failed. */
  get listed(): boolean {
    return this.#listed;
  }

  get(id: SessionId): SessionInfo | undefined {
    return this.#index.get(id);
  }

  /**
   * Lists anew: the files at `changed` alone, or all. A call during a listing waits for one more, which looks at what
   * all waiting calls ask for.
   */
  refresh(changed?: readonly string[]): Promise<void> {
    if (!this.#running) {
      this.#running = this.#list(changed).finally(() => {
        this.#running = undefined;
      });
      return this.#running;
    }
    this.#waiting = this.#waiting && changed && [...this.#waiting, ...changed];
    this.#queued ??= this.#running.then(() => {
      const waiting = this.#waiting;
      this.#queued = undefined;
      this.#waiting = [];
      return this.refresh(waiting);
    });
    return this.#queued;
  }

  async #list(changed: readonly string[] | undefined): Promise<void> {
    const first = !this.#listed;
    let change: ShelfChange = { touched: [], gone: [], first };
    try {
      const some = changed && !first && !this.#failed && (await this.store.relist?.(this.#sessions, changed));
      const { sessions, problems } = some
        ? { sessions: some, problems: this.#problems }
        : await this.store.list(this.#sessions);
      change = { ...this.#index.take(sessions), first };
      this.#sessions = sessions;
      this.#problems = problems;
      this.#failed = false;
    } catch (error) {
      this.#problems = [{ text: errorText(error) }];
      this.#failed = true;
    }
    // Taking in a long list, handing it on, and what others make of it: each takes a turn of its own.
    await turnAfter(change.touched);
    this.#listed = true;
    this.#late = await this.#handOn(change);
    await turnAfter(change.touched);
  }

  async #handOn(change: ShelfChange): Promise<readonly Problem[]> {
    try {
      await this.#onListed(change);
      return [];
    } catch (error) {
      return [{ text: errorText(error) }];
    }
  }
}
