import { closeSync, openSync, readSync } from 'node:fs';
import { SessionForksError } from '../../core/errors.ts';
import { type JsonRecord, lineText, parseRecord } from '../common/jsonl.ts';
import { takeTurn } from '../common/turns.ts';
import type { Entry } from './entries.ts';
import type { Group } from './groups.ts';

/**
 * The same messages with the records that a light scan of the file left out, read from where it found them. Throws
 * `no_such_session` when others stand there now, else what reading throws.
 */
export async function withRecords(path: string, groups: readonly Group[]): Promise<readonly Group[]> {
  const file = openSync(path, 'r');
  try {
    const found: Group[] = [];
    for (const group of groups) {
      await takeTurn();
      const load = (entry: Entry): Entry => ({ ...entry, record: recordAt(file, entry) });
      found.push({ ...group, entries: group.entries.map(load), results: group.results.map(load) });
    }
    return found;
  } finally {
    closeSync(file);
  }
}

function recordAt(file: number, { start, end, uuid }: Entry): JsonRecord {
  const bytes = Buffer.allocUnsafe(end - start);
  const read = readSync(file, bytes, 0, bytes.length, start);
  const record = parseRecord(lineText(bytes, 0, read, start === 0));
  if (record?.uuid !== uuid) {
    throw new SessionForksError(
      'no_such_session',
      'The session was rewritten while it was read. Open it again.',
    );
  }
  return record;
}
