import type { Message, MessageRange, SessionId, SessionInfo, Transcript } from '../../core/model.ts';
import { openInDatabase } from '../common/databaseSessions.ts';
import type { ForeignDatabase } from '../common/sqlite.ts';
import { transcriptOf } from '../common/transcript.ts';
import { readMessages, standingRows } from './messages.ts';
import { type FullMessageRow, fullMessageRows, type SessionRow, sessionRows } from './rows.ts';
import { readInfos, type Shelf } from './summary.ts';

/** A session read afresh. `rows` holds the messages that were taken back, too; `messages` only those that stand. */
export interface OpenedSession {
  readonly info: SessionInfo;
  readonly session: SessionRow;
  readonly rows: readonly FullMessageRow[];
  readonly messages: readonly Message[];
}

/** Reads a session and what a list shows of it. Throws `no_such_session`, also when the database cannot be read. */
export const openSession = (shelf: Shelf, id: SessionId): Promise<OpenedSession> =>
  openInDatabase(shelf, (database) => openRows(shelf, database, id));

function openRows(shelf: Shelf, database: ForeignDatabase, id: SessionId): OpenedSession | undefined {
  const info = readInfos(shelf, database).find((candidate) => candidate.ref.id === id);
  const session = sessionRows(database).find((row) => row.id === id);
  if (!info || !session) {
    return undefined;
  }
  const rows = fullMessageRows(database, id);
  return { info, session, rows, messages: readMessages(database, standingRows(rows, session), session) };
}

/** The standing messages of a session, `range` of them. Throws `no_such_session`. */
export async function readSession(shelf: Shelf, id: SessionId, range?: MessageRange): Promise<Transcript> {
  const { info, messages } = await openSession(shelf, id);
  return transcriptOf(info, messages, range);
}
