import { agentId, type SessionInfo } from '../../core/model.ts';
import type { ResumeCommand, SessionStore } from '../../core/store.ts';
import { listDatabase } from '../common/databaseSessions.ts';
import { removeSettledNotes } from '../common/forkNotes.ts';
import type { ForeignDatabase } from '../common/sqlite.ts';
import type { StoreFactory } from '../index.ts';
import { archiveSession, removeSession, renameSession } from './change.ts';
import { forkSession } from './fork.ts';
import { withLive } from './live.ts';
import { placeOf } from './place.ts';
import { readSession } from './read.ts';
import { readInfos, type Shelf, unfinishedOn } from './summary.ts';

/** How long the person's server may take to tell what it works on, in ms: a list goes on without it, a fork relies on it. */
const listMs = 1_500;
const readMs = 15_000;

/** The sessions of OpenCode: one SQLite database, changed by its own server alone; seen on opencode-ai 1.18.33. */
export const opencode: StoreFactory = (environment): SessionStore => {
  const agent = agentId(`${environment.idPrefix ?? ''}opencode`);
  const place = placeOf(environment, environment.folders[agent]);
  const shelf: Shelf = { agent, name: 'OpenCode', path: place.database, place, memory: new Map() };
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
    takesServerKey: environment.idPrefix === undefined,
    watchRoots: () => [{ path: place.folder }],
    list: async (previous = [], signal) => {
      const read = (database: ForeignDatabase) => readInfos(shelf, database);
      const listing = await listDatabase(shelf, read, previous, signal);
      await removeSettledNotes(shelf, listing, unfinishedOn(shelf));
      const { sessions, problems } = listing;
      return { sessions: await withLive(place, sessions, listMs), problems };
    },
    read: async (session, range) => {
      const transcript = await readSession(shelf, session, range);
      const [info = transcript.info] = await withLive(place, [transcript.info], readMs);
      // An open turn that nobody works on may have ended since it was read.
      return info.openTurn && !info.live ? readSession(shelf, session, range) : { ...transcript, info };
    },
    fork: (source, cut, title, signal) => forkSession(shelf, source, cut, title, signal),
    rename: (session, title) => renameSession(shelf, session, title),
    remove: (session) => removeSession(shelf, session),
    archive: (session, archived) => archiveSession(shelf, session, archived),
    // The program by itself looks in its own place only.
    ...(environment.folders[agent] ? {} : { resumeCommand }),
  };
};

const resumeCommand = ({ ref, cwd }: SessionInfo): ResumeCommand => ({
  command: 'opencode',
  args: ['--session', ref.id],
  ...(cwd === undefined ? {} : { cwd }),
});
