import type { Stats } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { recordOf, recordsOf, textOf } from '../common/fields.ts';
import { rewritten } from '../common/files.ts';
import { isRecord, type JsonRecord, parseRecord } from '../common/jsonl.ts';
import { isLineWith, type LinePlace, type LineReader } from '../common/lineReader.ts';
import { keptOutlines, type ScannedLine, type ScannedLines, scanLines } from '../common/scannedLines.ts';
import { mentioned, shortened, spoken } from '../common/shortened.ts';

/** One record of a conversation. `first` and `last` are the 1-based lines that hold it; the last one counts. */
export interface GeminiRecord {
  readonly id: string;
  /** All of the record, or of a scan for an outline what that needs. */
  readonly json: JsonRecord;
  readonly first: number;
  readonly last: number;
  /** Where it stands in the file, when a line holds it and nothing else. */
  readonly place: LinePlace | undefined;
}

/** The same record with another content, which stands in no line. */
export const changed = (record: GeminiRecord, members: JsonRecord): GeminiRecord => ({
  ...record,
  json: { ...record.json, ...members },
  place: undefined,
});

/** A line that Gemini CLI passes over, or that takes more away than it says. */
export interface Fault {
  readonly line: number;
  readonly kind: 'unreadable' | 'torn' | 'unknown' | 'lost_rewind';
}

/** A transcript as Gemini CLI loads it. `metadata` is all that headers and `$set` say, without the messages. */
export interface RawTranscript {
  readonly stats: Stats;
  readonly metadata: JsonRecord;
  /** `startTime` of the first header: each resume adds another one. */
  readonly started?: string;
  readonly records: readonly GeminiRecord[];
  readonly faults: readonly Fault[];
  readonly isEmpty: boolean;
}

/**
 * Reads a transcript by the rules of Gemini CLI 0.61.0 (`loadConversationRecord`): a record of a known id takes the place
 * of the earlier one, `$set.messages` puts others in the place of all, `$rewindTo` takes a record and all after it away,
 * headers and `$set` add up. A file that is no JSON lines is read as the one object of older versions. Throws only what
 * opening or reading the file throws.
 */
export const readTranscript = async (path: string): Promise<RawTranscript> =>
  withLegacy(path, rawOf(await scanLines(path, (record) => record)));

const scanRaw = keptOutlines(outlineOf, rawOf);

/**
 * The same with no more of its records than an outline needs: of a long one only what is new since it was read last.
 * Throws `cancelled`, too.
 */
export const scanOutline = async (path: string, signal?: AbortSignal): Promise<RawTranscript> =>
  withLegacy(path, await scanRaw(path, signal));

/** The text of a record as it stands at `place` now. Throws `fork_point_invalid` when it is another one. */
export function recordText(lines: LineReader, record: GeminiRecord, place: LinePlace): string {
  const text = lines.text(place);
  if (!isLineWith(text, `"id":"${record.id}"`)) {
    wholeOf(text, record);
  }
  return text;
}

/** The same record, with all of it, read again from `place`. Throws as `recordText`. */
export const wholeRecord = (lines: LineReader, record: GeminiRecord, place: LinePlace): GeminiRecord => ({
  ...record,
  json: wholeOf(lines.text(place), record),
});

function wholeOf(text: string, { id }: GeminiRecord): JsonRecord {
  const json = parseRecord(text);
  if (json?.id !== id) {
    throw rewritten();
  }
  return json;
}

/** Of a message what an outline needs; all else that a line says, a fork takes along. */
function outlineOf(record: JsonRecord): JsonRecord {
  if (textOf(record.id) !== undefined) {
    return shortened(record, record.type === 'gemini' ? mentioned : spoken);
  }
  const changes = recordOf(record.$set);
  return changes ? { ...record, $set: outlineIn(changes) } : outlineIn(record);
}

const outlineIn = (record: JsonRecord): JsonRecord =>
  Array.isArray(record.messages)
    ? { ...record, messages: recordsOf(record.messages).map(outlineOf) }
    : record;

/** A transcript as its lines say it; `isLegacy`: they say no session, as those of an older version. */
interface Raw extends RawTranscript {
  readonly isLegacy: boolean;
}

