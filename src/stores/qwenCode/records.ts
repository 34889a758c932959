import { textOf } from '../common/fields.ts';
import { type JsonRecord, parseRecord, readLineBatches } from '../common/jsonl.ts';

const recordTypes = ['user', 'assistant', 'tool_result', 'system'] as const;
export type RecordType = (typeof recordTypes)[number];

/** One record of a transcript that Qwen Code accepts. `line` is 1-based; `parent` is null at a root. */
export interface QwenRecord {
  readonly uuid: string;
  readonly parent: string | null;
  readonly session: string;
  readonly type: RecordType;
  readonly subtype?: string;
  readonly line: number;
  readonly json: JsonRecord;
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
  readonly records: readonly QwenRecord[];
  readonly faults: readonly Fault[];
  readonly first?: JsonRecord;
}

/** Reads a transcript by the rules of Qwen Code 0.24.4. Throws only what opening or reading the file throws. */
export async function readTranscript(path: string): Promise<RawTranscript> {
  const records: QwenRecord[] = [];
  const faults: Fault[] = [];
  const unreadable: Fault[] = [];
  let first: JsonRecord | undefined;
  for await (const batch of readLineBatches(path)) {
    for (const { number: line, text, ended } of batch) {
      const objects = objectsIn(text);
      first ??= objects[0];
      for (const json of objects) {
        const found = readRecord(json, line);
        if ('session' in found) {
          records.push(found);
        } else {
          faults.push(found);
        }
      }
      if (objects.length === 0 && text !== '') {
        unreadable.push({ line, kind: ended ? 'unreadable' : 'torn' });
      }
    }
  }
  return { records, faults: [...faults, ...unreadable], ...(first ? { first } : {}) };
}

function readRecord(json: JsonRecord, line: number): QwenRecord | Fault {
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

/** The objects of one line. Two processes that write at once leave several on one line, `}{`; the agent reads them all. */
function objectsIn(text: string): readonly JsonRecord[] {
  const record = parseRecord(text);
  return record ? [record] : glued(text);
}

function glued(text: string): readonly JsonRecord[] {
  const found: JsonRecord[] = [];
  let depth = 0;
  let start = -1;
  // Strings are skipped whole, so that a brace inside one counts for nothing.
  for (const match of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}]/g)) {
    if (match[0] === '{') {
      start = depth === 0 ? match.index : start;
      depth++;
    } else if (match[0] === '}') {
      depth = Math.max(0, depth - 1);
      const record = depth === 0 && start >= 0 ? parseRecord(text.slice(start, match.index + 1)) : undefined;
      found.push(...(record ? [record] : []));
      start = depth === 0 ? -1 : start;
    }
  }
  return found;
}
