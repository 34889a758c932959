import { readdirSync, readFileSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { v4 as uuid } from 'uuid';
import type { Listing } from '../../core/store.ts';
import { numberOf, textOf } from './fields.ts';
import { type JsonRecord, parseRecord } from './jsonl.ts';
import { isForsaken } from './leftovers.ts';
import { type ForeignDatabase, readDatabase } from './sqlite.ts';
import { forsakenName, temporaryName, writerOf } from './temporaries.ts';

/**
 * What is noted beside the database before an agent makes a fork: it writes the session first and its messages then, and
 * stops between the two when its program ends (goose 1.52.0, OpenCode 1.18.33).
 */
export interface ForkNote {
  readonly source: string;
  /** What the agent calls its own copy, and what the fork is called in the end. */
  readonly names: readonly string[];
  /** Sessions with a higher `made` were made later. */
  readonly after: number;
  /** By then the fork is made or given up; ms since 1970. */
  readonly until: number;
  /** How much the whole fork holds, counted as its `count`. */
  readonly keep: number;
}

/** Does `work` under a note. When it fails, what it may have left stays noted, for the next fork or list to remove. */
export async function withNote<Result>(
  folder: string,
  note: ForkNote,
  work: () => Promise<Result>,
): Promise<Result> {
  const path = join(folder, temporaryName(uuid()));
  await writeNote(path, note);
  try {
    return await work();
  } catch (error) {
    await leaveNote(folder, { ...note, until: Math.min(note.until, Date.now()) });
    throw error;
  } finally {
    await rm(path, { force: true });
  }
}

/** Under nobody's name it must stand whole: what does not is removed. */
async function leaveNote(folder: string, note: ForkNote): Promise<void> {
  const path = join(folder, temporaryName(uuid()));
  await writeNote(path, note);
  await rename(path, join(folder, forsakenName(uuid())));
}

const writeNote = (path: string, note: ForkNote): Promise<void> =>
  writeFile(path, JSON.stringify(note), { flag: 'wx', mode: 0o600 });

/** A session that may be one of these forks. */
export interface ForkCandidate {
  readonly id: string;
  readonly name: string;
  /** Its place among all sessions: higher for what was made later. */
  readonly made: number;
  readonly created: number;
  /** What a copy keeps of each message. */
  readonly messages: () => readonly string[];
  /** How much it holds: its messages, and their parts where they are stored apart. */
  readonly count: () => number;
}

/** The ids of the sessions that the forks of these notes left unfinished. */
export function unfinishedOf(
  candidates: readonly ForkCandidate[],
  notes: readonly ForkNote[],
): ReadonlySet<string> {
  const found = notes.flatMap((note) => {
    const original = candidates.find(({ id }) => id === note.source);
    return candidates.filter((candidate) => isUnfinished(candidate, note, original));
  });
  return new Set(found.map(({ id }) => id));
}

/** Whether it was made meanwhile, and has nothing in it that its source (`original`) does not hold. */
function isUnfinished(
  { name, made, created, messages, count }: ForkCandidate,
  { names, after, until, keep }: ForkNote,
  original: ForkCandidate | undefined,
): boolean {
  const isMeant = made > after && created <= until && names.includes(name);
  if (!isMeant || count() === keep) {
    return false;
  }
  const known = new Set(original?.messages());
  return messages().every((message) => known.has(message));
}

/** Where forks are noted, and the database in which they are made. */
interface Noted {
  readonly place: { readonly folder: string };
  readonly path: string;
}

/** Tells what the forks of these notes left unfinished, by ids. */
export type FindUnfinished = (database: ForeignDatabase, notes: readonly ForkNote[]) => ReadonlySet<string>;

/** Removes what forks left behind that failed or whose processes were killed, as `find` finds it, and their notes. */
export async function removeUnfinished(
  { place, path }: Noted,
  find: FindUnfinished,
  remove: (id: string) => Promise<unknown>,
): Promise<void> {
  const forsaken = await forsakenIn(place.folder);
  if (forsaken.length === 0) {
    return;
  }
  const notes = forsaken.flatMap((one) => one.notes);
  const found = await readDatabase(path, (database) => find(database, notes));
  if (found.kind !== 'read') {
    return;
  }
  for (const id of found.value) {
    await remove(id);
  }
  await removeNotes(forsaken);
}

/**
 * Removes the notes of forks that nobody makes any more and that left nothing, after a listing without problems; where
 * none is listed there may be no folder. The others hide what is unfinished.
 */
export async function removeSettledNotes(
  { place, path }: Noted,
  { sessions, problems }: Listing,
  find: FindUnfinished,
): Promise<void> {
  const now = Date.now();
  const forsaken = problems.length > 0 || sessions.length === 0 ? [] : await forsakenIn(place.folder);
  const over = forsaken.filter(({ notes }) => notes.every(({ until }) => until < now));
  if (over.length === 0) {
    return;
  }
  const found = await readDatabase(path, (database) =>
    over.filter(({ notes }) => find(database, notes).size === 0),
  );
  if (found.kind === 'read') {
    await removeNotes(found.value);
  }
}

/** The notes that lie in a folder. */
export const notesIn = (folder: string): readonly ForkNote[] =>
  pathsIn(folder).flatMap((path) => readNote(path) ?? []);

/** A note that nobody works under any more; without one in it when it was not written to its end. */
interface ForsakenNote {
  readonly path: string;
  readonly notes: readonly ForkNote[];
}

async function forsakenIn(folder: string): Promise<readonly ForsakenNote[]> {
  const all = pathsIn(folder);
  const forsaken = await Promise.all(all.map(isForsaken));
  return all.flatMap((path, index) => {
    const notes = forsaken[index] ? readNote(path) : undefined;
    return notes ? [{ path, notes }] : [];
  });
}

/** What cannot be removed stays for later. */
async function removeNotes(notes: readonly ForsakenNote[]): Promise<void> {
  await Promise.allSettled(notes.map(({ path }) => rm(path, { force: true })));
}

const pathsIn = (folder: string): readonly string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isFile() && writerOf(entry.name) ? [join(folder, entry.name)] : [],
  );

/** Nothing in what was not written to its end; undefined for what cannot be read, or is gone. */
function readNote(path: string): readonly ForkNote[] | undefined {
  const text = textIn(path);
  return text === undefined ? undefined : notesOf(parseRecord(text));
}

function notesOf(record: JsonRecord | undefined): readonly ForkNote[] {
  const source = textOf(record?.source);
  const [after, until, keep] = [record?.after, record?.until, record?.keep].map(numberOf);
  const names = Array.isArray(record?.names) ? record.names.flatMap((name) => textOf(name) ?? []) : [];
  const isWhole = source !== undefined && after !== undefined && until !== undefined && keep !== undefined;
  return isWhole ? [{ source, names, after, until, keep }] : [];
}

/** Notes come and go, and one that cannot be read must not keep a list from being shown. */
function textIn(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
