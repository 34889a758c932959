import { agentId, type SessionInfo } from '../../core/model.ts';
import type { ResumeCommand, SessionStore } from '../../core/store.ts';
import { listDatabase } from '../common/databaseSessions.ts';
import { removeSettledNotes } from '../common/forkNotes.ts';
import type { ForeignDatabase } from '../common/sqlite.ts';
import type { StoreFactory } from '../index.ts';
import { archiveSession, removeSession, renameSession } from './change.ts';
import { forkSession } from './fork.ts';
import { placeOf } from './place.ts';
import { readSession } from './read.ts';
import { readInfos, type Shelf, unfinishedOn } from './summary.ts';

/** The sessions of goose: one SQLite database, changed by goose itself alone; seen on goose 1.52.0. */
export const goose: StoreFactory = (environment): SessionStore => {
  const agent = agentId(`${environment.idPrefix ?? ''}goose`);
  const place = placeOf(environment, environment.folders[agent]);
  const shelf: Shelf = { agent, name: 'goose', path: place.database, place, memory: new Map() };
  return {
    agent: { id: agent, name: shelf.name },
    capabilities: {
      forkAt: 'reply',
      emptyFork: true,
      rename: true,
      remove: true,
      archive: true,
      forkWay: 'agent',
    },
    watchRoots: () => [{ path: place.folder }],
    list: async (previous = [], signal) => {
      const read = (database: ForeignDatabase) => readInfos(shelf, database);
      const listing = await listDatabase(shelf, read, previous, signal);
      await removeSettledNotes(shelf, listing, unfinishedOn(shelf));
      return listing;
    },
    read: (session, range) => readSession(shelf, session, range),
    fork: (source, cut, title, signal) => forkSession(shelf, source, cut, title, signal),
    rename: (session, title) => renameSession(shelf, session, title),
    remove: (session) => removeSession(shelf, session),
    archive: (session, archived) => archiveSession(shelf, session, archived),
    // The program by itself looks in its own place only.
    ...(environment.folders[agent] ? {} : { resumeCommand }),
  };
};

const resumeCommand = ({ ref, cwd }: SessionInfo): ResumeCommand => ({
  command: 'goose',
  args: ['session', '--resume', '--session-id', ref.id],
  ...(cwd === undefined ? {} : { cwd }),
});
