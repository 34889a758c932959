import { randomUUID } from 'node:crypto';
import { textOf } from '../common/fields.ts';
import { type JsonRecord, jsonLine } from '../common/jsonl.ts';
import { knownVersion, type PiRecord } from './records.ts';

export interface Child {
  readonly id: string;
  /** ISO time of the fork. */
  readonly time: string;
  readonly cwd: string;
  /** Absolute path of the transcript that the records come from. */
  readonly parentPath: string;
  readonly title: string;
}

/**
 * The lines of a child that holds `records`, as pi's own /fork writes them (1.5.2): labels are taken out of the row,
 * whose records hang one from the other, and stand again at its end. `labels` are all of the source, by the record
 * that each marks. The title comes last.
 */
export function* childLines(
  records: readonly PiRecord[],
  labels: ReadonlyMap<string, PiRecord>,
  child: Child,
): Generator<string> {
  const { id, time, cwd, parentPath } = child;
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
  let parentId: string | null = null;
  for (const record of records.filter(isNoLabel)) {
    yield jsonLine({ ...record.json, id: record.id, parentId, ...keptFrom(record, replaced) });
    parentId = record.id;
  }
  for (const added of [
    ...labelsOf(records, labels),
    { type: 'session_info', timestamp: time, name: child.title },
  ]) {
    const addedId = freshId(ids);
    yield jsonLine({ ...added, id: addedId, parentId });
    parentId = addedId;
  }
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

function labelsOf(
  records: readonly PiRecord[],
  labels: ReadonlyMap<string, PiRecord>,
): readonly JsonRecord[] {
  return records.filter(isNoLabel).flatMap(({ id }) => {
    const label = labels.get(id);
    return label ? [label.json] : [];
  });
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
