import { agentId, sessionId } from '../../core/model.ts';
import type { SessionStore } from '../../core/store.ts';
import type { StoreFactory } from '../index.ts';
import { type Folders, findFile, findRollouts, foldersOf, rolloutAt } from './folders.ts';
import { forkSession } from './fork.ts';
import { listSessions, relistSessions } from './list.ts';
import { archiveSession, renameSession } from './manage.ts';
import { Outlines } from './outline.ts';
import { findProgram } from './program.ts';
import { readSession } from './read.ts';
import { removeSession } from './remove.ts';

/** The sessions of Codex as its program stores them; seen on @openai/codex 0.169.0. */
export const codex: StoreFactory = (environment): SessionStore => {
  const id = agentId(`${environment.idPrefix ?? ''}codex`);
  const folders: Folders = foldersOf(environment, environment.folders[id]);
  const outlines = new Outlines();
  const program = () => findProgram(environment, folders.home);
  return {
    agent: { id, name: 'Codex' },
    capabilities: { forkAt: 'reply', emptyFork: true, rename: true, remove: true, archive: true },
    watchRoots: () => [folders.sessions, folders.archived, folders.locks].map((path) => ({ path })),
    list: (previous = [], signal) => listSessions(id, folders, outlines, previous, signal),
    relist: (previous, changed) => relistSessions(id, folders, outlines, previous, changed),
    read: (session, range, detail) => readSession(id, folders, outlines, session, range, detail),
    fork: async (source, cut, title, signal, tellWay) =>
      forkSession(folders, await program(), source, cut, title, signal, tellWay),
    rename: async (session, title) => renameSession(folders, await program(), session, title),
    remove: async (session) => removeSession(folders, await program(), outlines, session),
    archive: async (session, archived) => archiveSession(folders, await program(), session, archived),
    pathOf: async (session) => findFile(await findRollouts(folders), session).path,
    locate: (path) => {
      const file = rolloutAt(folders, path);
      return file && sessionId(file.session);
    },
    resumeCommand: ({ ref, cwd, lineage }) =>
      lineage?.kind === 'rewound'
        ? undefined
        : { command: 'codex', args: ['resume', ref.id], ...(cwd === undefined ? {} : { cwd }) },
  };
};
