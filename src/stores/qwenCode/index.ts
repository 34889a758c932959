import { SessionForksError } from '../../core/errors.ts';
import { agentId, sessionId } from '../../core/model.ts';
import type { SessionStore } from '../../core/store.ts';
import type { StoreFactory } from '../index.ts';
import { type Folders, foldersOf, projectsFolder, transcriptAt } from './folders.ts';
import { listSessions } from './list.ts';
import { readSession } from './read.ts';

/** The sessions of Qwen Code as its program stores them; seen on @qwen-code/qwen-code 0.24.4. */
export const qwenCode: StoreFactory = (environment): SessionStore => {
  const id = agentId(`${environment.idPrefix ?? ''}qwen-code`);
  const folders = (): Folders => foldersOf(environment, environment.folders[id]);
  return {
    agent: { id, name: 'Qwen Code' },
    capabilities: { forkAt: 'reply', emptyFork: true, rename: false, remove: false, archive: false },
    watchRoots: () => [{ path: projectsFolder(folders()) }],
    list: (previous = [], signal) => listSessions(id, folders(), previous, signal),
    read: (session, range) => readSession(id, folders(), session, range),
    fork: () =>
      Promise.reject(new SessionForksError('not_supported', 'Forks of Qwen Code sessions come next.')),
    locate: (path) => {
      const file = transcriptAt(folders(), path);
      return file && sessionId(file.id);
    },
  };
};
