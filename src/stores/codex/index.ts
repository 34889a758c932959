import { SessionForksError } from '../../core/errors.ts';
import { agentId, sessionId } from '../../core/model.ts';
import type { SessionStore } from '../../core/store.ts';
import type { StoreFactory } from '../index.ts';
import { type Folders, foldersOf, rolloutAt } from './folders.ts';
import { listSessions } from './list.ts';
import { Outlines } from './outline.ts';
import { readSession } from './read.ts';

/** The sessions of Codex as its program stores them; seen on @openai/codex 0.169.0. */
export const codex: StoreFactory = (environment): SessionStore => {
  const id = agentId(`${environment.idPrefix ?? ''}codex`);
  const folders: Folders = foldersOf(environment, environment.folders[id]);
  const outlines = new Outlines();
  return {
    agent: { id, name: 'Codex' },
    capabilities: { forkAt: 'turn', emptyFork: true, rename: false, remove: false, archive: false },
    watchRoots: () => [folders.sessions, folders.archived, folders.locks].map((path) => ({ path })),
    list: (previous = [], signal) => listSessions(id, folders, outlines, previous, signal),
    read: (session, range) => readSession(id, folders, outlines, session, range),
    fork: () => Promise.reject(new SessionForksError('not_supported', 'Forks of Codex sessions come next.')),
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
