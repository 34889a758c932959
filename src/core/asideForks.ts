import type { Catalog } from './catalog.ts';
import { errorText, SessionForksError } from './errors.ts';
import type { ForkService, WhenBusy } from './forkService.ts';
import type { AgentId, SessionId, SessionRef } from './model.ts';

/** What is noted of a throw-away fork before it is made, so that a later start can delete what was left of it. */
export interface AsideNote {
  /** Stands in the fork's title, by which it is found while its id is not known yet. */
  readonly mark: string;
  readonly agent: AgentId;
  readonly sessions: readonly SessionId[];
}

/** Keeps the notes of throw-away forks where they outlive the program. */
export interface AsideNotes {
  /** `inUse`: the program that made the fork still runs. */
  all(): Promise<readonly (AsideNote & { readonly inUse: boolean })[]>;
  /** Writes a note, in place of an earlier one with this mark. */
  keep(note: AsideNote): Promise<void>;
  forget(mark: string): Promise<void>;
}

/** A fork that is nobody's session: in no list, told to no one, deleted by `drop`. */
export interface AsideFork {
  readonly session: SessionRef;
  /** The agent carries the fork on under this id. */
  carriedOnAs(session: SessionRef): Promise<void>;
  /** Deletes it; to call when its agent has ended. Throws when something is left, which a later start deletes. */
  drop(): Promise<void>;
}

export interface AsideRequest {
  readonly source: SessionRef;
  readonly whenBusy?: WhenBusy;
  readonly signal?: AbortSignal;
}

/** How long until forks of another running program are looked at again, in ms. */
const againMs = 20_000;

/** Makes throw-away forks by the fork service, and deletes them whatever happens. */
export class AsideForks {
  readonly #catalog: Catalog;
  readonly #forkService: ForkService;
  readonly #notes: AsideNotes;
  readonly #open = new Set<string>();
  #again: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(catalog: Catalog, forkService: ForkService, notes: AsideNotes) {
    this.#catalog = catalog;
    this.#forkService = forkService;
    this.#notes = notes;
  }

  /** Forks `source` at its end, unseen. Throws as the fork service does; then nothing of it is left. */
  async open(request: AsideRequest): Promise<AsideFork> {
    const { agent } = request.source;
    const mark = `aside-${crypto.randomUUID().slice(0, 13)}`;
    this.#open.add(mark);
    await this.#keep({ mark, agent, sessions: [] });
    try {
      const { session } = await this.#forkService.fork({
        ...request,
        point: 'end',
        title: mark,
        origin: 'panel',
        unseen: true,
      });
      await this.#keep({ mark, agent, sessions: [session.id] });
      return this.#forkOf(mark, session);
    } catch (error) {
      await Promise.allSettled([this.#delete({ mark, agent, sessions: [] })]);
      throw error;
    }
  }

  /** Hides what earlier programs left, to call before the first list is shown. */
  async hideLeft(): Promise<void> {
    for (const note of await this.#notes.all()) {
      this.#hide(note);
    }
  }

  /** Deletes what earlier programs left. What cannot be deleted stays hidden and noted. */
  async deleteLeft(): Promise<void> {
    const left = (await this.#notes.all()).filter(({ mark }) => !this.#open.has(mark));
    const over = left.filter(({ inUse }) => !inUse);
    await Promise.allSettled(over.map((note) => this.#delete(note)));
    if (over.length < left.length && !this.#isOver) {
      // Notes that cannot be read now are a later start's.
      this.#again = setTimeout(() => void this.deleteLeft().catch(() => undefined), againMs);
    }
  }

  dispose(): void {
    this.#isOver = true;
    clearTimeout(this.#again);
  }

  #forkOf(mark: string, session: SessionRef): AsideFork {
    const { agent } = session;
    let sessions: readonly SessionId[] = [session.id];
    return {
      session,
      carriedOnAs: async ({ id }) => {
        sessions = [...new Set([...sessions, id])];
        await this.#keep({ mark, agent, sessions });
      },
      drop: () => this.#delete({ mark, agent, sessions }),
    };
  }

  async #keep(note: AsideNote): Promise<void> {
    this.#hide(note);
    await this.#notes.keep(note);
  }

  #hide({ mark, agent, sessions }: AsideNote): void {
    this.#catalog.hide(mark);
    for (const id of sessions) {
      this.#catalog.hide(mark, { agent, id });
    }
  }

  async #delete({ mark, agent }: AsideNote): Promise<void> {
    const problems: string[] = [];
    for (const ref of await this.#listed(mark, agent)) {
      try {
        await this.#catalog.store(agent)?.remove?.(ref.id);
      } catch (error) {
        problems.push(errorText(error));
      }
    }
    const left = await this.#listed(mark, agent);
    this.#open.delete(mark);
    if (left.length > 0 || !this.#canBeTrusted(agent)) {
      throw new SessionForksError('fork_failed', problems[0] ?? 'It cannot be told whether it is deleted.');
    }
    await this.#notes.forget(mark);
    this.#catalog.show(mark);
  }

  /** An agent that could not be listed may hold what is not seen. */
  #canBeTrusted(agent: AgentId): boolean {
    return !this.#catalog.problems().some((problem) => problem.agent.id === agent);
  }

  async #listed(mark: string, agent: AgentId): Promise<readonly SessionRef[]> {
    await this.#catalog.refresh(agent);
    return this.#catalog.hidden(mark).map(({ ref }) => ref);
  }
}
