import { SessionForksError } from '../../core/errors.ts';
import { type JsonRecord, parseRecord } from '../common/jsonl.ts';
import { LineReader } from '../common/lineReader.ts';
import { takeTurn } from '../common/turns.ts';
import type { Entry } from './entries.ts';
import type { Group } from './groups.ts';

/**
 * The same messages with the records that a light scan of the file left out, read from where it found them. Throws
 * `no_such_session` when others stand there now, else what reading throws.
 */
export async function withRecords(path: string, groups: readonly Group[]): Promise<readonly Group[]> {
  using lines = new LineReader(path);
  const load = (entry: Entry): Entry => ({ ...entry, record: recordAt(lines, entry) });
  const found: Group[] = [];
  for (const group of groups) {
    await takeTurn();
    found.push({ ...group, entries: group.entries.map(load), results: group.results.map(load) });
  }
  return found;
}

function recordAt(lines: LineReader, entry: Entry): JsonRecord {
  const record = parseRecord(lines.text(entry));
  if (record?.uuid !== entry.uuid) {
    throw new SessionForksError(
      'no_such_session',
      'The session was rewritten while it was read. Open it again.',
    );
  }
  return record;
}
