import { existsSync } from 'node:fs';
import { SessionForksError } from '../../core/errors.ts';
import { type SessionId, sessionId } from '../../core/model.ts';
import type { ForkCut } from '../../core/store.ts';
import { untilHeld } from '../common/childProcess.ts';
import { numberOf, recordOf, textOf } from '../common/fields.ts';
import { type ForkNote, removeUnfinished, withNote } from '../common/forkNotes.ts';
import type { JsonRecord } from '../common/jsonl.ts';
import { type AskRpc, RefusedError } from '../common/jsonRpcProcess.ts';
import { readDatabase } from '../common/sqlite.ts';
import { type CutRows, cutRows } from './cut.ts';
import { cutExport } from './exported.ts';
import { totalMs, withGoose } from './program.ts';
import { type OpenedSession, openSession } from './read.ts';
import { isShown, sessionRows } from './rows.ts';
import { type Shelf, unfinishedOn } from './summary.ts';

/**
 * Forks by goose itself: over ACP where it cuts exactly at the wanted message, else by exporting, cutting and importing
 * (1.52.0; the import forgets the model that was chosen for the session). Throws `no_such_session`,
 * `fork_point_invalid`, `agent_missing`, `not_supported`, `cancelled` or `fork_failed`; then no child is left behind.
 */
export async function forkSession(
  shelf: Shelf,
  source: SessionId,
  cut: ForkCut,
  title: string,
  signal?: AbortSignal,
): Promise<SessionId> {
  const opened = await openSession(shelf, source);
  const rows = cutRows(opened, cut);
  const { directory } = opened.session;
  const starting = untilHeld(signal);
  const child = await withGoose(
    shelf.place,
    directory,
    'fork_failed',
    async (ask) => {
      starting.hold();
      await removeUnfinished(shelf, unfinishedOn(shelf), (sessionId) => ask('session/delete', { sessionId }));
      const names = [copyName(opened), title];
      const after = await lastMade(shelf);
      const note = { source, names, after, until: Date.now() + totalMs, keep: cut.keep };
      const job: Job = { shelf, opened, rows, title, note };
      return withNote(
        shelf.place.folder,
        note,
        async () => (await forkOverAcp(ask, job)) ?? (await forkByImport(ask, job)),
      );
    },
    starting.signal,
  );
  return sessionId(child);
}

interface Job {
  readonly shelf: Shelf;
  readonly opened: OpenedSession;
  readonly rows: CutRows;
  readonly title: string;
  readonly note: ForkNote;
}

/** What goose calls a copy (1.52.0). */
const copyName = ({ session }: OpenedSession): string => `${session.name} (copy)`;

/** goose counts the rows that a person may see. */
const shownCount = ({ opened, rows }: Job): number => opened.rows.slice(0, rows.count).filter(isShown).length;

/** The child's id; undefined when goose cannot fork exactly there, and then nothing is left of the try. */
async function forkOverAcp(ask: AskRpc, job: Job): Promise<string | undefined> {
  const { session } = job.opened;
  const { before } = job.rows;
  if (before === undefined || session.directory === undefined || !existsSync(session.directory)) {
    return undefined;
  }
  const meta = before === 'all' ? {} : { _meta: { conversationBefore: before } };
  const params = { sessionId: session.id, cwd: session.directory, mcpServers: [], ...meta };
  try {
    const made = await ask('session/fork', params);
    const child = childOf(made, session.id);
    return (await isWhole(ask, child, recordOf(made._meta)?.messageCount, job)) ? child : undefined;
  } catch (error) {
    if (error instanceof RefusedError) {
      await removeStray(ask, job);
      return undefined;
    }
    throw error;
  }
}

/** Names the child and compares its count; deletes it when it holds anything else, or cannot be named. */
async function isWhole(ask: AskRpc, child: string, count: unknown, job: Job): Promise<boolean> {
  try {
    if (numberOf(count) === shownCount(job)) {
      await ask('_goose/unstable/session/rename', { sessionId: child, title: job.title });
      return true;
    }
  } catch (error) {
    await ask('session/delete', { sessionId: child });
    throw error;
  }
  await ask('session/delete', { sessionId: child });
  return false;
}

async function forkByImport(ask: AskRpc, job: Job): Promise<string> {
  const { session, rows } = job.opened;
  const exported = await ask('_goose/unstable/session/export', { sessionId: session.id });
  const input = cutExport(textOf(exported.data) ?? '', rows, job.rows, job.title);
  const made = await ask('_goose/unstable/session/import', { input, source: 'json' });
  const child = childOf(made, session.id);
  if (numberOf(made.messageCount) !== shownCount(job)) {
    await ask('session/delete', { sessionId: child });
    throw new Error(`the child holds ${String(made.messageCount)} messages instead of ${shownCount(job)}`);
  }
  return child;
}

function childOf(made: JsonRecord, source: string): string {
  const child = textOf(made.sessionId);
  if (child === undefined || child === source) {
    throw new SessionForksError('fork_failed', 'goose named no new session. Nothing was sent.');
  }
  return child;
}

/** A fork that fails behind the copy, such as for want of a provider, leaves its copy behind (1.52.0). */
async function removeStray(ask: AskRpc, { shelf, opened, note }: Job): Promise<void> {
  const found = await readDatabase(shelf.place.database, sessionRows);
  const rows = found.kind === 'read' ? found.value : [];
  for (const { id, name, made } of rows) {
    if (made > note.after && name === copyName(opened)) {
      await ask('session/delete', { sessionId: id });
    }
  }
}

async function lastMade({ place }: Shelf): Promise<number> {
  const found = await readDatabase(place.database, sessionRows);
  const rows = found.kind === 'read' ? found.value : [];
  return rows.reduce((last, { made }) => Math.max(last, made), 0);
}
