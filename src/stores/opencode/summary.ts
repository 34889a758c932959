import { type Lineage, type SessionInfo, type SessionRef, sessionId, sessionKey } from '../../core/model.ts';
import { forgetOthers, recall, type SessionDatabase } from '../common/databaseSessions.ts';
import { oneLine } from '../common/fields.ts';
import { type FindUnfinished, type ForkCandidate, notesIn, unfinishedOf } from '../common/forkNotes.ts';
import type { ForeignDatabase } from '../common/sqlite.ts';
import { fingerprintOf, lineages, type SessionRows } from './lineage.ts';
import { endsTurn, promptText, standingRows } from './messages.ts';
import type { Place } from './place.ts';
import {
  checkSchema,
  type MessageRow,
  messageRows,
  partCount,
  partsOf,
  type SessionRow,
  sessionRows,
  sizeOf,
} from './rows.ts';

/** What was read of a session once and holds as long as its mark does. */
interface Known {
  readonly mark: string;
  readonly rows: readonly MessageRow[];
  readonly size: number;
  readonly prompts: Map<string, string>;
}

/** One store: its database and program, and what it remembers of sessions, so that only those that changed are read. */
export interface Shelf extends SessionDatabase {
  readonly place: Place;
  readonly memory: Map<string, Known>;
}

/** What a list shows of each session, but for its file. */
export function readInfos(shelf: Shelf, database: ForeignDatabase): readonly SessionInfo[] {
  const { agent, memory, place } = shelf;
  // A note may come or go while the rows are read.
  const before = notesIn(place.folder);
  const all = readSessions(shelf, database);
  const unfinished = unfinishedOf(candidatesOf(database, all), [...before, ...notesIn(place.folder)]);
  const sessions = all.filter(({ session }) => !unfinished.has(session.id));
  forgetOthers(
    memory,
    // The parts that are still to come change no mark.
    sessions.map(({ session }) => session.id),
  );
  const parents = lineages(agent, sessions);
  return sessions.map((rows) => {
    const ref: SessionRef = { agent, id: sessionId(rows.session.id) };
    return infoOf(database, ref, rows, rows.known, parents.get(sessionKey(ref)));
  });
}

/** Tells which sessions forks left unfinished. Of those nothing is remembered. */
export const unfinishedOn =
  (shelf: Shelf): FindUnfinished =>
  (database, notes) => {
    const sessions = readSessions({ ...shelf, memory: new Map(shelf.memory) }, database);
    return unfinishedOf(candidatesOf(database, sessions), notes);
  };

interface ReadSession extends SessionRows {
  readonly known: Known;
}

function readSessions({ memory }: Shelf, database: ForeignDatabase): readonly ReadSession[] {
  checkSchema(database);
  return sessionRows(database).map((session) => {
    const known = recall(memory, session.id, session.mark, () => readKnown(database, session));
    return { session, known, rows: standingRows(known.rows, session) };
  });
}

const candidatesOf = (
  database: ForeignDatabase,
  sessions: readonly ReadSession[],
): readonly ForkCandidate[] =>
  sessions.map(({ session: { id, title, created }, known: { rows } }) => ({
    id,
    name: title,
    made: created,
    created,
    messages: () => rows.map(fingerprintOf),
    count: () => rows.length + partCount(database, id),
  }));

const readKnown = (database: ForeignDatabase, { id, mark }: SessionRow): Known => ({
  mark,
  rows: messageRows(database, id),
  size: sizeOf(database, id),
  prompts: new Map(),
});

// Until the model named it, a session bears its time (1.18.33).
const unnamed = /^(New session|Child session) - \d{4}-\d\d-\d\dT[\d:.]+Z$/;

function infoOf(
  database: ForeignDatabase,
  ref: SessionRef,
  { session, rows }: SessionRows,
  known: Known,
  lineage: Lineage | undefined,
): SessionInfo {
  const titled = session.title !== '' && !unnamed.test(session.title);
  const last = rows.at(-1);
  const isOpen = last && !(last.role === 'assistant' && endsTurn(last, undefined));
  return {
    ref,
    title: titled ? session.title : promptFrom(database, known, rows, 0) || session.title || ref.id,
    titled,
    preview: promptFrom(database, known, rows, lineage?.messages ?? 0),
    ...(session.directory ? { cwd: session.directory } : {}),
    created: session.created,
    updated: Math.max(session.updated, last?.created ?? 0),
    messageCount: rows.length,
    size: known.size,
    ...(lineage ? { lineage } : {}),
    ...(session.archived ? { archived: true } : {}),
    ...(isOpen ? { openTurn: true } : {}),
  };
}

function promptFrom(
  database: ForeignDatabase,
  { prompts }: Known,
  rows: readonly MessageRow[],
  from: number,
): string {
  const row = rows.slice(from).find(({ role }) => role === 'user');
  if (!row) {
    return '';
  }
  const text = prompts.get(row.id) ?? oneLine(promptText(partsOf(database, row.id)));
  prompts.set(row.id, text);
  return text;
}
