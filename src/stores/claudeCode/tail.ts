import { parseRecord, readLineBatches } from '../common/jsonl.ts';
import { linkEntries } from './chain.ts';
import { type Entry, entryOf } from './entries.ts';
import { type Branch, branchTo, type Group, joinsOf } from './groups.ts';
import type { Scan } from './scan.ts';

/** Shorter files are read whole in no time. */
const leastBytes = 1 << 20;
/** As many of the last messages can be read by a tail. */
const tailMessages = 120;
/** How many messages further up a tail may begin: one at least, for what a tail's first one is cannot be told without the rest. */
const slack = 16;

/** Where the last messages of an active chain stand: the line that the first of them begins with, and the chain's end. */
interface Tail {
  readonly line: number;
  readonly start: number;
  readonly leaf: string;
}

/**
 * Where the last messages of a transcript stand, as a text for `readTail`. Undefined for a short file, and for one in
 * which they cannot be told from these lines alone: something of them stands further up, as after some rewinds.
 */
export function tailOf({ stats }: Scan, branch: Branch): string | undefined {
  const { leaf, path, groups } = branch;
  for (let count = tailMessages + 1; stats.size >= leastBytes && count <= tailMessages + slack; count++) {
    const first = groups.at(-count);
    const begin = first && path[first.start];
    if (begin && standsApart(branch, groups.slice(-count), begin)) {
      return `${begin.line} ${begin.start} ${leaf.uuid}`;
    }
  }
  return undefined;
}

/** Whether all that the messages of `last` are told from stands from the line of `begin` on, and nothing above it. */
function standsApart({ path }: Branch, last: readonly Group[], begin: Entry): boolean {
  const start = last[0]?.start ?? 0;
  const isBehind = (entry: Entry): boolean => entry.line >= begin.line;
  const replies = new Set(last.map(({ entries }) => entries[0]?.reply));
  return (
    last.every(({ entries, results }) => entries.every(isBehind) && results.every(isBehind)) &&
    path.slice(start).every(({ reply }) => !reply || replies.has(reply)) &&
    path.slice(start).every(({ compaction }) => !compaction?.preserved.length) &&
    path.every((entry, index) => isBehind(entry) === index >= start)
  );
}

/**
 * The groups of the last messages, with their records, by a read of the file from where `tail` says; at most so many as
 * a tail holds. Undefined when `tail` is not of this file. Throws what reading throws.
 */
export async function readTail(path: string, tail: string): Promise<readonly Group[] | undefined> {
  const { line, start, leaf } = parsed(tail);
  const entries = new Map<string, Entry>();
  let previous: Entry | undefined;
  for await (const batch of readLineBatches(path, undefined, { number: line, start })) {
    for (const textLine of batch) {
      const record = parseRecord(textLine.text);
      const entry = record && entryOf(textLine, record, true, previous);
      if (entry) {
        entries.set(entry.uuid, entry);
        previous = entry;
      }
    }
  }
  const chain = linkEntries([...entries.values()]);
  const end = chain.byUuid.get(leaf);
  const groups = end ? branchTo(chain, joinsOf([...entries.values()]), end).groups : [];
  return groups.length > tailMessages ? groups.slice(-tailMessages) : undefined;
}

function parsed(tail: string): Tail {
  const [line, start, leaf = ''] = tail.split(' ');
  return { line: Number(line), start: Number(start), leaf };
}
