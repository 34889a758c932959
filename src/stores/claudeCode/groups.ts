import { type Chain, pathTo } from './chain.ts';
import type { Entry, EntryKind } from './entries.ts';
import { EntrySet } from './entryMap.ts';

/** The records that make up one message that people read. */
export interface Group {
  readonly kind: 'prompt' | 'reply';
  /** The first record's own id: the message's id. */
  readonly id: string;
  /** Where on the path its first record stands. */
  readonly start: number;
  /** A prompt's record, or all records of one response of the model. */
  readonly entries: readonly Entry[];
  /** The records that hold the results of its tool calls. */
  readonly results: readonly Entry[];
  readonly finished: boolean;
  readonly endsTurn: boolean;
  readonly afterCompaction: boolean;
}

/** One way through a file, from its first record to `leaf`, and the messages on it. */
export interface Branch {
  readonly leaf: Entry;
  readonly path: readonly Entry[];
  readonly groups: readonly Group[];
}

/** Replies and results by what joins them: parallel tool calls are no chain, so the path alone misses some. */
export interface Joins {
  readonly replies: ReadonlyMap<string, readonly Entry[]>;
  readonly results: ReadonlyMap<string, readonly Entry[]>;
}

export function joinsOf(entries: readonly Entry[]): Joins {
  const replies = new Map<string, Entry[]>();
  const results = new Map<string, Entry[]>();
  for (const entry of entries) {
    if (entry.reply) {
      add(replies, entry.reply, entry);
    }
    for (const call of entry.results) {
      add(results, call, entry);
    }
  }
  return { replies, results };
}

function add(map: Map<string, Entry[]>, key: string, entry: Entry): void {
  const known = map.get(key);
  if (known) {
    known.push(entry);
  } else {
    map.set(key, [entry]);
  }
}

/** The messages on the way to `leaf`. */
export function branchTo(chain: Chain, joins: Joins, leaf: Entry): Branch {
  const path = pathTo(chain, leaf);
  const onPath = new EntrySet(path);
  const borders = compactionBorders(path);
  const starts = messageStarts(path);
  const groups = starts.map(({ entry, start }, index): Group => {
    const border = borders.some((at) => at <= start && at > (starts[index - 1]?.start ?? -1));
    if (entry.kind !== 'reply') {
      return promptGroup(entry, start, border);
    }
    const next = starts[index + 1];
    const stopped = path.slice(start, next?.start).some(({ kind }) => kind === 'interruption');
    const follows = stopped || (next && next.entry.kind !== 'reply') ? 'end' : next ? 'reply' : 'nothing';
    return replyGroup(entry, start, border, joins, onPath, follows);
  });
  return { leaf, path, groups };
}

interface Start {
  readonly entry: Entry;
  readonly start: number;
}

function messageStarts(path: readonly Entry[]): readonly Start[] {
  const seen = new Set<string>();
  const starts: Start[] = [];
  for (const [start, entry] of path.entries()) {
    if (beginsMessage(entry, start, path, seen)) {
      starts.push({ entry, start });
    }
  }
  return starts;
}

function beginsMessage(
  { kind, reply }: Entry,
  start: number,
  path: readonly Entry[],
  seen: Set<string>,
): boolean {
  if (!reply) {
    return kind === 'prompt' || (kind === 'command' && asksModel(path, start));
  }
  const isFirst = !seen.has(reply);
  seen.add(reply);
  return isFirst;
}

/**
 * A slash command is a prompt once the model answers it; the program itself runs the others. One that nothing
 * follows is not shown yet: a fork must count its messages as its source does, whatever it leaves out behind them.
 */
function asksModel(path: readonly Entry[], start: number): boolean {
  for (let at = start + 1; at < path.length; at++) {
    const kind = path[at]?.kind;
    if (kind && decisive.has(kind)) {
      return kind === 'reply';
    }
  }
  return false;
}

const decisive: ReadonlySet<EntryKind> = new Set(['prompt', 'command', 'reply', 'output']);

/** Places on the path from which on the model sees messages word for word again. */
function compactionBorders(path: readonly Entry[]): readonly number[] {
  const borders: number[] = [];
  for (const [index, { compaction }] of path.entries()) {
    if (compaction) {
      const preserved = new Set(compaction.preserved);
      const first = path.findIndex(({ uuid }) => preserved.has(uuid));
      borders.push(first !== -1 && first < index ? first : index);
    }
  }
  return borders;
}

const promptGroup = (entry: Entry, start: number, afterCompaction: boolean): Group => ({
  kind: 'prompt',
  id: entry.uuid,
  start,
  entries: [entry],
  results: [],
  finished: false,
  endsTurn: false,
  afterCompaction,
});

function replyGroup(
  first: Entry,
  start: number,
  afterCompaction: boolean,
  joins: Joins,
  onPath: EntrySet,
  follows: 'reply' | 'end' | 'nothing',
): Group {
  const entries = joins.replies.get(first.reply ?? '') ?? [first];
  const calls = entries.flatMap((entry) => entry.calls);
  const results = resultsOf(calls, joins, onPath);
  const stop = entries.findLast((entry) => entry.stop)?.stop;
  const answered = new Set(results.flatMap((entry) => entry.results));
  const finished = calls.every((call) => answered.has(call)) && (calls.length > 0 || isWhole(entries, stop));
  const isOver = calls.length > 0 ? follows === 'end' : stop !== undefined || follows !== 'reply';
  return {
    kind: 'reply',
    id: first.uuid,
    start,
    entries,
    results,
    finished,
    endsTurn: finished && isOver,
    afterCompaction,
  };
}

/** A reply without calls is whole once it has text, or a reason why the model stopped other than a call. */
const isWhole = (entries: readonly Entry[], stop: string | undefined): boolean =>
  stop === undefined ? entries.some((entry) => entry.hasText) : stop !== 'tool_use';

function resultsOf(calls: readonly string[], joins: Joins, onPath: EntrySet): readonly Entry[] {
  const found = calls.flatMap((call) => {
    const candidates = joins.results.get(call) ?? [];
    return candidates.find((entry) => onPath.has(entry)) ?? candidates.at(-1) ?? [];
  });
  return [...new Set(found)];
}
