import type { Entry } from './entries.ts';
import type { Pin } from './scan.ts';

/** The records of one file linked by parent. Every lookup is by the record itself: uuids repeat only across files. */
export interface Chain {
  readonly byUuid: ReadonlyMap<string, Entry>;
  readonly parents: ReadonlyMap<Entry, Entry>;
  /** Records without a child, by the place in the file of the last message on their way, latest first. */
  readonly tips: readonly Entry[];
}

/** Links entries (in file order) as Claude Code 2.1.329 does when it resumes. */
export function linkEntries(entries: readonly Entry[]): Chain {
  const byUuid = new Map(entries.map((entry) => [entry.uuid, entry]));
  const parents = new Map<Entry, Entry>();
  entries.forEach((entry, index) => {
    const parent = parentOf(entry, entries[index - 1], byUuid);
    if (parent && parent !== entry) {
      parents.set(entry, parent);
    }
  });
  const withChild = new Set(parents.values());
  const tips = entries.filter((entry) => !withChild.has(entry));
  return { byUuid, parents, tips: latestFirst(tips, parents) };
}

/** A missing parent is bridged by the record before; a compaction goes on from what it kept, else from what it ended. */
function parentOf(
  entry: Entry,
  previous: Entry | undefined,
  byUuid: ReadonlyMap<string, Entry>,
): Entry | undefined {
  if (entry.parent) {
    return byUuid.get(entry.parent) ?? previous;
  }
  const { preserved = [], before } = entry.compaction ?? {};
  const candidates = [preserved.at(-1), before].map((uuid) => (uuid ? byUuid.get(uuid) : undefined));
  // Copies of compacted sessions put the kept records behind the boundary: going back to them would be a circle.
  return candidates.find((candidate) => candidate && candidate.line < entry.line);
}

function latestFirst(tips: readonly Entry[], parents: ReadonlyMap<Entry, Entry>): readonly Entry[] {
  const place = new Map(tips.map((tip) => [tip, lastMessageLine(tip, parents)]));
  return tips.toSorted((a, b) => (place.get(b) ?? 0) - (place.get(a) ?? 0) || b.line - a.line);
}

function lastMessageLine(tip: Entry, parents: ReadonlyMap<Entry, Entry>): number {
  for (const entry of wayUp(tip, parents)) {
    if (entry.kind === 'prompt' || entry.kind === 'reply' || entry.kind === 'results') {
      return entry.line;
    }
  }
  return 0;
}

/** A record and its ancestors, nearest first. A circle ends where it would begin again. */
export function* wayUp(leaf: Entry, parents: ReadonlyMap<Entry, Entry>): Generator<Entry> {
  const seen = new Set<Entry>();
  for (let at: Entry | undefined = leaf; at && !seen.has(at); at = parents.get(at)) {
    seen.add(at);
    yield at;
  }
}

/** From the first record to `leaf`. */
export const pathTo = (chain: Chain, leaf: Entry): readonly Entry[] =>
  [...wayUp(leaf, chain.parents)].toReversed();

/**
 * The end of the active chain, as Claude Code 2.1.329 finds it: the last tip in the file, times aside; but where the
 * last `last-prompt` record points when that is not on the way to this tip, or when a person went back there and
 * nothing was written since. A pin on a record that is not there says nothing.
 */
export function activeLeaf(chain: Chain, pin: Pin | undefined): Entry | undefined {
  const last = lastTip(chain) ?? [...chain.byUuid.values()].at(-1);
  const pinned = chain.byUuid.get(pin?.leaf ?? '');
  if (!pin || !pinned || !last) {
    return last;
  }
  const isOnTheWay = [...wayUp(last, chain.parents)].includes(pinned);
  const wentBack = pin.explicit && ![...chain.byUuid.values()].some(({ line }) => line > pin.line);
  return isOnTheWay && !wentBack ? last : pinned;
}

function lastTip({ byUuid, parents }: Chain): Entry | undefined {
  const live = [...byUuid.values()].filter(({ inert }) => !inert);
  const withChild = new Set(live.map((entry) => liveAncestor(entry, parents)));
  const tips = live.filter((entry) => !withChild.has(entry));
  return tips.toSorted((a, b) => b.line - a.line)[0];
}

function liveAncestor(entry: Entry, parents: ReadonlyMap<Entry, Entry>): Entry | undefined {
  const parent = parents.get(entry);
  if (!parent?.inert) {
    return parent;
  }
  for (const ancestor of wayUp(entry, parents)) {
    if (ancestor !== entry && !ancestor.inert) {
      return ancestor;
    }
  }
  return undefined;
}
