import type { Entry } from './entries.ts';
import { EntryMap, EntrySet } from './entryMap.ts';
import type { Pin } from './scan.ts';

export type Parents = Pick<EntryMap<Entry>, 'get'>;

/** Finds entries by their ids. Mostly none is asked for, and the index would take as much time and memory as the links. */
export class EntriesById {
  readonly #entries: readonly Entry[];
  #found: ReadonlyMap<string, Entry> | undefined;

  constructor(entries: readonly Entry[]) {
    this.#entries = entries;
  }

  get(uuid: string): Entry | undefined {
    this.#found ??= new Map(this.#entries.map((entry) => [entry.uuid, entry]));
    return this.#found.get(uuid);
  }
}

/** The records of one file linked by parent. Every lookup is by the record itself: uuids repeat only across files. */
export interface Chain {
  /** In the order of the file. */
  readonly entries: readonly Entry[];
  readonly byUuid: EntriesById;
  readonly parents: Parents;
  /** Records without a child, by the place in the file of the last message on their way, latest first. */
  readonly tips: readonly Entry[];
}

/** Links entries (in file order, each id once) as Claude Code 2.1.329 does when it resumes. */
export function linkEntries(entries: readonly Entry[]): Chain {
  const byUuid = new EntriesById(entries);
  const parents = new EntryMap<Entry>();
  const withChild = new EntrySet();
  let previous: Entry | undefined;
  for (const entry of entries) {
    const parent = parentOf(entry, previous, byUuid);
    if (parent && parent !== entry) {
      parents.set(entry, parent);
      withChild.add(parent);
    }
    previous = entry;
  }
  const tips = entries.filter((entry) => !withChild.has(entry));
  return { entries, byUuid, parents, tips: latestFirst(tips, parents) };
}

/** A missing parent is bridged by the record before; a compaction goes on from what it kept, else from what it ended. */
function parentOf(entry: Entry, previous: Entry | undefined, byUuid: EntriesById): Entry | undefined {
  if (entry.parent) {
    return entry.parent === previous?.uuid ? previous : (byUuid.get(entry.parent) ?? previous);
  }
  if (!entry.compaction) {
    return undefined;
  }
  const { preserved, before } = entry.compaction;
  const candidates = [preserved.at(-1), before].map((uuid) => (uuid ? byUuid.get(uuid) : undefined));
  // Copies of compacted sessions put the kept records behind the boundary: going back to them would be a circle.
  return candidates.find((candidate) => candidate && candidate.line < entry.line);
}

function latestFirst(tips: readonly Entry[], parents: Parents): readonly Entry[] {
  const place = new Map(tips.map((tip) => [tip, lastMessageLine(tip, parents)]));
  return tips.toSorted((a, b) => (place.get(b) ?? 0) - (place.get(a) ?? 0) || b.line - a.line);
}

function lastMessageLine(tip: Entry, parents: Parents): number {
  for (const entry of wayUp(tip, parents)) {
    if (entry.kind === 'prompt' || entry.kind === 'reply' || entry.kind === 'results') {
      return entry.line;
    }
  }
  return 0;
}

/** A record and its ancestors, nearest first. A circle ends where it would begin again. */
export function* wayUp(leaf: Entry, parents: Parents): Generator<Entry> {
  let seen: EntrySet | undefined;
  for (let at: Entry | undefined = leaf; at && !seen?.has(at); ) {
    seen?.add(at);
    yield at;
    const parent = parents.get(at);
    // Only where a parent stands behind its child in the file can the way lead in a circle.
    if (!seen && parent && parent.line > at.line) {
      seen = between(leaf, at, parents);
    }
    at = parent;
  }
}

/** From `leaf` up to its ancestor `last`. */
function between(leaf: Entry, last: Entry, parents: Parents): EntrySet {
  const found = new EntrySet([last]);
  for (let at: Entry | undefined = leaf; at && at !== last; at = parents.get(at)) {
    found.add(at);
  }
  return found;
}

/** From the first record to `leaf`. */
export const pathTo = (chain: Chain, leaf: Entry): readonly Entry[] =>
  Array.from(wayUp(leaf, chain.parents)).reverse();

/**
 * The end of the active chain, as Claude Code 2.1.329 finds it: the last tip in the file, times aside; but where the
 * last `last-prompt` record points when that is not on the way to this tip, or when a person went back there and
 * nothing was written since. A pin on a record that is not there says nothing.
 */
export function activeLeaf(chain: Chain, pin: Pin | undefined): Entry | undefined {
  const last = lastTip(chain) ?? chain.entries.at(-1);
  const pinned = pin && (pin.leaf === last?.uuid ? last : chain.byUuid.get(pin.leaf));
  if (!pin || !pinned || !last) {
    return last;
  }
  const wentBack = pin.explicit && !chain.entries.some(({ line }) => line > pin.line);
  return isOnTheWay(pinned, last, chain.parents) && !wentBack ? last : pinned;
}

function isOnTheWay(wanted: Entry, leaf: Entry, parents: Parents): boolean {
  for (const entry of wayUp(leaf, parents)) {
    if (entry === wanted) {
      return true;
    }
  }
  return false;
}

/** The last record in the file that goes on nowhere, those aside which the program passes over. */
function lastTip({ entries, parents }: Chain): Entry | undefined {
  const live = entries.filter(({ inert }) => !inert);
  const last = latest(live);
  // Nearly always the one: finding all that have children would take as long as all the rest.
  if (!last || !live.some((entry) => liveAncestor(entry, parents) === last)) {
    return last;
  }
  const withChild = new Set(live.map((entry) => liveAncestor(entry, parents)));
  return latest(live.filter((entry) => !withChild.has(entry)));
}

function latest(entries: readonly Entry[]): Entry | undefined {
  let found = entries[0];
  for (const entry of entries) {
    found = found && found.line > entry.line ? found : entry;
  }
  return found;
}

function liveAncestor(entry: Entry, parents: Parents): Entry | undefined {
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
