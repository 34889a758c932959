import { randomUUID } from 'node:crypto';
import { textOf } from '../common/fields.ts';
import { escapeSeparators, type JsonRecord, jsonLine } from '../common/jsonl.ts';
import { LineReader } from '../common/lineReader.ts';
import { setMembers } from '../common/members.ts';
import { knownVersion, type PiRecord, recordText, wholeRecord } from './records.ts';

export interface Child {
  readonly id: string;
  /** ISO time of the fork. */
  readonly time: string;
  readonly cwd: string;
  /** Absolute path of the transcript that the records come from. */
  readonly parentPath: string;
  readonly title: string;
  /** The version of the format that the parent's transcript is written in. */
  readonly version: number;
}

/**
 * The lines of a child that holds `records`, as pi's own /fork writes them (1.5.2): labels are taken out of the row,
 * whose records hang one from the other, and stand again at its end. `labels` are all of the source, by the record
 * that each marks. The title comes last. Of a record only where it hangs is written anew, all else goes over as it stands
 * in the file; one of an older format in the words of the newest. Throws `fork_point_invalid` when the file was rewritten
 * meanwhile, else what reading throws.
 */
export function* childLines(
  records: readonly PiRecord[],
  labels: ReadonlyMap<string, PiRecord>,
  child: Child,
): Generator<string> {
  const { id, time, cwd, parentPath, version } = child;
  yield jsonLine({
    type: 'session',
    version: knownVersion,
    id,
    timestamp: time,
    cwd,
    parentSession: parentPath,
  });
  const ids = new Set(records.map((record) => record.id));
  const replaced = labelReplacements(records);
  using lines = new LineReader(parentPath);
  let parentId: string | null = null;
  for (const record of records.filter(isNoLabel)) {
    const place = { parentId, ...keptFrom(record, replaced) };
    yield version < knownVersion
      ? jsonLine({ ...wholeRecord(lines, record).json, ...place })
      : `${escapeSeparators(placedText(recordText(lines, record), record, place))}\n`;
    parentId = record.id;
  }
  for (const added of [
    ...labelsOf(records, labels).map((label) => wholeRecord(lines, label).json),
    { type: 'session_info', timestamp: time, name: child.title },
  ]) {
    const addedId = freshId(ids);
    yield jsonLine({ ...added, id: addedId, parentId });
    parentId = addedId;
  }
}

function placedText(text: string, { json }: PiRecord, place: JsonRecord): string {
  const moved = Object.entries(place).filter(([name, value]) => json[name] !== value);
  const values = moved.map(([name, value]) => [name, JSON.stringify(value)]);
  return moved.length === 0 ? text : setMembers(text, Object.fromEntries(values));
}

/** The label that each record bears last in a file; an empty one takes it away. */
export function labelsIn(records: readonly PiRecord[]): ReadonlyMap<string, PiRecord> {
  const labels = new Map<string, PiRecord>();
  for (const record of records.filter(({ type }) => type === 'label')) {
    const target = textOf(record.json.targetId);
    if (target !== undefined && textOf(record.json.label)) {
      labels.set(target, record);
    } else if (target !== undefined) {
      labels.delete(target);
    }
  }
  return labels;
}

const isNoLabel = ({ type }: PiRecord): boolean => type !== 'label';

function labelsOf(records: readonly PiRecord[], labels: ReadonlyMap<string, PiRecord>): readonly PiRecord[] {
  return records.filter(isNoLabel).flatMap(({ id }) => labels.get(id) ?? []);
}

/** For each label the record after it, which takes its place as the first one that a compaction kept. */
function labelReplacements(records: readonly PiRecord[]): ReadonlyMap<unknown, string> {
  const replaced = new Map<unknown, string>();
  let next: string | undefined;
  for (const record of records.toReversed()) {
    if (isNoLabel(record)) {
      next = record.id;
    } else if (next !== undefined) {
      replaced.set(record.id, next);
    }
  }
  return replaced;
}

function keptFrom({ type, json }: PiRecord, replaced: ReadonlyMap<unknown, string>): JsonRecord {
  const firstKeptEntryId = type === 'compaction' ? replaced.get(json.firstKeptEntryId) : undefined;
  return firstKeptEntryId === undefined ? {} : { firstKeptEntryId };
}

/** Eight hexadecimal digits that no other record of the file has. */
export function freshId(taken: Set<string>): string {
  for (;;) {
    const id = randomUUID().slice(0, 8);
    if (!taken.has(id)) {
      taken.add(id);
      return id;
    }
  }
}
