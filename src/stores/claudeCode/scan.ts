import type { Stats } from 'node:fs';
import { textOf } from '../common/fields.ts';
import { type BadLine, type JsonRecord, parseRecord } from '../common/jsonl.ts';
import { KeptScans } from '../common/keptScans.ts';
import { LineScanner } from '../common/lineScanner.ts';
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
type ScanOf = 'session' | 'run';

/**
 * Reads a transcript. `keep` says whether entries carry their records, which listing does not need.
 * Throws `cancelled`, else what opening or reading throws; a line that cannot be read is data in `bad`.
 */
export const scanTranscript = (
  path: string,
  keep: 'entries' | 'records',
  signal?: AbortSignal,
  of: ScanOf = 'session',
): Promise<Scan> => scannerOf(path, keep, of).read(signal);

const kept = new KeptScans(
  (path) => scannerOf(path, 'entries', 'session'),
  ({ entries }) => entries.length,
);

/** The same of a session's transcript, without its records: of a long one only what is new since it was read last. */
export const scanKept = (path: string, signal?: AbortSignal): Promise<Scan> => kept.scan(path, signal);

function scannerOf(path: string, keep: 'entries' | 'records', of: ScanOf): LineScanner<Scan> {
  const entries = new Map<string, Entry>();
  const bad: BadLine[] = [];
  const facts: OpenFacts = { cwds: new Set() };
  let previous: Entry | undefined;
  return new LineScanner(path, {
    take: (line) => {
      const parsed = parseRecord(line.text);
      const record = parsed && of === 'run' ? { ...parsed, isSidechain: false } : parsed;
      if (record) {
        noteFact(facts, line.number, record);
        const entry = entryOf(line, record, keep === 'records', previous);
        // Of a record written twice the last counts, as it does for the program.
        if (entry) {
          entries.set(entry.uuid, entry);
          previous = entry;
        }
      } else if (line.text !== '') {
        bad.push({ number: line.number, torn: !line.ended });
      }
    },
    give: (stats) => ({
      path,
      stats,
      entries: [...entries.values()],
      bad: [...bad],
      facts: { ...facts, cwds: new Set(facts.cwds) },
    }),
  });
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
