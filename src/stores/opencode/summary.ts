import { type Lineage, type SessionInfo, type SessionRef, sessionId, sessionKey } from '../../core/model.ts';
import { forgetOthers, recall, type SessionDatabase } from '../common/databaseSessions.ts';
import { oneLine } from '../common/fields.ts';
import type { ForeignDatabase } from '../common/sqlite.ts';
import { lineages, type SessionRows } from './lineage.ts';
import { endsTurn, promptText, standingRows } from './messages.ts';
import type { Place } from './place.ts';
import {
  checkSchema,
  type MessageRow,
  messageRows,
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
export function readInfos({ agent, memory }: Shelf, database: ForeignDatabase): readonly SessionInfo[] {
  checkSchema(database);
  const sessions = sessionRows(database).map((session) => {
    const known = recall(memory, session.id, session.mark, () => readKnown(database, session));
    return { session, known, rows: standingRows(known.rows, session) };
  });
  forgetOthers(
    memory,
    sessions.map(({ session }) => session.id),
  );
  const parents = lineages(agent, sessions);
  return sessions.map((rows) => {
    const ref: SessionRef = { agent, id: sessionId(rows.session.id) };
    return infoOf(database, ref, rows, rows.known, parents.get(sessionKey(ref)));
  });
}

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
