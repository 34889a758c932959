import type { Stats } from 'node:fs';
import { type BadLine, type JsonRecord, type LineStart, parseRecord } from './jsonl.ts';
import { KeptScans, MadeOf } from './keptScans.ts';
import type { LinePlace } from './lineReader.ts';
import { LineScanner, type LineTaker } from './lineScanner.ts';

/** A line that holds an object: its number from 1, where it stands, and its object or what is kept of it. */
export interface ScannedLine extends LinePlace {
  readonly number: number;
  readonly record: JsonRecord;
}

/** The lines of one reading of a JSON-lines file; empty ones are passed over. */
export interface ScannedLines {
  readonly stats: Stats;
  readonly lines: readonly ScannedLine[];
  readonly bad: readonly BadLine[];
}

type Keep = (record: JsonRecord) => JsonRecord;

/**
 * Reads a JSON-lines file from the line `from` on, with what `keep` gives of each object. Throws what opening or reading the
 * file throws.
 */
export const scanLines = (path: string, keep: Keep, from?: LineStart): Promise<ScannedLines> =>
  scannerOf(path, keep, from).read();

/**
 * Gives what `make` makes of the lines of a file, with no more of its objects than `keep` gives. Of a long file only what is
 * new since it was read last is read, and nothing is made twice. Throws `cancelled`, too.
 */
export function keptOutlines<Made>(
  keep: Keep,
  make: (lines: ScannedLines, path: string) => Made,
): (path: string, signal?: AbortSignal) => Promise<Made> {
  const made = new MadeOf<ScannedLines, Made>();
  const kept = new KeptScans(
    (path) => scannerOf(path, keep),
    ({ lines, bad }) => lines.length + bad.length,
  );
  return async (path, signal) => {
    const lines = await kept.scan(path, signal);
    return made.get(lines, 'outline', () => make(lines, path));
  };
}

function scannerOf(path: string, keep: Keep, from?: LineStart): LineScanner<ScannedLines> {
  const lines: ScannedLine[] = [];
  const bad: BadLine[] = [];
  const taker: LineTaker<ScannedLines> = {
    take: ({ number, start, end, text, ended }) => {
      const record = parseRecord(text);
      if (record) {
        lines.push({ number, start, end, record: keep(record) });
      } else if (text !== '') {
        bad.push({ number, torn: !ended });
      }
    },
    give: (stats) => ({ stats, lines: [...lines], bad: [...bad] }),
  };
  return new LineScanner(path, taker, from);
}
