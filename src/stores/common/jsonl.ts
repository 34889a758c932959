import { closeSync, openSync, readSync } from 'node:fs';
import { throwIfCancelled } from './pool.ts';
import { takeTurn } from './turns.ts';

export type JsonRecord = Readonly<Record<string, unknown>>;

/** One line of a JSON-lines file: its number from 1, its text without the line end, and its object if it is one. */
export interface JsonLine {
  readonly number: number;
  readonly text: string;
  readonly record?: JsonRecord;
}

/** A line that holds no JSON object. `torn` is the last line of a file that was cut off while it was written. */
export interface BadLine {
  readonly number: number;
  readonly torn: boolean;
}

export interface JsonLines {
  readonly lines: readonly JsonLine[];
  readonly bad: readonly BadLine[];
}

const newline = 0x0a;
const byteOrderMark = '\uFEFF';

/**
 * Reads a JSON-lines file whole. Lines end at `\n` only: U+2028 and U+2029 stand raw inside the strings of real
 * transcripts. A byte order mark, `\r` before `\n` and empty lines are passed over; a line that is no object is data
 * in `bad`, never an error. Throws only what opening or reading the file throws.
 */
export async function readJsonLines(path: string): Promise<JsonLines> {
  const found = noLines();
  for await (const batch of readLineBatches(path)) {
    addLines(found, batch);
  }
  return found;
}

/** The same for bytes in memory. */
export function parseJsonLines(bytes: Buffer): JsonLines {
  const found = noLines();
  addLines(found, splitLines(bytes));
  return found;
}

const noLines = (): { readonly lines: JsonLine[]; readonly bad: BadLine[] } => ({ lines: [], bad: [] });

function addLines({ lines, bad }: ReturnType<typeof noLines>, found: Iterable<TextLine>): void {
  for (const { number, text, ended } of found) {
    if (text === '') {
      continue;
    }
    const record = parseRecord(text);
    lines.push(record ? { number, text, record } : { number, text });
    if (!record) {
      bad.push({ number, torn: !ended });
    }
  }
}

function* splitLines(bytes: Buffer, firstNumber = 1): Generator<TextLine> {
  let start = 0;
  for (let number = firstNumber; start < bytes.length; number++) {
    const found = bytes.indexOf(newline, start);
    const end = found === -1 ? bytes.length : found;
    yield { number, text: lineText(bytes, start, end, number === 1), ended: found !== -1 };
    start = end + 1;
  }
}

function lineText(bytes: Buffer, start: number, end: number, isFirst: boolean): string {
  const text = bytes.toString('utf8', start, end);
  const unmarked = isFirst && text.startsWith(byteOrderMark) ? text.slice(1) : text;
  return unmarked.endsWith('\r') ? unmarked.slice(0, -1) : unmarked;
}

/** One line as it stands in the file; `ended` is false for a last line without its line end. */
export interface TextLine {
  readonly number: number;
  readonly text: string;
  readonly ended: boolean;
}

/** Small enough to stay in the processor's cache while its lines are looked at. */
const batchBytes = 1 << 16;
/** Buffers for the next files: a new one for each of thousands would be cleared and collected for nothing. */
const spare: Buffer[] = [];

/**
 * Reads the lines of a file batch by batch, so that memory does not grow with the file, and gives other work its turn in
 * between. Lines are split as by `readJsonLines`; empty ones are given too. Throws `cancelled`, else what opening or
 * reading the file throws.
 */
export async function* readLineBatches(
  path: string,
  signal?: AbortSignal,
): AsyncGenerator<readonly TextLine[]> {
  await takeTurn();
  // Each call by way of a promise takes several times as long as reading such a piece does.
  const file = openSync(path, 'r');
  let buffer = spare.pop() ?? Buffer.allocUnsafe(batchBytes);
  try {
    let carried = 0;
    let number = 1;
    for (;;) {
      throwIfCancelled(signal);
      const filled = carried + readSync(file, buffer, carried, buffer.length - carried, null);
      const isLast = filled === carried;
      const end = isLast ? filled : buffer.lastIndexOf(newline, filled - 1) + 1;
      const lines = [...splitLines(buffer.subarray(0, end), number)];
      number += lines.length;
      yield lines;
      if (isLast) {
        return;
      }
      buffer.copy(buffer, 0, end, filled);
      carried = filled - end;
      buffer = carried === buffer.length ? Buffer.concat([buffer, Buffer.alloc(buffer.length)]) : buffer;
      await takeTurn();
    }
  } finally {
    closeSync(file);
    if (buffer.length === batchBytes) {
      spare.push(buffer);
    }
  }
}

/** The object that a line holds, or undefined. */
export function parseRecord(text: string): JsonRecord | undefined {
  try {
    const value: unknown = isTooDeep(text) ? undefined : JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Shorter texts cannot nest so deeply that it matters. */
const deepLength = 1 << 20;
const depthLimit = 10_000;

/** Whether a long text nests so deeply that parsing it would take all memory: 100 MB of brackets take gigabytes. */
function isTooDeep(text: string): boolean {
  if (text.length < deepLength) {
    return false;
  }
  let depth = 0;
  // Brackets inside strings count, too, as long as they are not closed: so many open ones stand in no text.
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    depth += bracket === '[' || bracket === '{' ? 1 : -1;
    if (depth > depthLimit) {
      return true;
    }
  }
  return false;
}

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The line for a record. U+2028 and U+2029 are escaped: some agents split lines there when they resume. */
export function jsonLine(record: JsonRecord): string {
  return `${escapeSeparators(JSON.stringify(record))}\n`;
}

/** The same JSON text with U+2028 and U+2029 escaped. */
export const escapeSeparators = (json: string): string =>
  json.replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
