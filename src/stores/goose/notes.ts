import { readdirSync, readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { v4 as uuid } from 'uuid';
import { numberOf, textOf } from '../common/fields.ts';
import { parseRecord } from '../common/jsonl.ts';
import { isForsaken } from '../common/leftovers.ts';
import { temporaryName, writerOf } from '../common/temporaries.ts';
import type { SessionRow } from './rows.ts';

/**
 * What is noted beside the database before goose makes a fork: it writes the session first and its messages then, and
 * stops between the two when the process that asked for it is killed (1.52.0).
 */
export interface ForkNote {
  readonly source: string;
  /** What goose calls its own copy, and what the fork is called in the end. */
  readonly names: readonly string[];
  /** Rows of `sessions` with a higher number were made later. */
  readonly after: number;
  /** By then the fork is made or given up; ms since 1970. */
  readonly until: number;
  /** How many messages the whole fork holds. */
  readonly keep: number;
}

/** Does `work` under a note. */
export async function withNote<Result>(
  folder: string,
  note: ForkNote,
  work: () => Promise<Result>,
): Promise<Result> {
  const path = join(folder, temporaryName(uuid()));
  await writeFile(path, JSON.stringify(note), { flag: 'wx', mode: 0o600 });
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

/** What a list shows of a session that may be one of these forks. */
interface Candidate {
  readonly session: SessionRow;
  readonly messages: readonly { readonly id: string }[];
}

/**
 * Whether a session is the unfinished fork of a note: made meanwhile, and with nothing in it that its source
 * (`original`) does not hold.
 */
export function isUnfinished(
  { session, messages }: Candidate,
  { names, after, until, keep }: ForkNote,
  original: Candidate | undefined,
): boolean {
  const isMeant = session.made > after && session.created <= until && names.includes(session.name);
  if (!isMeant || messages.length === keep) {
    return false;
  }
  const ids = new Set(original?.messages.map(({ id }) => id));
  return messages.every(({ id }) => ids.has(id));
}

/** The notes that lie in a folder. */
export const notesIn = (folder: string): readonly ForkNote[] => pathsIn(folder).flatMap(readNote);

/** The notes of processes that are gone, each with its path; also what was not written to its end. */
export async function forsakenIn(
  folder: string,
): Promise<{ readonly paths: readonly string[]; readonly notes: readonly ForkNote[] }> {
  const all = pathsIn(folder);
  const forsaken = await Promise.all(all.map(isForsaken));
  const paths = all.filter((_, index) => forsaken[index]);
  return { paths, notes: paths.flatMap(readNote) };
}

const pathsIn = (folder: string): readonly string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isFile() && writerOf(entry.name) ? [join(folder, entry.name)] : [],
  );

function readNote(path: string): readonly ForkNote[] {
  const record = parseRecord(textIn(path));
  const source = textOf(record?.source);
  const [after, until, keep] = [record?.after, record?.until, record?.keep].map(numberOf);
  const names = Array.isArray(record?.names) ? record.names.flatMap((name) => textOf(name) ?? []) : [];
  const isWhole = source !== undefined && after !== undefined && until !== undefined && keep !== undefined;
  return isWhole ? [{ source, names, after, until, keep }] : [];
}

/** Notes come and go, and one that cannot be read must not keep a list from being shown. */
function textIn(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
