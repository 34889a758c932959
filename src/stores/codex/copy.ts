import { dirname, join } from 'node:path';
import { v7 as uuid } from 'uuid';
import { SessionForksError } from '../../core/errors.ts';
import { leadsOut, leadsOutText } from '../common/inside.ts';
import type { JsonRecord } from '../common/jsonl.ts';
import { escapeSeparators, jsonLine } from '../common/jsonl.ts';
import { setMembers } from '../common/members.ts';
import { publishFile } from '../common/publish.ts';
import { textPieces } from '../common/textPieces.ts';
import type { Folders } from './folders.ts';
import { type CodexRecord, type Header, ordinalPlace, RecordReader } from './records.ts';

/**
 * Writes the records as a session of its own, all in one file, that names `source` as what it was forked from. Seen to
 * resume with exactly these records on Codex 0.169.0, paginated (then `ordinal` counts from 0 without a gap) or legacy.
 * Each goes over as it stands in its file. Gives the id of the child. Throws `fork_point_invalid` when a file was rewritten
 * meanwhile, `collision`, `cancelled` and what the file system throws; then nothing is left behind.
 */
export async function writeCopy(
  folders: Folders,
  source: string,
  header: Header,
  records: readonly CodexRecord[],
  signal: AbortSignal | undefined,
): Promise<string> {
  const id = uuid();
  const now = new Date();
  const path = join(folders.sessions, ...placeOf(now), `rollout-${fileTime(now)}-${id}.jsonl`);
  if (leadsOut(dirname(path), folders.sessions)) {
    throw new SessionForksError('fork_failed', leadsOutText(dirname(path)));
  }
  const lines = copyLines(childHeader(header, source, id, now), records);
  await publishFile(path, textPieces(lines, signal));
  return id;
}

function* copyLines(header: JsonRecord, records: readonly CodexRecord[]): Generator<string> {
  const isPaginated = header.ordinal !== undefined;
  using reader = new RecordReader();
  yield jsonLine(header);
  for (const [index, record] of records.entries()) {
    const text = reader.text(record);
    yield `${escapeSeparators(isPaginated ? numbered(text, record, index + 1) : text)}\n`;
  }
}

/** The text of a record with this ordinal, all else as it was written. */
function numbered(text: string, record: CodexRecord, ordinal: number): string {
  if (record.ordinal === ordinal) {
    return text;
  }
  return ordinalPlace.test(text)
    ? text.replace(ordinalPlace, `$1${ordinal}`)
    : setMembers(text, { ordinal: String(ordinal) });
}

function childHeader(header: Header, source: string, id: string, now: Date): JsonRecord {
  const { history_base: _base, forked_from_ordinal_exclusive: _ordinal, ...payload } = header.payload;
  return {
    ...header.json,
    timestamp: now.toISOString(),
    ...(header.json.ordinal === undefined ? {} : { ordinal: 0 }),
    payload: {
      ...payload,
      ...(payload.session_id === undefined ? {} : { session_id: id }),
      id,
      forked_from_id: source,
      timestamp: now.toISOString(),
      ...(payload.context_window === undefined ? {} : { context_window: { window_id: uuid() } }),
    },
  };
}

const two = (number: number): string => String(number).padStart(2, '0');

/** Codex names folders and files by local time. */
const placeOf = (at: Date): readonly string[] => [
  String(at.getFullYear()),
  two(at.getMonth() + 1),
  two(at.getDate()),
];

const fileTime = (at: Date): string =>
  `${placeOf(at).join('-')}T${[at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join('-')}`;
