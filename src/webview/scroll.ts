import { indexOf, itemAt, itemsIn, measure } from './drawnItems.ts';
import { hitRange } from './findMarks.ts';
import type { Page, Place, Target } from './page.ts';
import { heldOf } from './receive.ts';
import { covers, Heights, missing, type Stretch } from './virtual.ts';

/** Within so many px of the end the log follows what comes. */
const followPx = 40;
/** Other messages are drawn when fewer px than these are drawn above or below what is seen. */
const nearPx = 150;
/** So many px are drawn then. */
const aheadPx = 450;
/** A session of so many messages is drawn as a whole. */
const wholeCount = 30;
/** A drawing may show that rows are lower than guessed; so often it is mended at once. */
const mostPasses = 4;

/**
 * Draws the messages that are seen and a few around, with room for all others, and keeps the log where the person
 * reads: at the end while it grows, or at the same message.
 */
export class Scroll {
  readonly #page: Page;
  readonly #element: HTMLElement;
  readonly #heights = new Heights();
  #width = 0;
  /** Where the last drawing has scrolled to; undefined once the person has scrolled. */
  #restored: number | undefined;

  constructor(page: Page, element: HTMLElement) {
    this.#page = page;
    this.#element = element;
    element.addEventListener('scroll', () => this.#onScroll(), { passive: true });
    new ResizeObserver(() => this.#onResize()).observe(element);
  }

  /** Draws by `paint`, which draws the messages of `page.drawn`. */
  draw(paint: () => void): void {
    const element = this.#element;
    document.documentElement.style.setProperty(
      '--scrollbar',
      `${element.offsetWidth - element.clientWidth}px`,
    );
    this.#plan();
    for (let pass = 1; ; pass++) {
      this.#paint(paint);
      measure(this.#element, this.#heights, this.#page.count);
      this.#restore();
      if (pass === mostPasses || !this.#plan()) {
        break;
      }
    }
    this.#ask();
  }

  toEnd(): void {
    this.#page.place = 'end';
    this.#page.update();
  }

  // A focused message that leaves the document hands its focus to the log, which goes on from there.
  #paint(paint: () => void): void {
    const had = this.#log?.contains(document.activeElement);
    paint();
    if (had && !this.#log?.contains(document.activeElement)) {
      this.#log?.focus({ preventScroll: true });
    }
  }

  /** Chooses the messages to draw; true when they are others than before. */
  #plan(): boolean {
    const { count, drawn } = this.#page;
    const all = { from: 0, to: count };
    const top = this.#viewTop();
    const bottom = top + this.#element.clientHeight;
    const seen = count <= wholeCount ? all : this.#heights.between(top - nearPx, bottom + nearPx, count);
    const next = count <= wholeCount ? all : this.#heights.between(top - aheadPx, bottom + aheadPx, count);
    if (covers(all, drawn) && covers(drawn, seen)) {
      return false;
    }
    this.#page.drawn = next;
    return true;
  }

  /** Px from the first message's top to the top of what will be seen. */
  #viewTop(): number {
    const { place, target, count } = this.#page;
    const { clientHeight } = this.#element;
    if (target && this.#isHeld(target)) {
      return this.#heights.top(target.index) - clientHeight / 2;
    }
    return place === 'end'
      ? this.#heights.top(count) - clientHeight
      : this.#heights.top(place.index) - place.top;
  }

