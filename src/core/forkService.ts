import type { Catalog, ForkOrigin } from './catalog.ts';
import { SessionForksError } from './errors.ts';
import { asForkError, throwIfCancelled } from './forkErrors.ts';
import { lastFinishedTurn, type ResolvedPoint, resolvePoint } from './forkPoint.ts';
import { ForkQueues } from './forkQueues.ts';
import {
  type ForkPoint,
  type Prompt,
  type SessionInfo,
  type SessionKey,
  type SessionRef,
  sessionKey,
  type Transcript,
} from './model.ts';
import { readSource, withDraft } from './readSource.ts';
import { type ForkWay, type SessionStore, sessionCapabilities } from './store.ts';
import { baseTitle, sanitizeTitle, uniqueTitle } from './titles.ts';
import { parentsOf, verifyListed, verifyNew, verifyUnseen } from './verifyFork.ts';

/** What to do when the source's agent is in the middle of a turn. */
export type WhenBusy = 'lastFinishedTurn' | 'wait' | 'refuse';

export interface ForkRequest {
  readonly source: SessionRef;
  readonly point: ForkPoint;
  /** Kept as given (control and direction characters aside); empty or absent: one is made. */
  readonly title?: string;
  readonly origin: ForkOrigin;
  readonly whenBusy?: WhenBusy;
  /** A fork that stands in no list (its title is a mark that the catalog hides) and of which nobody is told. */
  readonly unseen?: boolean;
  readonly signal?: AbortSignal;
}

export interface ForkResult {
  readonly session: SessionRef;
  readonly title: string;
  readonly forkedFrom: { readonly session: SessionRef; readonly title: string };
  /** How many messages the child kept: the N of "fork@N". */
  readonly messages: number;
  /** The prompt to edit and send again, for a fork before a prompt. */
  readonly draft?: Prompt;
  /** Numbers (from 1, inclusive) of messages that stayed behind because their turn is not finished. */
  readonly leftOut?: { readonly from: number; readonly to: number };
  readonly inherited: readonly string[];
  readonly notInherited: readonly string[];
}

/** What a fork takes along and what it cannot. */
const inherited = ['messages', 'model', 'folder'] as const;
const notInherited = ['files on disk', 'permissions given for the session'] as const;

/** How often a copy is tried again when the id that its store made is taken. */
const collisionRetries = 3;

/**
 * The one way to fork, whoever asks: resolve the point in a fresh read, freeze the cut, let the store copy and
 * publish, then verify that the child is listed with the right parent, point and count. Anything less is rolled back.
 */
