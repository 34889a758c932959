import { numberOf, recordOf } from '../common/fields.ts';
import type { JsonRecord } from '../common/jsonl.ts';
import type { ScannedLine } from '../common/scannedLines.ts';

/**
 * The lines of an older format as pi 1.5.2 reads them. Version 1 is a row without ids: each record hangs from the one
 * before. Version 2 calls messages of extensions `hookMessage`. pi itself writes the file anew when it opens it.
 */
export function upgrade(lines: readonly ScannedLine[], version: number): readonly ScannedLine[] {
  const linked = version < 2 ? linkInRow(lines) : lines;
  return version < 3 ? linked.map((line) => ({ ...line, record: renameRole(line.record) })) : linked;
}

/** The id of a record that has none of its own, by its line. */
export const idInRow = (line: number): string => `line-${line}`;

const idOf = (line: ScannedLine | undefined): string | null => (line ? idInRow(line.number) : null);

function linkInRow(lines: readonly ScannedLine[]): readonly ScannedLine[] {
  return lines.map((line, index) => ({
    ...line,
    record: {
      ...line.record,
      id: idOf(line),
      parentId: idOf(lines[index - 1]),
      ...firstKept(line.record, lines),
    },
  }));
}

/** The index counts the header. */
function firstKept({ firstKeptEntryIndex }: JsonRecord, lines: readonly ScannedLine[]): JsonRecord {
  const index = numberOf(firstKeptEntryIndex);
  const id = index === undefined ? null : idOf(lines[index - 1]);
  return id === null ? {} : { firstKeptEntryId: id };
}

function renameRole(record: JsonRecord): JsonRecord {
  const message = recordOf(record.message);
  return message?.role === 'hookMessage' ? { ...record, message: { ...message, role: 'custom' } } : record;
}
