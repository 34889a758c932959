import type { Stats } from 'node:fs';
import { numberOf, recordOf, textOf, timeOf } from '../common/fields.ts';
import { rewritten } from '../common/files.ts';
import { type BadLine, type JsonRecord, parseRecord } from '../common/jsonl.ts';
import { isLineWith, type LinePlace, LineReader } from '../common/lineReader.ts';
import { keptOutlines, type ScannedLine, type ScannedLines, scanLines } from '../common/scannedLines.ts';
import { beginning, mentioned, shortened } from '../common/shortened.ts';

/** One line of a rollout: `{"timestamp","ordinal","type","payload"}` (Codex 0.169.0), and where it stands in which file. */
export interface CodexRecord extends LinePlace {
  readonly path: string;
  readonly line: number;
  readonly type: string;
  /** All of the payload, or of a scan for an outline what that needs. */
  readonly payload: JsonRecord;
  readonly at?: number;
  /** Counts on through all files that a session is made of; absent in legacy files. */
  readonly ordinal?: number;
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
  readonly stats: Stats;
  readonly header?: Header;
  readonly records: readonly CodexRecord[];
  readonly bad: readonly BadLine[];
}

/** Reads a file whole. Throws only what reading it throws. */
export const readRollout = async (path: string): Promise<Rollout> =>
  rolloutOf(await scanLines(path, (record) => record), path);

/**
 * The same with no more of its records than an outline needs: of a long one only what is new since it was read last.
 * Throws `cancelled`, too.
 */
export const scanOutline = keptOutlines(outlineOf, rolloutOf);

/** The outline of what stands behind the byte `start`, where a line begins. Lines are counted from there. */
export const scanEnd = async (path: string, start: number): Promise<Rollout> =>
  rolloutOf(await scanLines(path, outlineOf, { number: 1, start }), path);

/** Of what the person said all but images counts: whether the person said it is told from all of it. */
function outlineOf(record: JsonRecord): JsonRecord {
  const payload = recordOf(record.payload);
  const isSaid = payload?.role === 'user' || payload?.type === 'user_message';
  return record.type === 'session_meta' ? record : shortened(record, isSaid ? withoutImages : mentioned);
}

const withoutImages = (text: string, name: string): string =>
  name === 'image_url' || name === 'images' ? beginning(text, 64) : text;

function rolloutOf({ stats, lines, bad }: ScannedLines, path: string): Rollout {
  const [first] = lines;
  const header = first?.record.type === 'session_meta' ? headerOf(first.record) : undefined;
  const records = lines
    .filter(({ record }) => record.type !== 'session_meta')
    .map((line) => recordAt(path, line));
  return { stats, ...(header ? { header } : {}), records, bad };
}

function recordAt(path: string, { number, start, end, record }: ScannedLine): CodexRecord {
  return { path, line: number, start, end, payload: recordOf(record.payload) ?? {}, ...factsOf(record) };
}

function factsOf(record: JsonRecord): Pick<CodexRecord, 'type' | 'at' | 'ordinal'> {
  const at = timeOf(record.timestamp);
  const ordinal = numberOf(record.ordinal);
  return {
    type: textOf(record.type) ?? '',
    ...(at === undefined ? {} : { at }),
    ...(ordinal === undefined ? {} : { ordinal }),
  };
}

/** Reads records again as they stand in their files now: quick for those that follow one another. */
export class RecordReader implements Disposable {
  #path = '';
  #lines: LineReader | undefined;

  /** The line of a record. Throws `fork_point_invalid` when another one stands there, else what reading throws. */
  text(record: CodexRecord): string {
    const text = this.#linesOf(record.path).text(record);
    if (!isLineOf(record, text)) {
      throw rewritten();
    }
    return text;
  }

  /** The same record, with all of it. Throws as `text`. */
  whole(record: CodexRecord): CodexRecord {
    return { ...record, payload: recordOf(parseRecord(this.text(record))?.payload) ?? {} };
  }

  #linesOf(path: string): LineReader {
    if (!this.#lines || this.#path !== path) {
      this[Symbol.dispose]();
      this.#path = path;
      this.#lines = new LineReader(path);
    }
    return this.#lines;
  }

  [Symbol.dispose](): void {
    this.#lines?.[Symbol.dispose]();
    this.#lines = undefined;
  }
}

function isLineOf(record: CodexRecord, text: string): boolean {
  // In a paginated file no two lines have one ordinal.
  if (isLineWith(text, '"ordinal":') && ordinalIn(text) === record.ordinal) {
    return true;
  }
  const found = parseRecord(text);
  const { type, at, ordinal } = found ? factsOf(found) : {};
  return type === record.type && at === record.at && ordinal === record.ordinal;
}

/** As Codex begins the lines of a paginated file. */
export const ordinalPlace = /^(\{"timestamp":"[^"]*","ordinal":)(\d+)/;

const ordinalIn = (text: string): number => Number(ordinalPlace.exec(text)?.[2]);

function headerOf(json: JsonRecord): Header {
  const payload = recordOf(json.payload) ?? {};
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
