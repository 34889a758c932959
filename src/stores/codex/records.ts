import { open, readFile } from 'node:fs/promises';
import { numberOf, recordOf, textOf, timeOf } from '../common/fields.ts';
import { type BadLine, type JsonRecord, parseJsonLines } from '../common/jsonl.ts';

/** One line of a rollout: `{"timestamp","ordinal","type","payload"}` (Codex 0.169.0). `start` is its byte in the file. */
export interface CodexRecord {
  readonly line: number;
  readonly start: number;
  readonly type: string;
  readonly payload: JsonRecord;
  readonly at?: number;
  /** Counts on through all files that a session is made of; absent in legacy files. */
  readonly ordinal?: number;
  readonly json: JsonRecord;
  readonly text: string;
}

/** Where a file goes on from: the first `end` bytes of the file whose name ends in `tip`. */
export interface HistoryBase {
  readonly tip: string;
  readonly end: number;
}

/** What the first line says of the session. */
export interface Header {
  readonly json: JsonRecord;
  readonly payload: JsonRecord;
  readonly id?: string;
  readonly cwd?: string;
  readonly created?: number;
  readonly forkedFrom?: string;
  readonly base?: HistoryBase;
  /** The run of a subagent: Codex lists it under no name of its own. */
  readonly isSubagent: boolean;
  /** The session that started the run; older versions, and reviews, do not say it. */
  readonly startedBy?: string;
}

/** A file as it stands on disk. `records` leaves out every `session_meta`: a legacy fork bears its source's, too. */
export interface Rollout {
  readonly header?: Header;
  readonly records: readonly CodexRecord[];
  readonly bad: readonly BadLine[];
  readonly size: number;
}

/** Reads a file whole. Throws only what reading it throws. */
export async function readRollout(path: string): Promise<Rollout> {
  return parseRollout(await readFile(path));
}

/** Reads what stands behind the byte `from`, where a line begins. Lines are counted from there, bytes from the start. */
export async function readRolloutEnd(path: string, from: number): Promise<Rollout> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    const bytes = Buffer.alloc(Math.max(0, size - from));
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, from);
    const { records, bad } = parseRollout(bytes.subarray(0, bytesRead));
    const moved = records.map((record) => ({ ...record, start: record.start + from }));
    return { records: moved, bad, size: from + bytesRead };
  } finally {
    await handle.close();
  }
}

/** The same for bytes in memory. */
export function parseRollout(bytes: Buffer): Rollout {
  const { lines, bad } = parseJsonLines(bytes);
  const starts = lineStarts(bytes);
  const all = lines.flatMap(({ number, text, record }) =>
    record ? [recordAt(number, starts[number - 1] ?? 0, text, record)] : [],
  );
  const [first] = all;
  const header = first?.type === 'session_meta' ? headerOf(first.json, first.payload) : undefined;
  const records = all.filter((record) => record.type !== 'session_meta');
  return { ...(header ? { header } : {}), records, bad, size: bytes.length };
}

function lineStarts(bytes: Buffer): readonly number[] {
  const starts = [0];
  for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, end + 1)) {
    starts.push(end + 1);
  }
  return starts;
}

function recordAt(line: number, start: number, text: string, json: JsonRecord): CodexRecord {
  const at = timeOf(json.timestamp);
  const ordinal = numberOf(json.ordinal);
  return {
    line,
    start,
    type: textOf(json.type) ?? '',
    payload: recordOf(json.payload) ?? {},
    ...(at === undefined ? {} : { at }),
    ...(ordinal === undefined ? {} : { ordinal }),
    json,
    text,
  };
}

function headerOf(json: JsonRecord, payload: JsonRecord): Header {
  const id = textOf(payload.id);
  const cwd = textOf(payload.cwd);
  const created = timeOf(payload.timestamp) ?? timeOf(json.timestamp);
  const forkedFrom = textOf(payload.forked_from_id);
  const base = baseOf(recordOf(payload.history_base));
  const subagent = recordOf(payload.source)?.subagent;
  const isSubagent = subagent !== undefined || textOf(payload.thread_source) === 'subagent';
  const spawned = recordOf(recordOf(subagent)?.thread_spawn);
  const startedBy = isSubagent && textOf(payload.parent_thread_id ?? spawned?.parent_thread_id);
  return {
    json,
    payload,
    ...(id ? { id } : {}),
    ...(cwd ? { cwd } : {}),
    ...(created === undefined ? {} : { created }),
    ...(forkedFrom ? { forkedFrom } : {}),
    ...(base ? { base } : {}),
    isSubagent,
    ...(startedBy ? { startedBy } : {}),
  };
}

function baseOf(base: JsonRecord | undefined): HistoryBase | undefined {
  const tip = textOf(base?.thread_id);
  const end = numberOf(base?.end_byte_offset);
  return tip === undefined || end === undefined ? undefined : { tip, end };
}
