import type { Hit } from '../protocol.ts';
import type { Stretch } from './virtual.ts';

/** What is looked for in the session, and where it has been found. */
export interface Find {
  readonly text: string;
  readonly matchCase: boolean;
  /** Undefined until the host has answered. */
  readonly hits?: readonly Hit[];
  readonly more: boolean;
  /** Index (from 0) in `hits` of the one that is shown. */
  readonly at: number;
  /** Something else is looked for than what `hits` are of. */
  readonly changed: boolean;
  /** Had the focus before. */
  readonly opener: Element | null;
}

/** The search with the host's answer; shown is the hit that was shown, else the first from what is drawn on. */
export function withHits(find: Find, hits: readonly Hit[], more: boolean, drawn: Stretch): Find {
  const shown = find.hits?.[find.at];
  const same = shown ? hits.findIndex((hit) => isSame(hit, shown)) : -1;
  const next = hits.findIndex(({ message }) => message >= (shown?.message ?? drawn.from));
  const at = [same, next, hits.length - 1].find((index) => index >= 0) ?? 0;
  return { ...find, hits, more, at, changed: false };
}

/** The search at the next hit, or the one before; it goes round at the ends. */
export function stepped(find: Find, by: 1 | -1): Find {
  const count = find.hits?.length ?? 0;
  return count === 0 ? find : { ...find, at: (find.at + by + count) % count };
}

const isSame = (a: Hit, b: Hit): boolean => a.message === b.message && a.part === b.part && a.nth === b.nth;
