import { numberOf, textOf } from '../common/fields.ts';
import {
  type JsonLine,
  type JsonRecord,
  parseRecord,
  readJsonLines,
  readLineBatches,
} from '../common/jsonl.ts';
import { upgrade } from './upgrade.ts';

/** The newest version of the format that is known here (pi 1.5.2). */
export const knownVersion = 3;

/** One record of a transcript; pi calls it an entry. `line` is 1-based; `parent` is null at a root. */
export interface PiRecord {
  readonly id: string;
  readonly parent: string | null;
  readonly type: string;
  readonly line: number;
  readonly json: JsonRecord;
}

/** A line that pi passes over. */
export interface Fault {
  readonly line: number;
  readonly kind: 'unreadable' | 'torn' | 'no_identity';
}

/** A transcript as it stands in its file. Without `header` pi refuses it. */
export interface RawTranscript {
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
export async function readTranscript(path: string): Promise<RawTranscript> {
  const { lines, bad } = await readJsonLines(path);
  const readable = lines.flatMap(({ number, record }) => (record ? [{ number, record }] : []));
  const [first, ...rest] = readable;
  const header = first && isHeader(first.record) ? first.record : undefined;
  const version = header ? (numberOf(header.version) ?? 1) : knownVersion;
  const entries = upgrade(header ? rest : readable, version).filter(
    ({ record }) => record.type !== 'session',
  );
  const read = entries.map(readRecord);
  return {
    ...(header ? { header } : {}),
    version,
    records: read.filter((result): result is PiRecord => 'json' in result),
    faults: [
      ...bad.map(({ number, torn }): Fault => ({ line: number, kind: torn ? 'torn' : 'unreadable' })),
      ...read.filter((result): result is Fault => 'kind' in result),
    ],
    isEmpty: lines.length === 0,
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

/** A line with its object. */
export type ReadLine = Required<Pick<JsonLine, 'number' | 'record'>>;

function readRecord({ number, record }: ReadLine): PiRecord | Fault {
  const id = textOf(record.id);
  const type = textOf(record.type);
  const parent = record.parentId === null || record.parentId === undefined ? null : textOf(record.parentId);
  return id === undefined || type === undefined || parent === undefined
    ? { line: number, kind: 'no_identity' }
    : { id, parent: parent === '' ? null : parent, type, line: number, json: record };
}