  #restore(): void {
    const { target, place } = this.#page;
    if (target && this.#showTarget(target)) {
      this.#page.target = undefined;
    } else if (place === 'end') {
      this.#element.scrollTop = this.#element.scrollHeight;
    } else {
      this.#keep(place);
    }
    this.#restored = this.#element.scrollTop;
  }

  #onScroll(): void {
    // Its own scrolling tells nothing new: while messages are on their way, the place would be guessed only.
    if (this.#restored !== undefined && Math.abs(this.#element.scrollTop - this.#restored) < 1) {
      return;
    }
    this.#restored = undefined;
    const place = this.#placeNow();
    const changed = (place === 'end') !== (this.#page.place === 'end');
    this.#page.place = place;
    this.#page.saveSoon();
    if (this.#plan() || changed) {
      this.#page.update();
    }
  }

  #onResize(): void {
    if (this.#width !== this.#element.clientWidth) {
      this.#width = this.#element.clientWidth;
      this.#heights.forget();
    }
    this.#page.update();
  }

  #placeNow(): Place {
    const { scrollHeight, scrollTop, clientHeight } = this.#element;
    if (scrollHeight - scrollTop - clientHeight <= followPx) {
      return 'end';
    }
    const view = this.#element.getBoundingClientRect();
    const seen = itemsIn(this.#element).find((item) => item.getBoundingClientRect().bottom > view.top);
    if (seen && seen.getBoundingClientRect().top < view.bottom) {
      const index = indexOf(seen);
      return { index, top: (itemAt(this.#element, index) ?? seen).getBoundingClientRect().top - view.top };
    }
    const index = this.#heights.at(scrollTop - this.#offset, this.#page.count);
    return { index, top: this.#offset + this.#heights.top(index) - scrollTop };
  }

  #keep({ index, top }: Exclude<Place, 'end'>): void {
    const element = this.#element;
    const row = itemAt(this.#element, index);
    const now = row
      ? row.getBoundingClientRect().top - element.getBoundingClientRect().top
      : this.#offset + this.#heights.top(index) - element.scrollTop;
    if (Math.abs(now - top) >= 1) {
      element.scrollTop += now - top;
    }
  }

  #showTarget(target: Target): boolean {
    const { index, focus, hit } = target;
    if (this.#showForkPoint(target)) {
      return true;
    }
    const row = this.#log?.querySelector<HTMLElement>(`article[data-index="${index}"]`);
    if (!row) {
      return false;
    }
    this.#page.focused = row.dataset.row;
    this.#page.focusedAt = index;
    this.#toMiddle((hit && hitRange(this.#page, row, hit)) ?? row);
    if (focus) {
      row.focus({ preventScroll: true });
    }
    this.#page.place = this.#placeNow();
    return true;
  }

  #showForkPoint({ index, top }: Target): boolean {
    const row = this.#log?.querySelector<HTMLElement>(`.divider[data-index="${index + 1}"]`);
    if (!row || top === undefined) {
      return false;
    }
    this.#page.focused = row.dataset.row;
    this.#page.focusedAt = index + 1;
    this.#element.scrollTop +=
      row.getBoundingClientRect().top - this.#element.getBoundingClientRect().top - top;
    row.focus({ preventScroll: true });
    this.#page.place = this.#placeNow();
    return true;
  }

  // Not by scrollIntoView: that moves VS Code's page around this one too.
  #toMiddle(what: HTMLElement | Range): void {
    const [view, box] = [this.#element.getBoundingClientRect(), what.getBoundingClientRect()];
    const above = Math.max(followPx, (view.height - box.height) / 2);
    this.#element.scrollTop += box.top - view.top - above;
  }

  #ask(): void {
    const { state, loading, drawn, target } = this.#page;
    if (!state || loading) {
      return;
    }
    const wanted = target && !this.#isHeld(target) ? { from: target.index, to: target.index + 1 } : drawn;
    const range = missing(wanted, heldOf(state), state.total);
    if (range) {
      this.#page.loading = true;
      this.#page.post({ type: 'load', ...range });
    }
  }

  #isHeld({ index }: Target): boolean {
    const held: Stretch = this.#page.held;
    return covers(held, { from: index, to: index + 1 });
  }

  /** Px from the top of what scrolls to the first message's top. */
  get #offset(): number {
    return this.#log?.offsetTop ?? 0;
  }

  get #log(): HTMLElement | null {
    return this.#element.querySelector<HTMLElement>('.log');
  }
}
