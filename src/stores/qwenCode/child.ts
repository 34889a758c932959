import { v4 as uuid } from 'uuid';
import { SessionForksError } from '../../core/errors.ts';
import { recordOf, textOf, timeOf } from '../common/fields.ts';
import { escapeSeparators, isRecord, type JsonRecord, jsonLine } from '../common/jsonl.ts';
import { LineReader } from '../common/lineReader.ts';
import { setMembers } from '../common/members.ts';
import type { RecordNode } from './chain.ts';
import { type QwenRecord, recordText } from './records.ts';

export interface Child {
  /** The file that holds the records. */
  readonly path: string;
  /** Id of the session that the records come from. */
  readonly source: string;
  readonly id: string;
  /** The project's folder: Qwen Code looks at the first record's. */
  readonly cwd: string;
  readonly title: string;
}

// As the agent's own fork does (0.24.4): these tell of the source's making, not of the conversation.
const leftOut = new Set([
  'parent_session',
  'session_source',
  'session_sources_snapshot',
  'turn_result',
  'custom_title',
]);

/**
 * The lines of a child that holds `records`, in a row of parents, its title as the child of the last one. Of each record
 * only what must change is written anew, all else goes over as it stands in the file.
 * Throws `fork_failed` before the first line if the agent could not read the child, `fork_point_invalid` when the file was
 * rewritten meanwhile, else what reading throws.
 */
export function* childLines(records: readonly RecordNode[], child: Child): Generator<string> {
  const kept = records.filter((record) => record.subtype === undefined || !leftOut.has(record.subtype));
  const now = new Date().toISOString();
  const before = keptBefore(records, kept);
  using lines = new LineReader(child.path);
  for (const [index, record] of kept.entries()) {
    const parent = kept[index - 1]?.uuid ?? null;
    for (const fragment of record.fragments) {
      const changes = {
        ...placeAndTime(fragment.json, index === 0, child, now),
        ...payloadOf(record, fragment.json, child, before),
      };
      if (index === 0) {
        expectReadable({ ...fragment.json, ...changes });
      }
      yield childLine(recordText(lines, fragment), fragment, { child, parent, changes });
    }
  }
  yield jsonLine(titleRecord(records, kept.at(-1), child, now));
}

interface Becoming {
  readonly child: Child;
  readonly parent: string | null;
  /** What changes beside its place. */
  readonly changes: JsonRecord;
}

/** A record's line in the child. U+2028 and U+2029 are escaped: the agent splits lines there. */
function childLine(text: string, record: QwenRecord, becoming: Becoming): string {
  return plainLine(text, record, becoming) ?? `${escapeSeparators(changedText(text, record, becoming))}\n`;
}

/**
 * The same where only its place changes and that stands at both ends of the text, as the agent writes it (0.24.4): what is
 * between needs no look, but for whether it names a session again.
 */
function plainLine(
  text: string,
  record: QwenRecord,
  { child, parent, changes }: Becoming,
): string | undefined {
  const { uuid, session, json } = record;
  const start = startOf(uuid, parent);
  const head = start + JSON.stringify(session);
  const tail = json.forkedFrom === undefined ? '}' : originTail(json.forkedFrom);
  const isPlaced = parent === record.parent && text.startsWith(head) && text.endsWith(tail);
  if (!isPlaced || Object.keys(changes).length > 0) {
    return undefined;
  }
  const between = text.slice(head.length, -tail.length);
  return between.includes('"sessionId":')
    ? undefined
    : `${start}${JSON.stringify(child.id)}${escapeSeparators(between)}${originTail(originOf(record, child))}\n`;
}

const startOf = (uuid: string, parent: string | null): string =>
  `{"uuid":${JSON.stringify(uuid)},"parentUuid":${JSON.stringify(parent)},"sessionId":`;

const originTail = (origin: unknown): string => `,"forkedFrom":${JSON.stringify(origin)}}`;

const originOf = ({ uuid }: QwenRecord, { source }: Child) => ({ sessionId: source, messageUuid: uuid });

function changedText(text: string, record: QwenRecord, { child, parent, changes }: Becoming): string {
  const members = {
    ...changes,
    sessionId: child.id,
    parentUuid: parent,
    forkedFrom: originOf(record, child),
  };
  const values = Object.entries(members).map(([name, value]) => [name, JSON.stringify(value)]);
  return setMembers(text, Object.fromEntries(values));
}

/** What the agent crashes without: a folder in the first record (the project's own) and a time in all. */
function placeAndTime(json: JsonRecord, isFirst: boolean, { cwd }: Child, now: string): JsonRecord {
  return {
    ...(isFirst || textOf(json.cwd) === undefined ? { cwd } : {}),
    ...(timeOf(json.timestamp) === undefined ? { timestamp: now } : {}),
  };
}

function payloadOf(
  record: RecordNode,
  json: JsonRecord,
  child: Child,
  before: ReadonlyMap<string, string | null>,
): JsonRecord {
  const payload = recordOf(json.systemPayload);
  if (!payload || record.type !== 'system' || record.subtype === 'chat_compression') {
    return {};
  }
  const changed = recordOf(renamed(payload, child)) ?? payload;
  const start = textOf(payload.startExclusiveRecordUuid);
  if (record.subtype === 'branch_checkpoint' && start !== undefined && before.has(start)) {
    return { systemPayload: { ...changed, startExclusiveRecordUuid: before.get(start) } };
  }
  return JSON.stringify(changed) === JSON.stringify(payload) ? {} : { systemPayload: changed };
}

/** Prompt ids begin with the session's id (`<id>########3`): they become the child's. All else stays as it is. */
function renamed(value: unknown, child: Child): unknown {
  if (typeof value === 'string') {
    return value.startsWith(`${child.source}#`) ? child.id + value.slice(child.source.length) : value;
  }
  if (Array.isArray(value)) {
    return value.map((item) => renamed(item, child));
  }
  return isRecord(value)
    ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, renamed(item, child)]))
    : value;
}

/** For each record left out the last one kept before it: a checkpoint that began there begins here. */
function keptBefore(
  records: readonly RecordNode[],
  kept: readonly RecordNode[],
): ReadonlyMap<string, string | null> {
  const isKept = new Set(kept);
  const before = new Map<string, string | null>();
  let last: string | null = null;
  for (const record of records) {
    if (isKept.has(record)) {
      last = record.uuid;
    } else {
      before.set(record.uuid, last);
    }
  }
  return before;
}

/** A child without any record of its source names the source here, so that its parent is known. */
function titleRecord(
  records: readonly RecordNode[],
  tail: RecordNode | undefined,
  child: Child,
  now: string,
): JsonRecord {
  const version = textOf((tail ?? records[0])?.json.version);
  const id = uuid();
  return {
    uuid: id,
    parentUuid: tail?.uuid ?? null,
    sessionId: child.id,
    timestamp: now,
    type: 'system',
    subtype: 'custom_title',
    cwd: child.cwd,
    ...(version === undefined ? {} : { version }),
    systemPayload: { customTitle: child.title, titleSource: 'manual' },
    ...(tail ? {} : { forkedFrom: { sessionId: child.source, messageUuid: id } }),
  };
}

/** The agent crashes on a first record without folder or time, for all sessions of the project. */
function expectReadable(first: JsonRecord): void {
  if (!textOf(first.cwd) || timeOf(first.timestamp) === undefined) {
    throw new SessionForksError(
      'fork_failed',
      'The fork would not be readable for Qwen Code. Nothing was written.',
    );
  }
}
