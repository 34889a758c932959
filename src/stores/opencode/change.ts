import { errorText, SessionForksError } from '../../core/errors.ts';
import type { SessionId } from '../../core/model.ts';
import { openSession } from './read.ts';
import { type Ask, askServer } from './server.ts';
import type { Shelf } from './summary.ts';

/** Names a session. Throws `no_such_session`, `agent_missing`, or `not_supported` when OpenCode refuses. */
export const renameSession = (shelf: Shelf, id: SessionId, title: string): Promise<void> =>
  change(shelf, id, (ask, path) => ask('PATCH', path, { title }));

/**
 * Puts a session away or takes it back. Throws as `renameSession` does. The time 0 takes it back: the server has no way
 * to remove the time, and reads 0 as none (1.18.33).
 */
export const archiveSession = (shelf: Shelf, id: SessionId, archived: boolean): Promise<void> =>
  change(shelf, id, (ask, path) => ask('PATCH', path, { time: { archived: archived ? Date.now() : 0 } }));

/** Deletes a session with what its subagents left. Throws as `renameSession` does. */
export const removeSession = (shelf: Shelf, id: SessionId): Promise<void> =>
  change(shelf, id, (ask, path) => ask('DELETE', path));

async function change(
  shelf: Shelf,
  id: SessionId,
  work: (ask: Ask, path: string) => Promise<unknown>,
): Promise<void> {
  const { session } = await openSession(shelf, id);
  const cwd = session.directory ?? shelf.place.folder;
  try {
    await askServer(shelf.place, { id, cwd }, (ask) => work(ask, `/session/${encodeURIComponent(id)}`));
  } catch (error) {
    throw error instanceof SessionForksError
      ? error
      : new SessionForksError('not_supported', `OpenCode did not do it: ${errorText(error)}`, error);
  }
}
