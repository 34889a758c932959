import { isRecord, type JsonRecord } from './jsonl.ts';

/** What is kept of a text; `name` is that of the member in which it stands. */
type Shorten = (text: string, name: string) => string;

/** As much of a prompt counts for titles and previews. */
export const promptLimit = 2000;

/** Of what a person said: enough for titles and previews. */
export const spoken: Shorten = (text, name) => (isId(name) ? text : beginning(text, promptLimit));
/** Of what models and tools said: that there is something. */
export const mentioned: Shorten = (text, name) =>
  text.length > 512 && !isId(name) ? beginning(text, 1) : text;

/** By ids records are told apart, and some have hundreds of characters. */
const isId = (name: string): boolean => /(?:^i|I|_i)d$/.test(name);

/** What nests more deeply holds nothing that a list asks for, and could exhaust the stack. */
const depthLimit = 32;

/** A record with its long texts cut short: which messages there are is told from it, not what they say. */
export const shortened = (record: JsonRecord, shorten: Shorten): JsonRecord =>
  shortRecord(record, shorten, depthLimit);

function shortRecord(record: JsonRecord, shorten: Shorten, depth: number): JsonRecord {
  let changed: Record<string, unknown> | undefined;
  for (const [name, value] of Object.entries(record)) {
    const short = shortValue(value, name, shorten, depth);
    if (short !== value) {
      changed ??= { ...record };
      changed[name] = short;
    }
  }
  return changed ?? record;
}

function shortValue(value: unknown, name: string, shorten: Shorten, depth: number): unknown {
  if (typeof value === 'string') {
    return shorten(value, name);
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  if (depth === 0) {
    return null;
  }
  if (Array.isArray(value)) {
    const items = value.map((item) => shortValue(item, name, shorten, depth - 1));
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  return isRecord(value) ? shortRecord(value, shorten, depth - 1) : value;
}

/** A copy: a mere slice would keep all of the text in memory. It is blank only where all of the text is. */
export function beginning(text: string, length: number): string {
  if (text.length <= length) {
    return text;
  }
  const begin = text.slice(0, length);
  const shown = begin.trim() === '' ? text.trimStart().slice(0, length) || begin : begin;
  return Buffer.from(shown).toString();
}
