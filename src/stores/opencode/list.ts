import type { SessionInfo } from '../../core/model.ts';
import type { Listing } from '../../core/store.ts';
import { throwIfCancelled } from '../shared/pool.ts';
import { databaseStamp, readDatabase } from '../shared/sqlite.ts';
import { readInfos, type Shelf } from './summary.ts';

/** Lists all sessions but those of subagents; `previous` stands as long as the database is the same. */
export async function listSessions(
  shelf: Shelf,
  previous: readonly SessionInfo[],
  signal?: AbortSignal,
): Promise<Listing> {
  throwIfCancelled(signal);
  const path = shelf.place.database;
  if (await isUnchanged(shelf, previous)) {
    return { sessions: previous, problems: [] };
  }
  const found = await readDatabase(path, (database) => readInfos(shelf, database));
  switch (found.kind) {
    case 'missing':
      return { sessions: [], problems: [] };
    case 'problem':
      return { sessions: [], problems: [found.problem] };
    case 'read': {
      const file = { path, stamp: found.stamp };
      return { sessions: found.value.map((info) => ({ ...info, file })), problems: [] };
    }
  }
}

async function isUnchanged({ agent, place }: Shelf, previous: readonly SessionInfo[]): Promise<boolean> {
  // What keeps the file from being looked at is told by reading it.
  const stamp = await databaseStamp(place.database).catch(() => undefined);
  return (
    previous.length > 0 && previous.every(({ ref, file }) => ref.agent === agent && file?.stamp === stamp)
  );
}
