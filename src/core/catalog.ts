import { type Disposable, Emitter } from './events.ts';
import { buildForest, type Forest, type RenewableForest } from './forkTree.ts';
import { HiddenSessions } from './hiddenSessions.ts';
import type { LineageRecords } from './lineage.ts';
import { inPieces } from './longList.ts';
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
import { Shelf, type ShelfChange } from './shelf.ts';
import type { ForkWay, SessionStore } from './store.ts';
import { type FolderWatcher, watchStore } from './watching.ts';

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

/** Keys of sessions by what became of each. */
type Told = Readonly<Record<'added' | 'changed' | 'removed' | 'nothing', SessionKey[]>>;

const noChange = (): Told => ({ added: [], changed: [], removed: [], nothing: [] });

/** What is known of all sessions of all agents. Nothing is read before `refresh` or `watch` is called. */
export class Catalog {
  readonly #shelves: ReadonlyMap<AgentId, Shelf>;
  readonly #changes = new Emitter<CatalogChange>();
  readonly #forks = new Emitter<ForkEvent>();
  readonly #held = new Map<SessionKey, ForkEvent[]>();
  /** New sessions without a parent: an agent may write the parent after the rest of a fork. */
  readonly #orphans = new Set<SessionKey>();
  readonly #hidden = new HiddenSessions();
  readonly #records: LineageRecords | undefined;
  readonly #infos = new Map<SessionKey, SessionInfo>();
  /** Agents whose first list was told. */
  readonly #told = new Set<AgentId>();
  #forest: RenewableForest | undefined;

  readonly onDidChange = this.#changes.event;
  /** Fires once per fork, also for forks that other programs made. */
  readonly onDidFork = this.#forks.event;

  /** `records` are the forks made here, for agents that keep no parent: recorded beats inferred. */
  constructor(stores: readonly SessionStore[], records?: LineageRecords) {
    this.#records = records;
    this.#shelves = new Map(
      stores.map((store) => [
        store.agent.id,
        new Shelf(store, (change) => this.#listed(store.agent.id, change)),
      ]),
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

  /** The same forest while sessions change but stay where they belong. */
  forest(): Forest {
    this.#forest ??= buildForest(this.sessions());
    return this.#forest;
  }

  /**
   * Lists anew, one agent or all, reading only what changed: with `changed` nothing but the files at these paths is
   * looked at. The answer holds everything that was on disk when this was called: a call during a listing waits for
   * one more.
   */
  async refresh(agent?: AgentId, changed?: readonly string[]): Promise<void> {
    const shelves = agent === undefined ? [...this.#shelves.values()] : [this.#shelves.get(agent)];
    await Promise.all(shelves.map((shelf) => shelf?.refresh(changed)));
  }

  /** The same for one session that was written to; for all of its agent where one alone cannot be listed anew. */
  async refreshSession(ref: SessionRef): Promise<void> {
    const path = this.get(ref)?.file?.path ?? (await this.#pathOf(ref));
    await this.refresh(ref.agent, path === undefined ? undefined : [path]);
  }

  /** Undefined, too, when that cannot be told: a whole listing says why. */
  async #pathOf({ agent, id }: SessionRef): Promise<string | undefined> {
    try {
      return await this.store(agent)?.pathOf?.(id);
    } catch {
      return undefined;
    }
  }

  /** Refreshes each agent's sessions as its folders change, at most every `quietMs` milliseconds, until disposed. */
  watch(watcher: FolderWatcher, quietMs = 150): Disposable {
    const watches = this.stores().map((store) =>
      watchStore(watcher, store, quietMs, (changed) => this.refresh(store.agent.id, changed)),
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
    this.#publish(this.sessions());
  }

  show(mark: string): void {
    this.#hidden.show(mark);
    this.#publish(this.#stored());
  }

  /** What is hidden under this mark and was there when its agent was listed last. */
  hidden(mark: string): readonly SessionInfo[] {
    return this.#stored().filter((info) => this.#hidden.isUnder(mark, info));
  }

  /** Keeps where a child came from when its agent does not; a no-op for a child whose agent does. */
  async recordLineage(child: SessionRef, lineage: Lineage): Promise<void> {
    if (this.#records && this.get(child)?.lineage?.how !== 'recorded') {
      await this.#records.add(child, lineage);
      const info = this.#shelves.get(child.agent)?.get(child.id);
      this.#publish(info ? [info] : []);
    }
  }

  dispose(): void {
    this.#changes.dispose();
    this.#forks.dispose();
  }

  async #listed(agent: AgentId, { touched, gone, first }: ShelfChange): Promise<void> {
    const change = noChange();
    let hasNewRecords: boolean | undefined;
    try {
      hasNewRecords = await this.#records?.refresh?.();
    } finally {
      for (const { ref } of gone) {
        change[this.#drop(sessionKey(ref))].push(sessionKey(ref));
      }
      await inPieces(touched, (infos) => this.#take(infos, change));
      if (hasNewRecords) {
        this.#take(this.#stored(), change);
      }
      this.#told.add(agent);
      this.#tell(change, first);
    }
  }

  /** Takes over what may have changed, and tells what did. */
  #publish(infos: readonly SessionInfo[]): void {
    const change = noChange();
    this.#take(infos, change);
    this.#tell(change);
  }

  #take(infos: readonly SessionInfo[], change: Told): void {
    for (const info of infos) {
      const key = sessionKey(info.ref);
      const what = this.#hidden.has(info) ? this.#drop(key) : this.#put(key, this.#withRecord(info));
      change[what].push(key);
    }
  }

  #tell(change: Told, first = false): void {
    const { removed } = change;
    // What is hidden while a list is taken over has been told as gone.
    const isThere = (key: SessionKey): boolean => this.#infos.has(key);
    const added = change.added.filter(isThere);
    const changed = change.changed.filter(isThere);
    if (!first && added.length + changed.length + removed.length === 0) {
      return;
    }
    if (added.length + removed.length > 0 || !this.#forest?.renew(this.#infosOf(changed))) {
      this.#forest = undefined;
    }
    this.#changes.fire({ added, changed, removed });
    if (!first) {
      this.#tellOutsideForks([...added, ...changed.filter((key) => this.#orphans.has(key))]);
    }
  }

  #infosOf(keys: readonly SessionKey[]): readonly SessionInfo[] {
    return keys.flatMap((key) => this.#infos.get(key) ?? []);
  }

  #drop(key: SessionKey): 'removed' | 'nothing' {
    return this.#infos.delete(key) ? 'removed' : 'nothing';
  }

  #put(key: SessionKey, info: SessionInfo): 'added' | 'changed' | 'nothing' {
    const known = this.#infos.get(key);
    this.#infos.set(key, info);
    if (!known) {
      return 'added';
    }
    return known === info || JSON.stringify(known) === JSON.stringify(info) ? 'nothing' : 'changed';
  }

  /** What was told of; a list that is being taken over for the first time is none of it. */
  #stored(): readonly SessionInfo[] {
    return [...this.#shelves].flatMap(([agent, shelf]) => (this.#told.has(agent) ? shelf.sessions : []));
  }

  #withRecord(info: SessionInfo): SessionInfo {
    const lineage = info.lineage?.how === 'recorded' ? undefined : this.#records?.get(info.ref);
    return lineage ? { ...info, lineage } : info;
  }

  /** `keys` are new since the first list, or were and had no parent so far. */
  #tellOutsideForks(keys: readonly SessionKey[]): void {
    for (const key of keys) {
      const info = this.#infos.get(key);
      this.#orphans.delete(key);
      if (info && !info.lineage) {
        this.#orphans.add(key);
      }
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
