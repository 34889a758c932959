import type { SessionId } from '../../core/model.ts';
import { withGoose } from './program.ts';
import { openSession } from './read.ts';
import type { Shelf } from './summary.ts';

/** Names a session. Throws `no_such_session`, `agent_missing`, or `not_supported` when goose refuses. */
export const renameSession = (shelf: Shelf, id: SessionId, title: string): Promise<void> =>
  change(shelf, id, '_goose/unstable/session/rename', { title });

/** Puts a session away or takes it back. Throws as `renameSession` does. */
export const archiveSession = (shelf: Shelf, id: SessionId, archived: boolean): Promise<void> =>
  change(shelf, id, `_goose/unstable/session/${archived ? 'archive' : 'unarchive'}`);

/** Deletes a session. Throws as `renameSession` does. */
export const removeSession = (shelf: Shelf, id: SessionId): Promise<void> =>
  change(shelf, id, 'session/delete');

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
