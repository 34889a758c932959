import { errorText, SessionForksError } from '../../core/errors.ts';
import type { SessionId } from '../../core/model.ts';
import type { JsonRecord } from '../common/jsonl.ts';
import { findRow } from './read.ts';
import { withGateway } from './serving.ts';
import type { Shelf } from './summary.ts';

/**
 * Names a session. Throws `no_such_session`, `agent_missing`, `sign_in_needed`, or `not_supported` with what the gateway
 * said when it refuses.
 */
export const renameSession = (shelf: Shelf, id: SessionId, title: string): Promise<void> =>
  change(shelf, id, 'sessions.patch', { label: title });

/** Puts a session away or takes it back. Throws as `renameSession` does. */
export const archiveSession = (shelf: Shelf, id: SessionId, archived: boolean): Promise<void> =>
  change(shelf, id, 'sessions.patch', { archived });

/**
 * Deletes a session with its media, which its forks may still name, and its worktree unless it holds changes. Throws as
 * `renameSession` does.
 */
export const removeSession = (shelf: Shelf, id: SessionId): Promise<void> =>
  change(shelf, id, 'sessions.delete', {});

async function change(shelf: Shelf, id: SessionId, method: string, params: JsonRecord): Promise<void> {
  const row = await findRow(shelf, id);
  try {
    await withGateway(shelf, row, (gateway) => gateway.request(method, { key: row.key, ...params }));
  } catch (error) {
    throw error instanceof SessionForksError
      ? error
      : new SessionForksError('not_supported', `Moltis did not do it: ${errorText(error)}.`, error);
  }
}
