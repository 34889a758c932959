import { isRecord, type JsonRecord } from './jsonl.ts';

/** What a value of unknown shape holds, or undefined: for records that other programs wrote. */
export const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

export const numberOf = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;

export const recordOf = (value: unknown): JsonRecord | undefined => (isRecord(value) ? value : undefined);

/** The objects in a list; empty for anything else. */
export const recordsOf = (value: unknown): readonly JsonRecord[] =>
  Array.isArray(value) ? value.filter(isRecord) : [];

/** Milliseconds since 1970 of an ISO time, or undefined. */
export function timeOf(value: unknown): number | undefined {
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isFinite(time) ? time : undefined;
}

/** One line of at most `limit` characters, counted by code points: for titles and previews. */
export function oneLine(text: string, limit = 200): string {
  // What `replaceAll` gives is held in pieces until it is read: they take half a kilobyte.
  const line = text
    .slice(0, limit * 8)
    .trim()
    .split(/\s+/)
    .join(' ');
  const characters = line.length > limit ? [...line] : [];
  return characters.length > limit ? `${characters.slice(0, limit - 1).join('')}…` : line;
}
