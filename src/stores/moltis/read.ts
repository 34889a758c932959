import { errorText, SessionForksError } from '../../core/errors.ts';
import type { MessageRange, SessionId, SessionInfo, Transcript } from '../../core/model.ts';
import { missingSession } from '../common/files.ts';
import { messagesOf, type Placed } from '../common/placed.ts';
import { readDatabase } from '../common/sqlite.ts';
import { transcriptOf } from '../common/transcript.ts';
import { type Entry, findHistory, readHistory } from './history.ts';
import { readMessages } from './messages.ts';
import { type SessionRow, sessionRows } from './rows.ts';
import { type Shelf, summariseRead } from './summary.ts';

/** A session read afresh. */
export interface OpenedSession {
  readonly info: SessionInfo;
  readonly row: SessionRow;
  readonly entries: readonly Entry[];
  readonly messages: readonly Placed[];
}

/** Reads a session and what a list shows of it. Throws `no_such_session`, also when the database cannot be read. */
export async function openSession(shelf: Shelf, id: SessionId): Promise<OpenedSession> {
  const row = await findRow(shelf, id);
  const { file, history } = await historyOf(shelf, row);
  const messages = readMessages(history.entries, shelf.place.histories);
  const info = summariseRead(shelf, row, file, history, messages);
  return { info, row, entries: history.entries, messages };
}

async function historyOf({ place }: Shelf, { key }: SessionRow) {
  try {
    const file = await findHistory(place, key);
    return { file, history: file ? await readHistory(file.path) : { entries: [], bad: [] } };
  } catch (error) {
    const text = `The history of ${key} cannot be read: ${errorText(error)}.`;
    throw new SessionForksError('no_such_session', text, error);
  }
}

/** The messages of a session, `range` of them. Throws `no_such_session`. */
export async function readSession(shelf: Shelf, id: SessionId, range?: MessageRange): Promise<Transcript> {
  const { info, messages } = await openSession(shelf, id);
  return transcriptOf(info, messagesOf(messages), range);
}

/** What the database knows of a session. Throws `no_such_session`. */
export async function findRow({ place }: Shelf, id: SessionId): Promise<SessionRow> {
  const found = await readDatabase(place.database, sessionRows);
  if (found.kind === 'problem') {
    throw new SessionForksError('no_such_session', found.problem.text);
  }
  const row = found.kind === 'read' ? found.value.find(({ key }) => key === id) : undefined;
  if (!row) {
    throw missingSession('Moltis');
  }
  return row;
}
