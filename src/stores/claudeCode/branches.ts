import { MadeOf } from '../common/keptScans.ts';
import { activeLeaf, type Chain, linkEntries, wayUp } from './chain.ts';
import type { Entry } from './entries.ts';
import { EntrySet } from './entryMap.ts';
import { type Branch, branchTo, type Joins, joinsOf } from './groups.ts';
import type { Scan } from './scan.ts';

/** A transcript as ways through it: the active one, and those that a rewind left behind, latest first. */
export interface Branches {
  readonly chain: Chain;
  readonly joins: Joins;
  readonly active?: Branch;
  readonly rewound: readonly Branch[];
}

/** All branches that hold messages of their own. Of a scan that is kept they are found once. */
export const branchesOf = (scan: Scan): Branches => found.get(scan, 'branches', () => findBranches(scan));

const found = new MadeOf<Scan, Branches>();

function findBranches(scan: Scan): Branches {
  const chain = linkEntries(scan.entries);
  const joins = joinsOf(scan.entries);
  const leaf = activeLeaf(chain, scan.facts.pin);
  if (!leaf) {
    return { chain, joins, rewound: [] };
  }
  const active = branchTo(chain, joins, leaf);
  const others = chain.tips.filter((tip) => tip !== leaf);
  const covered = new EntrySet();
  if (others.length > 0) {
    addBranch(covered, active);
  }
  const rewound: Branch[] = [];
  for (const tip of others) {
    if (hasOwnMessage(tip, chain, covered)) {
      const branch = branchTo(chain, joins, tip);
      rewound.push(branch);
      addBranch(covered, branch);
    }
  }
  return { chain, joins, active, rewound };
}

/** Adds everything on a branch: its path, and what its messages hold beside it. */
export function addBranch(entries: EntrySet, { path, groups }: Pick<Branch, 'path' | 'groups'>): void {
  entries.addAll(path);
  for (const group of groups) {
    entries.addAll(group.entries);
    entries.addAll(group.results);
  }
}

/** Dead ends without a prompt or reply of their own (attachments, progress, parallel results, thinking alone) are no branches. */
function hasOwnMessage(tip: Entry, chain: Chain, covered: EntrySet): boolean {
  for (const entry of wayUp(tip, chain.parents)) {
    if (covered.has(entry)) {
      return false;
    }
    if (entry.kind === 'prompt' || entry.hasText || entry.calls.length > 0) {
      return true;
    }
  }
  return false;
}

/** How many messages two branches of one file begin with alike. */
export function sharedMessages(a: Branch, b: Branch): number {
  const differing = a.groups.findIndex((group, index) => group.id !== b.groups[index]?.id);
  return differing === -1 ? a.groups.length : differing;
}
