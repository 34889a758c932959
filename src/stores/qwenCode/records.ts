import type { Stats } from 'node:fs';
import { textOf } from '../common/fields.ts';
import { rewritten } from '../common/files.ts';
import { type JsonRecord, parseRecord } from '../common/jsonl.ts';
import { KeptScans } from '../common/keptScans.ts';
import { isLineWith, type LinePlace, type LineReader } from '../common/lineReader.ts';
import { LineScanner } from '../common/lineScanner.ts';
import { outlineOf } from './outline.ts';

const recordTypes = ['user', 'assistant', 'tool_result', 'system'] as const;
export type RecordType = (typeof recordTypes)[number];

/** One record of a transcript that Qwen Code accepts. `line` is 1-based; `parent` is null at a root. */
export interface QwenRecord extends RecordPlace {
  readonly uuid: string;
  readonly parent: string | null;
  readonly session: string;
  readonly type: RecordType;
  readonly subtype?: string;
  readonly line: number;
  /** All of the record, or of a scan for an outline what that needs. */
  readonly json: JsonRecord;
}

/** Where a record stands: its line, and when several stand there which one it is, from 0. */
export interface RecordPlace extends LinePlace {
  readonly part: number | undefined;
}

/** A line that Qwen Code passes over, wholly or in part. */
export interface Fault {
  readonly line: number;
  readonly kind: 'unreadable' | 'torn' | 'no_identity' | 'unknown_type';
  /** The type's name when `kind` is `unknown_type`. */
  readonly type?: string;
  /** The record's own id where it has one, so that its children can name what broke the chain. */
  readonly uuid?: string;
}

/** A transcript as it stands in its file. `first` is its first object, valid or not: the agent checks its folder. */
export interface RawTranscript {
  readonly stats: Stats;
  readonly records: readonly QwenRecord[];
  readonly faults: readonly Fault[];
  readonly first?: JsonRecord;
}

/** Reads a transcript by the rules of Qwen Code 0.24.4. Throws only what opening or reading the file throws. */
export const readTranscript = (path: string): Promise<RawTranscript> =>
  scannerOf(path, (json) => json).read();

const kept = new KeptScans(
  (path) => scannerOf(path, outlineOf),
  ({ records }) => records.length,
);

/**
 * The same with no more of its records than an outline needs: of a long one only what is new since it was read last.
 * Throws `cancelled`, too.
 */
export const scanOutline = (path: string, signal?: AbortSignal): Promise<RawTranscript> =>
  kept.scan(path, signal);

function scannerOf(path: string, keep: (json: JsonRecord) => JsonRecord): LineScanner<RawTranscript> {
  const records: QwenRecord[] = [];
  const faults: Fault[] = [];
  const unreadable: Fault[] = [];
  let first: JsonRecord | undefined;
  return new LineScanner(path, {
    take: ({ number: line, start, end, text, ended }) => {
      const objects = objectsIn(text);
      for (const [part, { json }] of objects.entries()) {
        const found = readRecord(json, line);
        first ??= keep(json);
        if ('session' in found) {
          records.push({
            ...found,
            json: keep(json),
            start,
            end,
            part: objects.length > 1 ? part : undefined,
          });
        } else {
          faults.push(found);
        }
      }
      if (objects.length === 0 && text !== '') {
        unreadable.push({ line, kind: ended ? 'unreadable' : 'torn' });
      }
    },
    give: (stats) => ({
      stats,
      records: [...records],
      faults: [...faults, ...unreadable],
      ...(first ? { first } : {}),
    }),
  });
}

/** The text of one record as it stands in the file now. Throws `fork_point_invalid` when it is another one. */
export function recordText(lines: LineReader, record: QwenRecord): string {
  const line = lines.text(record);
  const isThere = record.part === undefined && isLineWith(line, `"uuid":"${record.uuid}"`);
  return isThere ? line : objectAt(line, record).text;
}

/** The same record, with all of it. Throws as `recordText`. */
export const wholeRecord = (lines: LineReader, record: QwenRecord): QwenRecord => ({
  ...record,
  json: objectAt(lines.text(record), record).json,
});

function objectAt(line: string, { uuid, part = 0 }: QwenRecord): FoundObject {
  const found = objectsIn(line)[part];
  if (found?.json.uuid !== uuid) {
    throw rewritten();
  }
  return found;
}

function readRecord(json: JsonRecord, line: number): Omit<QwenRecord, keyof RecordPlace> | Fault {
  const uuid = textOf(json.uuid);
  const session = textOf(json.sessionId);
  const parent = json.parentUuid === null ? null : textOf(json.parentUuid);
  if (!uuid || !session || parent === undefined) {
    return { line, kind: 'no_identity', ...(uuid ? { uuid } : {}) };
  }
  const type = recordTypes.find((known) => known === json.type);
  if (!type) {
    return { line, kind: 'unknown_type', uuid, type: textOf(json.type) ?? typeof json.type };
  }
  const subtype = textOf(json.subtype);
  return { uuid, parent, session, type, line, json, ...(subtype === undefined ? {} : { subtype }) };
}

interface FoundObject {
  readonly json: JsonRecord;
  readonly text: string;
}

/** The objects of one line. Two processes that write at once leave several on one line, `}{`; the agent reads them all. */
function objectsIn(text: string): readonly FoundObject[] {
  const json = parseRecord(text);
  return json ? [{ json, text }] : glued(text);
}

function glued(text: string): readonly FoundObject[] {
  const found: FoundObject[] = [];
  let depth = 0;
  let start = -1;
  // Strings are skipped whole, so that a brace inside one counts for nothing.
  for (const match of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}]/g)) {
    if (match[0] === '{') {
      start = depth === 0 ? match.index : start;
      depth++;
    } else if (match[0] === '}') {
      depth = Math.max(0, depth - 1);
      const object = depth === 0 && start >= 0 ? text.slice(start, match.index + 1) : '';
      const json = parseRecord(object);
      found.push(...(json ? [{ json, text: object }] : []));
      start = depth === 0 ? -1 : start;
    }
  }
  return found;
}
