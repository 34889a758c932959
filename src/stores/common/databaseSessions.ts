import { SessionForksError } from '../../core/errors.ts';
import type { AgentId, SessionInfo } from '../../core/model.ts';
import type { Listing } from '../../core/store.ts';
import { missingSession } from './files.ts';
import { asBefore } from './infos.ts';
import { throwIfCancelled } from './pool.ts';
import { databaseStamp, type ForeignDatabase, readDatabase } from './sqlite.ts';

/** The database in which an agent keeps all its sessions. */
export interface SessionDatabase {
  readonly agent: AgentId;
  /** The agent's name as a person reads it. */
  readonly name: string;
  readonly path: string;
}

/**
 * Lists what `read` finds; `previous` stands as long as the database is the same. Its stamp is that of all sessions, but
 * stands at the first one alone: all would be other ones than before with every word that any of them gets. No database is
 * no problem; one that cannot be read is one. Throws `cancelled`.
 */
export async function listDatabase(
  { agent, path }: SessionDatabase,
  read: (database: ForeignDatabase) => readonly SessionInfo[],
  previous: readonly SessionInfo[],
  signal?: AbortSignal,
): Promise<Listing> {
  throwIfCancelled(signal);
  // What keeps the file from being looked at is told by reading it.
  const stamp = await databaseStamp(path).catch(() => undefined);
  const [first] = previous;
  if (first?.ref.agent === agent && first.file?.stamp === stamp) {
    return { sessions: previous, problems: [] };
  }
  const found = await readDatabase(path, read);
  if (found.kind === 'read') {
    const sessions = found.value.map((info, index) => ({
      ...info,
      file: { path, stamp: index === 0 ? found.stamp : '' },
    }));
    return { sessions: asBefore(previous, sessions), problems: [] };
  }
  return { sessions: [], problems: found.kind === 'problem' ? [found.problem] : [] };
}

/** Reads one session afresh. Throws `no_such_session`, also when the database cannot be read. */
export async function openInDatabase<Opened extends { readonly info: SessionInfo }>(
  { name, path }: SessionDatabase,
  read: (database: ForeignDatabase) => Opened | undefined,
): Promise<Opened> {
  const found = await readDatabase(path, read);
  if (found.kind === 'problem') {
    throw new SessionForksError('no_such_session', found.problem.text);
  }
  if (found.kind === 'missing' || !found.value) {
    throw missingSession(name);
  }
  return { ...found.value, info: { ...found.value.info, file: { path, stamp: found.stamp } } };
}

/** What is remembered of a session, read anew when its mark is another one. */
export function recall<Known extends { readonly mark: string }>(
  memory: Map<string, Known>,
  id: string,
  mark: string,
  read: () => Known,
): Known {
  const known = memory.get(id);
  if (known?.mark === mark) {
    return known;
  }
  const fresh = read();
  memory.set(id, fresh);
  return fresh;
}

/** Forgets all sessions but those of `kept`. */
export function forgetOthers(memory: Map<string, unknown>, kept: Iterable<string>): void {
  const standing = new Set(kept);
  for (const id of memory.keys()) {
    if (!standing.has(id)) {
      memory.delete(id);
    }
  }
}
