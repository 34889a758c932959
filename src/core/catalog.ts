import { errorText } from './errors.ts';
import { type Disposable, Emitter } from './events.ts';
import { buildForest, type Forest } from './forkTree.ts';
import { HiddenSessions } from './hiddenSessions.ts';
import type { LineageRecords } from './lineage.ts';
import {
  type Agent,
  type AgentId,
  type ForkPoint,
  type Lineage,
  type Problem,
  type SessionInfo,
  type SessionKey,
  type SessionRef,
  sessionKey,
} from './model.ts';
import type { ForkWay, SessionStore } from './store.ts';

/** Who asked for a fork. `outside`: another program made it and the catalog found it. */
export type ForkOrigin = 'command' | 'tree' | 'lens' | 'panel' | 'uri' | 'tool' | 'mcp' | 'api' | 'outside';

/** Told once for each fork. `messages` is the N of "fork@N". */
export interface ForkEvent {
  readonly source: SessionRef;
  readonly child: SessionRef;
  readonly title: string;
  readonly messages: number;
  readonly origin: ForkOrigin;
  /** What was asked for; unknown of a fork made outside, as are who wrote it and the time in ms that it took. */
  readonly point?: ForkPoint;
  readonly way?: ForkWay;
  readonly durationMs?: number;
}

export interface CatalogChange {
  readonly added: readonly SessionKey[];
  readonly changed: readonly SessionKey[];
  readonly removed: readonly SessionKey[];
}

/** Tells when something below a folder may have changed. */
export interface FolderWatcher {
  watch(folder: string, changed: () => void): Disposable;
}

/** Keeps lists of sessions from one start to the next. */
export interface CatalogCache {
  /** The list saved last, or an empty one; never rejects. Stores read anew what changed since. */
  load(agent: AgentId): Promise<readonly SessionInfo[]>;
  /** May be written later, or not at all. */
  save(agent: AgentId, sessions: readonly SessionInfo[]): void;
}

interface Shelf {
  readonly store: SessionStore;
  sessions: readonly SessionInfo[];
  problems: readonly Problem[];
  listed: boolean;
  running?: Promise<void>;
  queued?: Promise<void>;
}

/** What is known of all sessions of all agents. Nothing is read before `refresh` or `watch` is called. */
export class Catalog {
  readonly #shelves: ReadonlyMap<AgentId, Shelf>;
  readonly #changes = new Emitter<CatalogChange>();
  readonly #forks = new Emitter<ForkEvent>();
  readonly #held = new Map<SessionKey, ForkEvent[]>();
  readonly #hidden = new HiddenSessions();
  readonly #records: LineageRecords | undefined;
  readonly #cache: CatalogCache | undefined;
  #infos = new Map<SessionKey, SessionInfo>();
  #forest: Forest | undefined;

  readonly onDidChange = this.#changes.event;
  /** Fires once per fork, also for forks that other programs made. */
  readonly onDidFork = this.#forks.event;