export class ForkService {
  readonly #catalog: Catalog;
  readonly #queues = new ForkQueues<ForkResult>();

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
  }

  /**
   * Forks. The same request twice at a time makes one fork; different ones of one source run one after the other.
   * Throws SessionForksError with `no_such_session`, `nothing_to_fork`, `fork_point_invalid`, `busy`, `collision`,
   * `not_supported`, `cancelled` or `fork_failed`.
   */
  fork(request: ForkRequest): Promise<ForkResult> {
    const { source, point, title = '' } = request;
    const same = JSON.stringify([sessionKey(source), point, title]);
    return this.#queues.run(same, this.#queueOf(source), () => this.#run(request));
  }

  /** Takes a fork back: deletes the child. Throws `busy` when messages were added to it since. */
  async undo(result: ForkResult): Promise<void> {
    const { session, messages } = result;
    const store = this.#storeOf(session);
    const { total } = await store.read(session.id, { last: 1 });
    if (total !== messages) {
      throw new SessionForksError(
        'busy',
        `“${result.title}” has been continued since. Delete it from the tree if you do not need it.`,
      );
    }
    await this.#discard(store, session);
    await this.#catalog.refresh(session.agent);
  }

  /** The title that a fork of this session would get. */
  proposeTitle(source: SessionInfo): string {
    const taken = this.#catalog
      .sessions()
      .filter((info) => info.ref.agent === source.ref.agent)
      .map((info) => info.title);
    return uniqueTitle(baseTitle(source), taken);
  }

  /** All branches of one file wait for one another: their forks may all name the file's session as their parent. */
  #queueOf(source: SessionRef): SessionKey {
    const lineage = this.#catalog.get(source)?.lineage;
    return sessionKey(lineage?.kind === 'rewound' ? lineage.parent : source);
  }

  async #run(request: ForkRequest): Promise<ForkResult> {
    const store = this.#storeOf(request.source);
    throwIfCancelled(request.signal);
    const wait = request.whenBusy === 'wait';
    const source = await readSource(store, request.source.id, wait, request.signal);
    if (sessionCapabilities(store.capabilities, source.info).forkAt === 'none') {
      throw new SessionForksError('not_supported', `“${source.info.title}” can only be read, not forked.`);
    }
    const resolved = await withDraft(this.#resolve(source, store, request), source, store);
    const title = sanitizeTitle(request.title ?? '') || this.proposeTitle(source.info);
    throwIfCancelled(request.signal);
    return this.#copy(store, source.info, resolved, title, request);
  }

  #storeOf(ref: SessionRef): SessionStore {
    const store = this.#catalog.store(ref.agent);
    if (!store) {
      throw new SessionForksError('no_such_session', `No agent “${ref.agent}” is known here.`);
    }
    return store;
  }

  #resolve(source: Transcript, store: SessionStore, request: ForkRequest): ResolvedPoint {
    const resolved = resolvePoint(source.messages, request.point, store.capabilities);
    if (source.info.live !== 'busy') {
      return resolved;
    }
    if (request.whenBusy === 'refuse') {
      throw new SessionForksError(
        'busy',
        `“${source.info.title}” is running. Fork it when its turn is over.`,
      );
    }
    const finished = lastFinishedTurn(source.messages);
    return resolved.cut.keep > finished.cut.keep ? finished : resolved;
  }

  async #copy(
    store: SessionStore,
    source: SessionInfo,
    resolved: ResolvedPoint,
    title: string,
    request: ForkRequest,
  ): Promise<ForkResult> {
    const expected = this.#catalog.expectFork(parentsOf(source));
    const began = Date.now();
    try {
      let way: ForkWay = store.capabilities.forkWay ?? 'copy';
      const tellWay = (taken: ForkWay): void => {
        way = taken;
      };
      const id = await underFreeId(() =>
        store.fork(source.ref.id, resolved.cut, title, request.signal, tellWay),
      );
      const child: SessionRef = { agent: source.ref.agent, id };
      // Before anything is hidden or taken back: neither may happen to the source.
      verifyNew(store, source, child);
      if (request.unseen) {
        this.#catalog.hide(title, child);
        await verifyUnseen(store, child, resolved.cut.keep);
        expected.settle();
        return resultOf(source, child, title, resolved);
      }
      await this.#verifyOrDiscard(store, source, child, resolved.cut.keep);
      const messages = resolved.cut.keep;
      const { origin, point } = request;
      const durationMs = Date.now() - began;
      expected.settle({ source: source.ref, child, title, messages, origin, point, way, durationMs });
      return resultOf(source, child, title, resolved);
    } catch (error) {
      expected.settle();
      throw asForkError(error);
    }
  }

  async #verifyOrDiscard(
    store: SessionStore,
    source: SessionInfo,
    child: SessionRef,
    keep: number,
  ): Promise<void> {
    try {
      await this.#catalog.refreshSession(child);
      await this.#catalog.recordLineage(child, {
        parent: source.ref,
        kind: 'fork',
        messages: keep,
        how: 'recorded',
      });
      verifyListed(this.#catalog.get(child), source, keep);
    } catch (error) {
      await this.#discard(store, child);
      await this.#catalog.refresh(child.agent);
      throw error;
    }
  }

  async #discard(store: SessionStore, child: SessionRef): Promise<void> {
    if (!store.remove) {
      throw new SessionForksError(
        'not_supported',
        `Sessions of ${store.agent.name} cannot be deleted from here.`,
      );
    }
    await store.remove(child.id);
  }
}

function resultOf(
  source: SessionInfo,
  child: SessionRef,
  title: string,
  resolved: ResolvedPoint,
): ForkResult {
  return {
    session: child,
    title,
    forkedFrom: { session: source.ref, title: source.title },
    messages: resolved.cut.keep,
    ...(resolved.draft && { draft: resolved.draft }),
    ...(resolved.leftOut && { leftOut: resolved.leftOut }),
    inherited,
    notInherited,
  };
}

async function underFreeId<Id>(copy: () => Promise<Id>): Promise<Id> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await copy();
    } catch (error) {
      const taken = error instanceof SessionForksError && error.code === 'collision';
      if (!taken || attempt === collisionRetries) {
        throw error;
      }
    }
  }
}
