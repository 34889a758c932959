/** A stretch of messages by their index in the session: `from` is in it, `to` is not. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** So many messages are asked for at a time. */
const loadCount = 100;
/** Messages are asked for when fewer than these are left before or after those that are drawn. */
const loadMargin = 20;
/** After so many heights the guess for all others stands: the scrollbar must not swim. */
const settled = 40;
const firstGuess = 80;

/** How high each message is, in px: as measured where it has been drawn, else as high as the first ones were. */
export class Heights {
  #known = new Float32Array(256);
  #guess = firstGuess;
  #count = 0;
  #sum = 0;

  set(index: number, px: number): void {
    this.#grow(index);
    if (this.#known[index] === 0 && px > 0 && this.#count < settled) {
      this.#count++;
      this.#sum += px;
      this.#guess = this.#sum / this.#count;
    }
    this.#known[index] = px;
  }

  /** Px from the first message's top to this one's. */
  top(index: number): number {
    let px = 0;
    for (let at = 0; at < index; at++) {
      px += this.#known[at] || this.#guess;
    }
    return px;
  }

  /** The message so many px below the first one's top; at most `count - 1`. */
  at(px: number, count: number): number {
    let index = 0;
    for (let rest = px - this.#height(0); rest >= 0 && index < count - 1; rest -= this.#height(index)) {
      index++;
    }
    return index;
  }

  /** The messages between two px below the first one's top. */
  between(top: number, bottom: number, count: number): Stretch {
    return count === 0 ? { from: 0, to: 0 } : { from: this.at(top, count), to: this.at(bottom, count) + 1 };
  }

  /** To call when the width has changed. */
  forget(): void {
    this.#known.fill(0);
    this.#count = 0;
    this.#sum = 0;
  }

  #height(index: number): number {
    return this.#known[index] || this.#guess;
  }

  #grow(index: number): void {
    if (index >= this.#known.length) {
      const known = new Float32Array(2 * (index + 1));
      known.set(this.#known);
      this.#known = known;
    }
  }
}

export const covers = (whole: Stretch, part: Stretch): boolean =>
  whole.from <= part.from && part.to <= whole.to;

/** What is in both; empty when nothing is. */
export function common(a: Stretch, b: Stretch): Stretch {
  const from = Math.max(a.from, b.from);
  return { from, to: Math.max(from, Math.min(a.to, b.to)) };
}

/** What to ask the host for, so that what is drawn and some messages around it are held; undefined: all is there. */
export function missing(drawn: Stretch, held: Stretch, total: number): Stretch | undefined {
  const stored = { from: Math.min(drawn.from, total - 1), to: Math.min(drawn.to, total) };
  const near = common({ from: stored.from - 1, to: stored.to + 1 }, held);
  if (total <= 0) {
    return undefined;
  }
  if (near.from === near.to) {
    const middle = Math.floor((stored.from + stored.to) / 2);
    return common({ from: middle - loadCount / 2, to: middle + loadCount / 2 }, { from: 0, to: total });
  }
  if (held.from > Math.max(0, stored.from - loadMargin)) {
    return { from: Math.max(0, held.from - loadCount), to: held.from };
  }
  return held.to < Math.min(total, stored.to + loadMargin)
    ? { from: held.to, to: Math.min(total, held.to + loadCount) }
    : undefined;
}
