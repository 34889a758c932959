/** How long changes are gathered before the page is told, in ms: two frames. */
const gatherMs = 32;

/** Gathers what changed and tells it at once. Nothing is told before `open`, after `close`, or while it is paused. */
export class Gather<What extends string> {
  readonly #tell: (changed: ReadonlySet<What>) => void;
  readonly #changed = new Set<What>();
  #state: 'paused' | 'open' | 'closed' = 'paused';
  #timer: NodeJS.Timeout | undefined;

  constructor(tell: (changed: ReadonlySet<What>) => void) {
    this.#tell = tell;
  }

  mark(what: What): void {
    this.#changed.add(what);
    if (this.#state === 'open') {
      this.#timer ??= setTimeout(() => this.#flush(), gatherMs);
    }
  }

  open(): void {
    this.#state = this.#state === 'closed' ? 'closed' : 'open';
  }

  /** What changes from now on is told after the next `open`. */
  pause(): void {
    this.#state = this.#state === 'closed' ? 'closed' : 'paused';
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  close(): void {
    this.#state = 'closed';
    clearTimeout(this.#timer);
  }

  #flush(): void {
    this.#timer = undefined;
    const changed = new Set(this.#changed);
    this.#changed.clear();
    this.#tell(changed);
  }
}