function rawOf({ stats, lines, bad }: ScannedLines): Raw {
  const replay = new Replay();
  for (const line of lines) {
    replay.add(line);
  }
  const raw = { stats, ...replay.result() };
  if (hasHeader(raw)) {
    const unreadable = bad.map(
      ({ number, torn }): Fault => ({ line: number, kind: torn ? 'torn' : 'unreadable' }),
    );
    return { ...raw, faults: [...raw.faults, ...unreadable], isEmpty: false, isLegacy: false };
  }
  const isEmpty = lines.length + bad.length === 0;
  return { ...raw, isEmpty, isLegacy: !isEmpty };
}

async function withLegacy(path: string, raw: Raw): Promise<RawTranscript> {
  return raw.isLegacy ? { ...raw, ...(await readLegacy(path)) } : raw;
}

/** Without both Gemini CLI does not take the file for a session. */
export const hasHeader = ({ metadata }: Pick<RawTranscript, 'metadata'>): boolean =>
  Boolean(textOf(metadata.sessionId) && textOf(metadata.projectHash));

async function readLegacy(path: string): Promise<Replayed | undefined> {
  const record = parseRecord(await readFile(path, 'utf8'));
  if (!record || textOf(record.sessionId) === undefined) {
    return undefined;
  }
  const replay = new Replay();
  replay.addHeader(record, 1);
  return replay.result();
}

type Replayed = Omit<RawTranscript, 'stats' | 'isEmpty'>;

/** Adds line after line to what a transcript says. */
class Replay {
  #metadata: JsonRecord = {};
  #started: string | undefined;
  readonly #records = new Map<string, GeminiRecord>();
  readonly #lines = new Map<string, { readonly first: number; readonly last: number }>();
  readonly #faults: Fault[] = [];

  add({ record: json, number: line, start, end }: ScannedLine): void {
    const rewindTo = textOf(json.$rewindTo);
    const changes = recordOf(json.$set);
    if (rewindTo !== undefined) {
      this.#rewind(rewindTo, line);
    } else if (textOf(json.id) !== undefined) {
      this.#put(json, line, { start, end });
    } else if (changes) {
      this.#set(changes, line);
    } else if (textOf(json.sessionId) !== undefined) {
      this.addHeader(json, line);
    } else {
      this.#faults.push({ line, kind: 'unknown' });
    }
  }

  addHeader(json: JsonRecord, line: number): void {
    this.#started ??= textOf(json.startTime);
    this.#merge(json, line);
  }

  result(): Replayed {
    return {
      metadata: this.#metadata,
      ...(this.#started === undefined ? {} : { started: this.#started }),
      records: [...this.#records.values()],
      faults: this.#faults,
    };
  }

  #put(json: JsonRecord, line: number, place: LinePlace): void {
    const id = textOf(json.id) ?? '';
    const lines = { first: this.#lines.get(id)?.first ?? line, last: line };
    this.#lines.set(id, lines);
    this.#records.set(id, { id, json, ...lines, place });
  }

  #set(changes: JsonRecord, line: number): void {
    if (Array.isArray(changes.messages)) {
      this.#records.clear();
    }
    this.#merge(changes, line);
  }

  #merge({ messages, ...metadata }: JsonRecord, line: number): void {
    this.#metadata = { ...this.#metadata, ...metadata };
    for (const json of recordsOf(messages)) {
      const id = textOf(json.id);
      if (id !== undefined) {
        // The line of its own says more than the one that repeats them all.
        const lines = this.#lines.get(id) ?? { first: line, last: line };
        this.#lines.set(id, lines);
        this.#records.set(id, { id, json, ...lines, place: undefined });
      }
    }
  }

  #rewind(to: string, line: number): void {
    const ids = [...this.#records.keys()];
    const index = ids.indexOf(to);
    if (index < 0) {
      this.#faults.push({ line, kind: 'lost_rewind' });
    }
    for (const id of ids.slice(Math.max(0, index))) {
      this.#records.delete(id);
    }
  }
}

/** The parts of a content, which is a text, a part, or a list of both. */
export function partsOf(content: unknown): readonly JsonRecord[] {
  if (typeof content === 'string') {
    return content === '' ? [] : [{ text: content }];
  }
  if (Array.isArray(content)) {
    return content.flatMap(partsOf);
  }
  return isRecord(content) ? [content] : [];
}
