import type { Disposable } from './events.ts';
import type { SessionStore } from './store.ts';

/** Tells when something below a folder may have changed: the path of it, or none when that is not known. */
export interface FolderWatcher {
  watch(folder: string, changed: (path?: string) => void): Disposable;
}

/** Of the time, at most this share goes into listing again what changed: a file may grow many times a second. */
const shareOfTime = 1 / 10;
const longestWaitMs = 5_000;
/** So many changed files that looking at all costs no more. */
const many = 500;

/**
 * Calls `refresh` with what changed in a store's folders, some time after the first change: at least `quietMs`
 * milliseconds, more when refreshing takes long. Undefined means that anything may have changed.
 */
export function watchStore(
  watcher: FolderWatcher,
  store: SessionStore,
  quietMs: number,
  refresh: (changed: readonly string[] | undefined) => Promise<void>,
): Disposable {
  const gathering = new Gathering(quietMs, refresh);
  const watches = store
    .watchRoots()
    .map(({ path }) => watcher.watch(path, (changed) => gathering.add(changed)));
  return {
    dispose: () => {
      gathering.dispose();
      watches.forEach((watch) => void watch.dispose());
    },
  };
}

class Gathering {
  readonly #refresh: (changed: readonly string[] | undefined) => Promise<void>;
  readonly #quietMs: number;
  #paths: Set<string> | undefined = new Set();
  #timer: NodeJS.Timeout | undefined;
  #waitMs: number;

  constructor(quietMs: number, refresh: (changed: readonly string[] | undefined) => Promise<void>) {
    this.#refresh = refresh;
    this.#quietMs = quietMs;
    this.#waitMs = quietMs;
  }

  add(path: string | undefined): void {
    this.#paths = path === undefined || (this.#paths?.size ?? 0) >= many ? undefined : this.#paths?.add(path);
    this.#timer ??= setTimeout(() => void this.#run(), this.#waitMs);
  }

  dispose(): void {
    clearTimeout(this.#timer);
  }

  async #run(): Promise<void> {
    const paths = this.#paths;
    this.#timer = undefined;
    this.#paths = new Set();
    const began = performance.now();
    await this.#refresh(paths && [...paths]);
    const took = performance.now() - began;
    this.#waitMs = Math.min(longestWaitMs, Math.max(this.#quietMs, took / shareOfTime));
  }
}
