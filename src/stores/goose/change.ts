import type { SessionId } from '../../core/model.ts';
import { readDatabase } from '../common/sqlite.ts';
import { withGoose } from './program.ts';
import { openSession } from './read.ts';
import { type SessionRow, sessionRows } from './rows.ts';
import type { Shelf } from './summary.ts';

/** Names a session. Throws `no_such_session`, `agent_missing`, or `not_supported` when goose refuses. */
export const renameSession = (shelf: Shelf, id: SessionId, title: string): Promise<void> =>
  change(shelf, id, '_goose/unstable/session/rename', { title });

/** Puts a session away or takes it back. Throws as `renameSession` does. */
export const archiveSession = (shelf: Shelf, id: SessionId, archived: boolean): Promise<void> =>
  change(shelf, id, `_goose/unstable/session/${archived ? 'archive' : 'unarchive'}`);

/** Deletes a session after the runs that its subagents left, which goose would keep. Throws as `renameSession` does. */
export async function removeSession(shelf: Shelf, id: SessionId): Promise<void> {
  const { session } = await openSession(shelf, id);
  const found = await readDatabase(shelf.path, sessionRows);
  const runs = found.kind === 'read' ? runsBelow(found.value, id) : [];
  await withGoose(shelf.place, session.directory, 'not_supported', async (ask) => {
    for (const sessionId of [...runs, id]) {
      await ask('session/delete', { sessionId });
    }
  });
}

/** The last started first. A row names an older one as its starter, so that nobody stands below itself. */
function runsBelow(rows: readonly SessionRow[], id: string): readonly string[] {
  const below = new Set([id]);
  for (const row of rows) {
    if (row.startedBy !== undefined && below.has(row.startedBy)) {
      below.add(row.id);
    }
  }
  return [...below].slice(1).reverse();
}

async function change(
  shelf: Shelf,
  id: SessionId,
  method: string,
  more: { readonly title?: string } = {},
): Promise<void> {
  const { session } = await openSession(shelf, id);
  await withGoose(shelf.place, session.directory, 'not_supported', (ask) =>
    ask(method, { sessionId: id, ...more }),
  );
}
