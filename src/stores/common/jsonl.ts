import { readByteBatches } from './bytesBatches.ts';

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

/** `from` says which line of the file `bytes` begins with, and where. */
function* splitLines(bytes: Buffer, from: LineStart = firstLine): Generator<TextLine> {
  let start = 0;
  for (let { number } = from; start < bytes.length; number++) {
    const found = bytes.indexOf(newline, start);
    const end = found === -1 ? bytes.length : found;
    const text = lineText(bytes, start, end, number === 1);
    yield { number, start: from.start + start, end: from.start + end, text, ended: found !== -1 };
    start = end + 1;
  }
}

/** The text of a line in `bytes`: without a byte order mark, should it be the file's first, and without `\r` at its end. */
export function lineText(bytes: Buffer, start: number, end: number, isFirst: boolean): string {
  const text = bytes.toString('utf8', start, end);
  const unmarked = isFirst && text.startsWith(byteOrderMark) ? text.slice(1) : text;
  return unmarked.endsWith('\r') ? unmarked.slice(0, -1) : unmarked;
}

/** Where a line begins: its number from 1, and the bytes before it. */
export interface LineStart {
  readonly number: number;
  readonly start: number;
}

export const firstLine: LineStart = { number: 1, start: 0 };

/** One line as it stands in the file, its line end at byte `end`; `ended` is false for a last line without one. */
export interface TextLine extends LineStart {
  readonly end: number;
  readonly text: string;
  readonly ended: boolean;
}

/**
 * Reads the lines of a file batch by batch, so that memory does not grow with the file, and gives other work its turn in
 * between. Lines are split as by `readJsonLines`, from the line `from` on; empty ones are given too. Throws `cancelled`,
 * else what opening or reading the file throws.
 */
export async function* readLineBatches(
  path: string,
  signal?: AbortSignal,
  from: LineStart = firstLine,
): AsyncGenerator<readonly TextLine[]> {
  let { number, start } = from;
  for await (const batch of readByteBatches(path, signal, start)) {
    const lines = [...splitLines(batch, { number, start })];
    number += lines.length;
    start += batch.length;
    yield lines;
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
export function isTooDeep(text: string): boolean {
  if (text.length < deepLength || (!hasMany(text, '[') && !hasMany(text, '{'))) {
    return false;
  }
  let depth = 0;
  for (let at = 0; at < text.length && depth <= depthLimit; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) {
      at = endOfString(text, at);
    } else if (code === 0x5b || code === 0x7b) {
      depth++;
    } else if (code === 0x5d || code === 0x7d) {
      depth--;
    }
  }
  return depth > depthLimit;
}

/** Whether so many of these brackets stand in a text that it may be too deep: long texts have few as a rule. */
function hasMany(text: string, bracket: '[' | '{'): boolean {
  let count = 0;
  for (
    let at = text.indexOf(bracket);
    at >= 0 && count <= depthLimit / 2;
    at = text.indexOf(bracket, at + 1)
  ) {
    count++;
  }
  return count > depthLimit / 2;
}

const quote = 0x22;
const backslash = 0x5c;

/** The place of the quote that ends the string which begins at `start`, or the text's length. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let first = end;
    while (text.charCodeAt(first - 1) === backslash) {
      first--;
    }
    if ((end - first) % 2 === 0) {
      return end;
    }
  }
  return text.length;
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
