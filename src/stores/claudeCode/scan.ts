import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { textOf } from '../shared/fields.ts';
import { type BadLine, type JsonRecord, parseRecord, readLineBatches } from '../shared/jsonl.ts';
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
  /** The record that the program was at, when it wrote that down. */
  readonly pinnedLeaf?: string;
  readonly relocatedCwd?: string;
  readonly cwds: ReadonlySet<string>;
}

/**
 * Reads a transcript. `keep` says whether entries carry their records, which listing does not need.
 * Throws `cancelled`, else what opening or reading throws; a line that cannot be read is data in `bad`.
 */
export async function scanTranscript(
  path: string,
  keep: 'entries' | 'records',
  signal?: AbortSignal,
): Promise<Scan> {
  const stats = await stat(path);
  if (!stats.isFile()) {
    throw new Error('it is not a regular file');
  }
  const entries = new Map<string, Entry>();
  const bad: BadLine[] = [];
  const facts: OpenFacts = { cwds: new Set() };
  for await (const batch of readLineBatches(path, signal)) {
    for (const line of batch) {
      const record = parseRecord(line.text);
      if (record) {
        noteFact(facts, record);
        addEntry(entries, entryOf(line.number, record, keep === 'records'));
      } else if (line.text !== '') {
        bad.push({ number: line.number, torn: !line.ended });
      }
    }
  }
  return { path, stats, entries: [...entries.values()], bad, facts };
}

/** Of records written twice the first counts. */
function addEntry(entries: Map<string, Entry>, entry: Entry | undefined): void {
  if (entry && !entries.has(entry.uuid)) {
    entries.set(entry.uuid, entry);
  }
}

type Mutable<Type> = { -readonly [Name in keyof Type]: Type[Name] };
type OpenFacts = Mutable<Omit<Facts, 'cwds'>> & { readonly cwds: Set<string> };

const factTypes = {
  'custom-title': ['customTitle', 'customTitle'],
  'ai-title': ['aiTitle', 'aiTitle'],
  'last-prompt': ['pinnedLeaf', 'leafUuid'],
  relocated: ['relocatedCwd', 'relocatedCwd'],
} as const;

const isFactType = (type: unknown): type is keyof typeof factTypes =>
  typeof type === 'string' && Object.hasOwn(factTypes, type);

function noteFact(facts: OpenFacts, record: JsonRecord): void {
  if (isFactType(record.type)) {
    const [fact, field] = factTypes[record.type];
    const text = textOf(record[field]);
    if (text !== undefined) {
      facts[fact] = text;
    }
  }
  if (typeof record.cwd === 'string' && record.isSidechain !== true) {
    facts.cwds.add(record.cwd);
  }
}
