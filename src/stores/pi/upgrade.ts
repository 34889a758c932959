import { numberOf, recordOf } from '../common/fields.ts';
import type { JsonRecord } from '../common/jsonl.ts';
import type { ReadLine } from './records.ts';

/**
 * The lines of an older format as pi 1.5.2 reads them. Version 1 is a row without ids: each record hangs from the one
 * before. Version 2 calls messages of extensions `hookMessage`. pi itself writes the file anew when it opens it.
 */
export function upgrade(lines: readonly ReadLine[], version: number): readonly ReadLine[] {
  const linked = version < 2 ? linkInRow(lines) : lines;
  return version < 3 ? linked.map((line) => ({ ...line, record: renameRole(line.record) })) : linked;
}

const idAt = (line: ReadLine | undefined): string | null => (line ? `line-${line.number}` : null);

function linkInRow(lines: readonly ReadLine[]): readonly ReadLine[] {
  return lines.map((line, index) => ({
    number: line.number,
    record: {
      ...line.record,
      id: idAt(line),
      parentId: idAt(lines[index - 1]),
      ...firstKept(line.record, lines),
    },
  }));
}

/** The index counts the header. */
function firstKept({ firstKeptEntryIndex }: JsonRecord, lines: readonly ReadLine[]): JsonRecord {
  const index = numberOf(firstKeptEntryIndex);
  const id = index === undefined ? null : idAt(lines[index - 1]);
  return id === null ? {} : { firstKeptEntryId: id };
}

function renameRole(record: JsonRecord): JsonRecord {
  const message = recordOf(record.message);
  return message?.role === 'hookMessage' ? { ...record, message: { ...message, role: 'custom' } } : record;
}
