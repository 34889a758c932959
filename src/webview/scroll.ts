import type { Page, Place } from './page.ts';

/** Within so many px of the end the log follows what comes. */
const followPx = 40;
/** Earlier messages are asked for when so many px are left above. */
const loadPx = 600;
const loadCount = 50;

/** Keeps the log where the person reads: at the end while it grows, or at the same message. */
export class Scroll {
  readonly #page: Page;
  readonly #element: HTMLElement;

  constructor(page: Page, element: HTMLElement) {
    this.#page = page;
    this.#element = element;
    element.addEventListener('scroll', () => this.#onScroll(), { passive: true });
    new ResizeObserver(() => this.restore()).observe(element);
  }

  /** To call after each draw. */
  restore(): void {
    const width = this.#element.offsetWidth - this.#element.clientWidth;
    document.documentElement.style.setProperty('--scrollbar', `${width}px`);
    const { target, place } = this.#page;
    if (target && this.#showTarget(target)) {
      this.#page.target = undefined;
    } else if (place === 'end') {
      this.#element.scrollTop = this.#element.scrollHeight;
    } else {
      this.#keep(place);
    }
    this.#loadEarlier();
  }

  toEnd(): void {
    this.#page.place = 'end';
    this.restore();
    this.#page.update();
  }

  #onScroll(): void {
    const place = this.#placeNow();
    const changed = (place === 'end') !== (this.#page.place === 'end');
    this.#page.place = place;
    this.#page.save();
    this.#loadEarlier();
    if (changed) {
      this.#page.update();
    }
  }

  #placeNow(): Place {
    const { scrollHeight, scrollTop, clientHeight } = this.#element;
    if (scrollHeight - scrollTop - clientHeight <= followPx) {
      return 'end';
    }
    const top = this.#element.getBoundingClientRect().top;
    const first = this.#rows().find((row) => row.getBoundingClientRect().bottom > top);
    const message = this.#page.messages().find(({ id }) => id === first?.dataset.row);
    return first && message
      ? { message: message.id, top: first.getBoundingClientRect().top - top }
      : this.#page.place;
  }

  #keep({ message, top }: Exclude<Place, 'end'>): void {
    const row = this.#row(message);
    if (row) {
      const now = row.getBoundingClientRect().top - this.#element.getBoundingClientRect().top;
      this.#element.scrollTop += now - top;
    }
  }

  #showTarget(target: string): boolean {
    const row = this.#row(target);
    if (row) {
      this.#page.focused = target;
      this.#toMiddle(row);
      row.focus({ preventScroll: true });
      this.#page.place = this.#placeNow();
    }
    return row !== undefined;
  }

  // Not by scrollIntoView: that moves VS Code's page around this one too.
  #toMiddle(row: HTMLElement): void {
    const [view, box] = [this.#element.getBoundingClientRect(), row.getBoundingClientRect()];
    this.#element.scrollTop += box.top + box.height / 2 - view.top - view.height / 2;
  }

  #loadEarlier(): void {
    const { state, loading } = this.#page;
    if (state && state.first > 0 && !loading && this.#element.scrollTop < loadPx) {
      this.#page.loading = true;
      this.#page.place = this.#placeNow();
      this.#page.post({ type: 'load', from: Math.max(0, state.first - loadCount), to: state.first });
    }
  }

  #rows(): readonly HTMLElement[] {
    return [...this.#element.querySelectorAll<HTMLElement>('article[data-row]')];
  }

  #row(id: string): HTMLElement | undefined {
    return this.#rows().find((row) => row.dataset.row === id);
  }
}
