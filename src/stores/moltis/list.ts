import type { SessionInfo } from '../../core/model.ts';
import type { Listing } from '../../core/store.ts';
import { forgetOthers } from '../common/databaseSessions.ts';
import { asBefore } from '../common/infos.ts';
import { inParallel, throwIfCancelled } from '../common/pool.ts';
import { readDatabase } from '../common/sqlite.ts';
import { sessionRows } from './rows.ts';
import { type Shelf, summarise } from './summary.ts';

const filesAtATime = 16;

/**
 * Lists all sessions; of `previous` stand those in which nothing changed. No database is no problem; one that cannot be read
 * is one. Throws `cancelled`.
 */
export async function listSessions(
  shelf: Shelf,
  previous: readonly SessionInfo[],
  signal?: AbortSignal,
): Promise<Listing> {
  throwIfCancelled(signal);
  const found = await readDatabase(shelf.place.database, sessionRows);
  if (found.kind !== 'read') {
    return { sessions: [], problems: found.kind === 'problem' ? [found.problem] : [] };
  }
  const sessions = await inParallel(found.value, filesAtATime, (row) => summarise(shelf, row), signal);
  forgetOthers(
    shelf.memory,
    found.value.map(({ key }) => key),
  );
  return { sessions: asBefore(previous, sessions), problems: [] };
}
