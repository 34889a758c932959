import { type Stats, statSync } from 'node:fs';
import { textOf } from '../common/fields.ts';
import {
  type BadLine,
  firstLine,
  type JsonRecord,
  type LineStart,
  parseRecord,
  readLineBatches,
  type TextLine,
} from '../common/jsonl.ts';
import { type Entry, entryOf } from './entries.ts';

/** One reading of a transcript: its chain records, and what the records beside the chain say. */
export interface Scan {
  readonly path: string;
  readonly stats: Stats;
  readonly entries: readonly Entry[];
  readonly bad: readonly BadLine[];
  readonly facts: Facts;
}

/** The last word of each kind, and every folder that a record names, in their order. */
export interface Facts {
  readonly customTitle?: string;
  readonly aiTitle?: string;
  readonly relocatedCwd?: string;
  /** Of the program that wrote the first record which tells it. */
  readonly version?: string;
  /** Whether there are file checkpoints. */
  readonly checkpoints?: boolean;
  readonly pin?: Pin;
  readonly cwds: ReadonlySet<string>;
}

/** The record that the program was at when it wrote a `last-prompt` record; `explicit`: a person went back to it. */
export interface Pin {
  readonly leaf: string;
  readonly explicit: boolean;
  readonly line: number;
}

/** What a transcript is: a session's, in which the records of subagents are passed over, or the run of a subagent. */
export type ScanOf = 'session' | 'run';

/**
 * Reads a transcript. `keep` says whether entries carry their records, which listing does not need.
 * Throws `cancelled`, else what opening or reading throws; a line that cannot be read is data in `bad`.
 */
export const scanTranscript = (
  path: string,
  keep: 'entries' | 'records',
  signal?: AbortSignal,
  of: ScanOf = 'session',
): Promise<Scan> => new Scanner(path, keep, of).read(signal);

/** Reads one transcript, and once the file has grown only what is new in it. */
export class Scanner {
  readonly #path: string;
  readonly #keep: 'entries' | 'records';
  readonly #of: ScanOf;
  readonly #entries = new Map<string, Entry>();
  readonly #bad: BadLine[] = [];
  readonly #facts: OpenFacts = { cwds: new Set() };
  #next: LineStart = firstLine;
  #isEnded = true;

  constructor(path: string, keep: 'entries' | 'records', of: ScanOf) {
    this.#path = path;
    this.#keep = keep;
    this.#of = of;
  }

  /** The bytes that were read so far; undefined when the last line had no end, which may yet come. */
  get end(): number | undefined {
    return this.#isEnded ? this.#next.start : undefined;
  }

  /** Reads on to the file's end, and gives all that it holds. Throws as `scanTranscript`. */
  async read(signal?: AbortSignal): Promise<Scan> {
    const stats = statSync(this.#path);
    if (!stats.isFile()) {
      throw new Error('it is not a regular file');
    }
    for await (const batch of readLineBatches(this.#path, signal, this.#next)) {
      for (const line of batch) {
        this.#take(line);
      }
    }
    return {
      path: this.#path,
      stats,
      entries: [...this.#entries.values()],
      bad: [...this.#bad],
      facts: { ...this.#facts, cwds: new Set(this.#facts.cwds) },
    };
  }

  #take(line: TextLine): void {
    const parsed = parseRecord(line.text);
    const record = parsed && this.#of === 'run' ? { ...parsed, isSidechain: false } : parsed;
    if (record) {
      noteFact(this.#facts, line.number, record);
      const entry = entryOf(line, record, this.#keep === 'records');
      // Of a record written twice the last counts, as it does for the program.
      if (entry) {
        this.#entries.set(entry.uuid, entry);
      }
    } else if (line.text !== '') {
      this.#bad.push({ number: line.number, torn: !line.ended });
    }
    this.#next = { number: line.number + 1, start: line.end + 1 };
    this.#isEnded = line.ended;
  }
}

type Mutable<Type> = { -readonly [Name in keyof Type]: Type[Name] };
type OpenFacts = Mutable<Omit<Facts, 'cwds'>> & { readonly cwds: Set<string> };

const textFacts = {
  'custom-title': ['customTitle', 'customTitle'],
  'ai-title': ['aiTitle', 'aiTitle'],
  relocated: ['relocatedCwd', 'relocatedCwd'],
} as const;

const isTextFact = (type: unknown): type is keyof typeof textFacts =>
  typeof type === 'string' && Object.hasOwn(textFacts, type);

function noteFact(facts: OpenFacts, line: number, record: JsonRecord): void {
  if (isTextFact(record.type)) {
    const [fact, field] = textFacts[record.type];
    const text = textOf(record[field]);
    if (text !== undefined) {
      facts[fact] = text;
    }
  }
  if (facts.version === undefined && typeof record.version === 'string') {
    facts.version = record.version;
  }
  if (record.type === 'file-history-snapshot' || record.type === 'file-history-delta') {
    facts.checkpoints = true;
  }
  if (record.type === 'last-prompt') {
    facts.pin = { leaf: textOf(record.leafUuid) ?? '', explicit: record.explicit === true, line };
  }
  if (typeof record.cwd === 'string' && record.isSidechain !== true) {
    facts.cwds.add(record.cwd);
  }
}
