import { SessionForksError } from '../../core/errors.ts';
import type { Message, MessageRange, SessionId, SessionInfo, Transcript } from '../../core/model.ts';
import { type ForeignDatabase, readDatabase } from '../shared/sqlite.ts';
import { transcriptOf } from '../shared/transcript.ts';
import { readMessages, standingRows } from './messages.ts';
import { type FullMessageRow, fullMessageRows, type SessionRow, sessionRows } from './rows.ts';
import { readInfos, type Shelf } from './summary.ts';

/** A session read afresh. `rows` holds the messages that were taken back, too. */
export interface OpenedSession {
  readonly session: SessionRow;
  readonly rows: readonly FullMessageRow[];
  readonly messages: readonly Message[];
}

interface Opened extends OpenedSession {
  readonly info: SessionInfo;
}

/** Reads a session and what a list shows of it. Throws `no_such_session`, also when the database cannot be read. */
export async function openSession(shelf: Shelf, id: SessionId): Promise<Opened> {
  const path = shelf.place.database;
  const found = await readDatabase(path, (database) => {
    const info = readInfos(shelf, database).find((candidate) => candidate.ref.id === id);
    return info && { info, ...openRows(database, id) };
  });
  if (found.kind === 'problem') {
    throw new SessionForksError('no_such_session', found.problem.text);
  }
  const value = found.kind === 'read' ? found.value : undefined;
  if (found.kind !== 'read' || !value?.session) {
    throw new SessionForksError('no_such_session', `OpenCode has no session ${id}.`);
  }
  const { info, session, rows, messages } = value;
  return { info: { ...info, file: { path, stamp: found.stamp } }, session, rows, messages };
}

function openRows(database: ForeignDatabase, id: SessionId) {
  const session = sessionRows(database).find((row) => row.id === id);
  const rows = session ? fullMessageRows(database, id) : [];
  const messages = session ? readMessages(database, standingRows(rows, session), session) : [];
  return { session, rows, messages };
}

/** The standing messages of a session, `range` of them. Throws `no_such_session`. */
export async function readSession(shelf: Shelf, id: SessionId, range?: MessageRange): Promise<Transcript> {
  const { info, messages } = await openSession(shelf, id);
  return transcriptOf(info, messages, range);
}