  /**
   * `records` are the forks made here, for agents that keep no parent: recorded beats inferred. `cache` keeps what was
   * listed for the next start.
   */
  constructor(stores: readonly SessionStore[], records?: LineageRecords, cache?: CatalogCache) {
    this.#records = records;
    this.#cache = cache;
    this.#shelves = new Map(
      stores.map((store) => [store.agent.id, { store, sessions: [], problems: [], listed: false }]),
    );
  }

  agents(): readonly Agent[] {
    return [...this.#shelves.values()].map((shelf) => shelf.store.agent);
  }

  store(agent: AgentId): SessionStore | undefined {
    return this.#shelves.get(agent)?.store;
  }

  stores(): readonly SessionStore[] {
    return [...this.#shelves.values()].map((shelf) => shelf.store);
  }

  get(ref: SessionRef): SessionInfo | undefined {
    return this.#infos.get(sessionKey(ref));
  }

  sessions(): readonly SessionInfo[] {
    return [...this.#infos.values()];
  }

  /** What could not be listed at all, by agent. */
  problems(): readonly { readonly agent: Agent; readonly problem: Problem }[] {
    return [...this.#shelves.values()].flatMap(({ store, problems }) =>
      problems.map((problem) => ({ agent: store.agent, problem })),
    );
  }

  /** True once every store was listed at least once. */
  get listed(): boolean {
    return [...this.#shelves.values()].every((shelf) => shelf.listed);
  }

  forest(): Forest {
    this.#forest ??= buildForest(this.sessions());
    return this.#forest;
  }

  /**
   * Lists anew, one agent or all, reading only what changed. The answer holds everything that was on disk when this
   * was called: a call during a listing waits for one more.
   */
  async refresh(agent?: AgentId): Promise<void> {
    const shelves = agent === undefined ? [...this.#shelves.values()] : [this.#shelves.get(agent)];
    await Promise.all(shelves.map((shelf) => shelf && this.#relist(shelf)));
  }

  /** Refreshes each agent's sessions as its folders change, at most every `quietMs` milliseconds, until disposed. */
  watch(watcher: FolderWatcher, quietMs = 150): Disposable {
    const watches = this.stores().flatMap((store) =>
      store
        .watchRoots()
        .map((root) => watchRoot(watcher, root.path, quietMs, () => this.refresh(store.agent.id))),
    );
    return { dispose: () => watches.forEach((watch) => void watch.dispose()) };
  }

  /**
   * Keeps forks of `parents` back from being told as made outside until `settle` is called with the child that the
   * caller made (told with its own origin) or without one.
   */
  expectFork(parents: readonly SessionRef[]): { settle(event?: ForkEvent): void } {
    const held: ForkEvent[] = [];
    const keys = parents.map(sessionKey);
    for (const key of keys) {
      this.#held.set(key, held);
    }
    return {
      settle: (event) => {
        for (const key of keys) {
          this.#held.delete(key);
        }
        const child = event && sessionKey(event.child);
        for (const other of held) {
          if (sessionKey(other.child) !== child && this.get(other.child)) {
            this.#forks.fire(other);
          }
        }
        if (event) {
          this.#forks.fire(event);
        }
      },
    };
  }

  /**
   * Keeps sessions with `mark` in their title, and `session`, out of every list, and tells nobody of them, until `show`.
   */
  hide(mark: string, session?: SessionRef): void {
    this.#hidden.hide(mark, session);
    this.#publish(false);
  }

  show(mark: string): void {
    this.#hidden.show(mark);
    this.#publish(false);
  }

  /** What is hidden under this mark and was there when its agent was listed last. */
  hidden(mark: string): readonly SessionInfo[] {
    return this.#stored().filter((info) => this.#hidden.isUnder(mark, info));
  }

  /** Keeps where a child came from when its agent does not; a no-op for a child whose agent does. */
  async recordLineage(child: SessionRef, lineage: Lineage): Promise<void> {
    if (this.#records && this.get(child)?.lineage?.how !== 'recorded') {
      await this.#records.add(child, lineage);
      this.#publish(false);
    }
  }

  dispose(): void {
    this.#changes.dispose();
    this.#forks.dispose();
  }

  #relist(shelf: Shelf): Promise<void> {
    if (!shelf.running) {
      shelf.running = this.#list(shelf).finally(() => delete shelf.running);
      return shelf.running;
    }
    shelf.queued ??= shelf.running.then(() => {
      delete shelf.queued;
      return this.#relist(shelf);
    });
    return shelf.queued;
  }

  async #list(shelf: Shelf): Promise<void> {
    const first = !shelf.listed;
    try {
      const cache = first ? this.#cache : undefined;
      const previous = cache ? await cache.load(shelf.store.agent.id) : shelf.sessions;
      const listing = await shelf.store.list(previous);
      await this.#records?.refresh?.();
      if (!sameFiles(previous, listing.sessions)) {
        this.#cache?.save(shelf.store.agent.id, listing.sessions);
      }
      shelf.sessions = listing.sessions;
      shelf.problems = listing.problems;
    } catch (error) {
      shelf.problems = [{ text: errorText(error) }];
    }
    shelf.listed = true;
    this.#publish(first);
  }

  #publish(first: boolean): void {
    const before = this.#infos;
    const sessions = this.#stored().filter((info) => !this.#hidden.has(info));
    this.#infos = new Map(sessions.map((info) => [sessionKey(info.ref), this.#withRecord(info)]));
    const change = difference(before, this.#infos);
    if (!first && change.added.length + change.changed.length + change.removed.length === 0) {
      return;
    }
    this.#forest = undefined;
    this.#changes.fire(change);
    if (!first) {
      this.#tellOutsideForks(change.added);
    }
  }

  #stored(): readonly SessionInfo[] {
    return [...this.#shelves.values()].flatMap((shelf) => shelf.sessions);
  }

  #withRecord(info: SessionInfo): SessionInfo {
    const lineage = info.lineage?.how === 'recorded' ? undefined : this.#records?.get(info.ref);
    return lineage ? { ...info, lineage } : info;
  }

  #tellOutsideForks(added: readonly SessionKey[]): void {
    for (const key of added) {
      const info = this.#infos.get(key);
      if (info?.lineage?.kind === 'fork') {
        const { parent, messages } = info.lineage;
        const event: ForkEvent = {
          source: parent,
          child: info.ref,
          title: info.title,
          messages,
          origin: 'outside',
        };
        const held = this.#held.get(sessionKey(parent));
        if (held) {
          held.push(event);
        } else {
          this.#forks.fire(event);
        }
      }
    }
  }
}

function sameFiles(previous: readonly SessionInfo[], sessions: readonly SessionInfo[]): boolean {
  const stamp = ({ ref, file }: SessionInfo): string => `${ref.id} ${file?.stamp}`;
  const known = new Set(previous.map(stamp));
  return known.size === sessions.length && sessions.every((info) => known.has(stamp(info)));
}

function difference(
  before: ReadonlyMap<SessionKey, SessionInfo>,
  after: ReadonlyMap<SessionKey, SessionInfo>,
): CatalogChange {
  const added: SessionKey[] = [];
  const changed: SessionKey[] = [];
  for (const [key, info] of after) {
    const known = before.get(key);
    if (!known) {
      added.push(key);
    } else if (known !== info && JSON.stringify(known) !== JSON.stringify(info)) {
      changed.push(key);
    }
  }
  return { added, changed, removed: [...before.keys()].filter((key) => !after.has(key)) };
}

function watchRoot(
  watcher: FolderWatcher,
  folder: string,
  quietMs: number,
  refresh: () => Promise<void>,
): Disposable {
  let timer: NodeJS.Timeout | undefined;
  const watch = watcher.watch(folder, () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      void refresh();
    }, quietMs);
  });
  return {
    dispose: () => {
      clearTimeout(timer);
      watch.dispose();
    },
  };
}
