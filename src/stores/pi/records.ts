import type { Stats } from 'node:fs';
import { numberOf, recordOf, textOf } from '../common/fields.ts';
import { rewritten } from '../common/files.ts';
import { type JsonRecord, parseRecord, readLineBatches } from '../common/jsonl.ts';
import { isLineWith, type LinePlace, type LineReader } from '../common/lineReader.ts';
import { keptOutlines, type ScannedLine, type ScannedLines, scanLines } from '../common/scannedLines.ts';
import { mentioned, shortened, spoken } from '../common/shortened.ts';
import { idInRow, upgrade } from './upgrade.ts';

/** The newest version of the format that is known here (pi 1.5.2). */
export const knownVersion = 3;

/** One record of a transcript; pi calls it an entry. `line` is 1-based; `parent` is null at a root. */
export interface PiRecord extends LinePlace {
  readonly id: string;
  readonly parent: string | null;
  readonly type: string;
  readonly line: number;
  /** All of the record, or of a scan for an outline what that needs. */
  readonly json: JsonRecord;
}

/** A line that pi passes over. */
export interface Fault {
  readonly line: number;
  readonly kind: 'unreadable' | 'torn' | 'no_identity';
}

/** A transcript as it stands in its file. Without `header` pi refuses it. */
export interface RawTranscript {
  readonly stats: Stats;
  readonly header?: JsonRecord;
  readonly version: number;
  readonly records: readonly PiRecord[];
  readonly faults: readonly Fault[];
  readonly isEmpty: boolean;
}

/**
 * Reads a transcript by the rules of pi 1.5.2, older versions of the format too. Throws only what opening or reading the
 * file throws.
 */
export const readTranscript = async (path: string): Promise<RawTranscript> =>
  transcriptOf(await scanLines(path, (record) => record));

/**
 * The same with no more of its records than an outline needs: of a long one only what is new since it was read last.
 * Throws `cancelled`, too.
 */
export const scanOutline = keptOutlines(outlineOf, transcriptOf);

function outlineOf(record: JsonRecord): JsonRecord {
  const role = recordOf(record.message)?.role;
  return shortened(record, role === 'assistant' || role === 'toolResult' ? mentioned : spoken);
}

function transcriptOf({ stats, lines, bad }: ScannedLines): RawTranscript {
  const [first, ...rest] = lines;
  const header = first && isHeader(first.record) ? first.record : undefined;
  const version = header ? (numberOf(header.version) ?? 1) : knownVersion;
  const entries = upgrade(header ? rest : lines, version).filter(({ record }) => record.type !== 'session');
  const read = entries.map(readRecord);
  return {
    stats,
    ...(header ? { header } : {}),
    version,
    records: read.filter((result): result is PiRecord => 'json' in result),
    faults: [
      ...bad.map(({ number, torn }): Fault => ({ line: number, kind: torn ? 'torn' : 'unreadable' })),
      ...read.filter((result): result is Fault => 'kind' in result),
    ],
    isEmpty: lines.length + bad.length === 0,
  };
}

/** The text of a record as it stands in the file now. Throws `fork_point_invalid` when it is another one. */
export function recordText(lines: LineReader, record: PiRecord): string {
  const text = lines.text(record);
  if (!isLineWith(text, `"id":"${record.id}"`)) {
    wholeOf(text, record);
  }
  return text;
}

/** The same record, with all of it. Throws as `recordText`. */
export const wholeRecord = (lines: LineReader, record: PiRecord): PiRecord => ({
  ...record,
  json: wholeOf(lines.text(record), record),
});

/** What a line holds, with what reading an older format made of it. */
function wholeOf(text: string, { id, type, line, json }: PiRecord): JsonRecord {
  const found = parseRecord(text);
  if (found?.type !== type || (found.id !== id && id !== idInRow(line))) {
    throw rewritten();
  }
  const { parentId, firstKeptEntryId } = json;
  const message = recordOf(found.message);
  return {
    ...found,
    id,
    ...(parentId !== undefined && { parentId }),
    ...(firstKeptEntryId !== undefined && { firstKeptEntryId }),
    ...(message && { message: { ...message, role: recordOf(json.message)?.role } }),
  };
}

/** The header alone: the first line that holds an object. Throws what opening or reading the file throws. */
export async function readHeader(path: string): Promise<JsonRecord | undefined> {
  for await (const lines of readLineBatches(path)) {
    for (const { text } of lines) {
      const record = text === '' ? undefined : parseRecord(text);
      if (record) {
        return isHeader(record) ? record : undefined;
      }
    }
  }
  return undefined;
}

const isHeader = (record: JsonRecord): boolean =>
  record.type === 'session' && textOf(record.id) !== undefined;

function readRecord({ number, start, end, record }: ScannedLine): PiRecord | Fault {
  const id = textOf(record.id);
  const type = textOf(record.type);
  const parent = record.parentId === null || record.parentId === undefined ? null : textOf(record.parentId);
  return id === undefined || type === undefined || parent === undefined
    ? { line: number, kind: 'no_identity' }
    : { id, parent: parent === '' ? null : parent, type, line: number, start, end, json: record };
}
