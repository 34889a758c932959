import { inferLineage } from '../../core/lineage.ts';
import {
  type Lineage,
  type MessageId,
  type SessionInfo,
  type SessionRef,
  sessionId,
  sessionKey,
} from '../../core/model.ts';
import { forgetOthers, recall, type SessionDatabase } from '../common/databaseSessions.ts';
import { oneLine } from '../common/fields.ts';
import { type FindUnfinished, type ForkCandidate, notesIn, unfinishedOf } from '../common/forkNotes.ts';
import { messagesOf } from '../common/placed.ts';
import type { ForeignDatabase } from '../common/sqlite.ts';
import { startedBy } from '../common/subagents.ts';
import { isTurnOpen } from '../common/transcript.ts';
import { readMessages } from './messages.ts';
import type { Place } from './place.ts';
import { checkSchema, messageRows, type SessionRow, sessionRows, sizeOf } from './rows.ts';

/** What was read of a session once and holds as long as its mark does. */
interface Known {
  readonly mark: string;
  /** For each message its id, and one line of its text when it is a prompt. */
  readonly messages: readonly { readonly id: MessageId; readonly prompt?: string }[];
  readonly isOpen: boolean;
  readonly size: number;
}

/** One store: its database and program, and what it remembers of sessions, so that only those that changed are read. */
export interface Shelf extends SessionDatabase {
  readonly place: Place;
  readonly memory: Map<string, Known>;
}

/** What a list shows of each session, but for its file. goose records no parent of a fork, but keeps the ids of messages. */
export function readInfos(
  { agent, memory, place }: Shelf,
  database: ForeignDatabase,
): readonly SessionInfo[] {
  // A note may come or go while the rows are read.
  const before = notesIn(place.folder);
  const all = readSessions({ agent, memory }, database);
  const unfinished = unfinishedOf(all.map(candidateOf), [...before, ...notesIn(place.folder)]);
  const sessions = all.filter(({ session }) => !unfinished.has(session.id));
  const lineages = inferLineage(
    // Whole seconds do not tell which of two is older; the order of the rows does.
    sessions
      .filter(({ session }) => session.startedBy === undefined)
      .map(({ ref, known }, index) => ({
        ref,
        created: index,
        fingerprints: known.messages.map(({ id }) => id),
      })),
  );
  return sessions.map(({ session, ref, known }) => {
    const starter = session.startedBy;
    const lineage = starter ? startedBy({ agent, id: sessionId(starter) }) : lineages.get(sessionKey(ref));
    return infoOf(ref, session, known, lineage);
  });
}

/** Tells which sessions forks left unfinished. */
export const unfinishedOn =
  (shelf: Shelf): FindUnfinished =>
  (database, notes) =>
    unfinishedOf(readSessions(shelf, database).map(candidateOf), notes);

interface ReadSession {
  readonly session: SessionRow;
  readonly ref: SessionRef;
  readonly known: Known;
}

function readSessions(
  { agent, memory }: Pick<Shelf, 'agent' | 'memory'>,
  database: ForeignDatabase,
): readonly ReadSession[] {
  checkSchema(database);
  const sessions = sessionRows(database).map((session) => {
    const ref: SessionRef = { agent, id: sessionId(session.id) };
    const known = recall(memory, session.id, session.mark, () => readKnown(database, session));
    return { session, ref, known };
  });
  forgetOthers(
    memory,
    sessions.map(({ session }) => session.id),
  );
  return sessions;
}

const candidateOf = ({ session, known: { messages } }: ReadSession): ForkCandidate => ({
  ...session,
  messages: () => messages.map(({ id }) => id),
  count: () => messages.length,
});

function readKnown(database: ForeignDatabase, { id, mark }: SessionRow): Known {
  const messages = messagesOf(readMessages(messageRows(database, id)));
  return {
    mark,
    messages: messages.map((message) => ({
      id: message.id,
      ...(message.kind === 'prompt' ? { prompt: oneLine(message.text.replace(runHead, '')) } : {}),
    })),
    isOpen: isTurnOpen(messages),
    size: sizeOf(database, id),
  };
}

// Until goose named it, a session bears one of these.
const unnamed = ['New Chat', 'New session', 'CLI Session', 'ACP Session', 'Delegated task'];
// What goose puts before the prompt of a subagent's run (1.52.0).
const runHead = /^Subagent ID: \S+\s+/;

function infoOf(
  ref: SessionRef,
  session: SessionRow,
  known: Known,
  lineage: Lineage | undefined,
): SessionInfo {
  const titled = session.isNamed || (session.name !== '' && !unnamed.includes(session.name));
  return {
    ref,
    title: titled ? session.name : promptFrom(known, 0) || session.name || ref.id,
    titled,
    preview: promptFrom(known, lineage?.messages ?? 0),
    ...(session.directory ? { cwd: session.directory } : {}),
    created: session.created,
    updated: session.updated,
    messageCount: known.messages.length,
    size: known.size,
    ...(lineage ? { lineage } : {}),
    ...(session.archived ? { archived: true } : {}),
    ...(known.isOpen ? { openTurn: true } : {}),
  };
}

const promptFrom = ({ messages }: Known, from: number): string =>
  messages.slice(from).find(({ prompt }) => prompt !== undefined)?.prompt ?? '';
