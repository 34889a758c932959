import { SessionForksError } from '../../core/errors.ts';
import type { ForkCut } from '../../core/store.ts';
import { addBranch, type Branches } from './branches.ts';
import { type Chain, wayUp } from './chain.ts';
import type { Entry } from './entries.ts';
import { EntryMap, EntrySet } from './entryMap.ts';
import type { Branch, Group } from './groups.ts';

/** The chain records that a fork keeps. */
export interface Kept {
  readonly entries: EntrySet;
  /** Those whose parent is missing, with the record that stands in for it, where the child's order would name another. */
  readonly bridged: EntryMap<string>;
  /** The record that the fork ends on; none when it keeps nothing at all. */
  readonly leaf?: Entry;
  /** The last line of the source that it needs; 0 when it keeps nothing. */
  readonly lastLine: number;
  /** How the last prompt kept begins. */
  readonly lastPrompt: string;
}

/**
 * Finds the cut again in a fresh read, by the ids of the messages on both its sides, and gives everything before the
 * first record of the first message left out. Throws `nothing_to_fork` for a session without a message,
 * `fork_point_invalid` when a message is gone or not finished.
 */
export function keptBy(cut: ForkCut, branches: Branches, branch: Branch | undefined): Kept {
  if (!branch) {
    throw new SessionForksError('nothing_to_fork', 'This session has no message. Nothing was forked.');
  }
  if (cut.keep > 0 && !messageAt(branch, cut.keep, cut.last).finished) {
    throw new SessionForksError(
      'fork_point_invalid',
      `Message ${cut.keep} is not finished. Nothing was forked.`,
    );
  }
  if (cut.next !== undefined) {
    messageAt(branch, cut.keep + 1, cut.next);
  }
  return keptBefore(branches, branch, cut.keep);
}

function messageAt(branch: Branch, number: number, id: string | undefined): Group {
  const group = branch.groups[number - 1];
  if (!group || group.id !== id) {
    throw new SessionForksError(
      'fork_point_invalid',
      `Message ${number} is no longer in this session. Nothing was forked.`,
    );
  }
  return group;
}

function keptBefore(branches: Branches, branch: Branch, keep: number): Kept {
  const groups = branch.groups.slice(0, keep);
  const path = branch.path.slice(0, branch.groups[keep]?.start);
  const leaf = path.at(-1);
  const entries = new EntrySet();
  addBranch(entries, { path, groups });
  const { lastLine } = entries;
  const prompt = groups.findLast(({ kind }) => kind === 'prompt');
  entries.addAll(sideEntries(branches, entries, lastLine));
  return {
    entries,
    bridged: bridgedAmong(entries, branches.chain),
    ...(leaf && { leaf }),
    lastLine,
    lastPrompt: prompt?.entries[0]?.text ?? '',
  };
}

function bridgedAmong(entries: EntrySet, { byUuid, parents }: Chain): EntryMap<string> {
  const bridged = new EntryMap<string>();
  let previous: Entry | undefined;
  for (const entry of entries) {
    const parent = parents.get(entry);
    if (entry.parent && parent && parent !== previous && !byUuid.get(entry.parent)) {
      bridged.set(entry, parent.uuid);
    }
    previous = entry;
  }
  return bridged;
}

/** Records that hang on what is kept without a message of their own, such as progress of a tool. */
function sideEntries({ chain }: Branches, chained: EntrySet, lastLine: number): readonly Entry[] {
  return chain.entries.filter(
    (entry) => entry.line <= lastLine && entry.kind === 'other' && hangsOn(chained, entry, chain),
  );
}

function hangsOn(chained: EntrySet, entry: Entry, { parents }: Chain): boolean {
  for (const ancestor of wayUp(entry, parents)) {
    if (chained.has(ancestor) || ancestor.kind !== 'other') {
      return chained.has(ancestor);
    }
  }
  return false;
}
