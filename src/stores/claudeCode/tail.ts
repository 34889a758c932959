import { parseRecord, readLineBatches } from '../common/jsonl.ts';
import { linkEntries } from './chain.ts';
import { type Entry, entryOf } from './entries.ts';
import { type Branch, branchTo, type Group, joinsOf } from './groups.ts';
import type { Scan } from './scan.ts';

/** Shorter files are read whole in no time. */
const leastBytes = 1 << 20;
/** As many of the last messages as a tail holds. One more goes before them, whose begin it cannot tell. */
const tailMessages = 120;

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
export function tailOf({ stats }: Scan, { leaf, path, groups }: Branch): string | undefined {
  const first = groups.at(-tailMessages - 1);
  const begin = first && path[first.start];
  if (stats.size < leastBytes || !begin) {
    return undefined;
  }
  const isBehind = (entry: Entry): boolean => entry.line >= begin.line;
  const last = groups.slice(-tailMessages - 1);
  const replies = new Set(last.map(({ entries }) => entries[0]?.reply));
  const isApart =
    path.every((entry, index) => isBehind(entry) === index >= first.start) &&
    path.slice(first.start).every(({ reply }) => !reply || replies.has(reply)) &&
    path.slice(first.start).every(({ compaction }) => !compaction?.preserved.length) &&
    last.every(({ entries, results }) => entries.every(isBehind) && results.every(isBehind));
  return isApart ? `${begin.line} ${begin.start} ${leaf.uuid}` : undefined;
}

/**
 * The groups of the last messages, with their records, by a read of the file from where `tail` says; at most so many as
 * a tail holds. Undefined when `tail` is not of this file. Throws what reading throws.
 */
export async function readTail(path: string, tail: string): Promise<readonly Group[] | undefined> {
  const { line, start, leaf } = parsed(tail);
  const entries = new Map<string, Entry>();
  for await (const batch of readLineBatches(path, undefined, { number: line, start })) {
    for (const textLine of batch) {
      const record = parseRecord(textLine.text);
      const entry = record && entryOf(textLine, record, true);
      if (entry) {
        entries.set(entry.uuid, entry);
      }
    }
  }
  const chain = linkEntries([...entries.values()]);
  const end = chain.byUuid.get(leaf);
  const groups = end ? branchTo(chain, joinsOf([...entries.values()]), end).groups : [];
  return groups.length === tailMessages + 1 ? groups.slice(1) : undefined;
}

function parsed(tail: string): Tail {
  const [line, start, leaf = ''] = tail.split(' ');
  return { line: Number(line), start: Number(start), leaf };
}
