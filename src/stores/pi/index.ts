import { agentId, type SessionInfo, sessionId } from '../../core/model.ts';
import type { ResumeCommand, SessionStore } from '../../core/store.ts';
import type { StoreFactory } from '../index.ts';
import { removeSession, renameSession } from './change.ts';
import { findTranscript, parseId, sessionsFolder, transcriptAt } from './folders.ts';
import { forkSession } from './fork.ts';
import { listSessions, relistSessions } from './list.ts';
import { readSession } from './read.ts';

/** The sessions of pi as its program stores them; seen on @earendil-works/pi-coding-agent 1.5.2. */
export const pi: StoreFactory = (environment): SessionStore => {
  const id = agentId(`${environment.idPrefix ?? ''}pi`);
  const folder = (): string => sessionsFolder(environment, environment.folders[id]);
  return {
    agent: { id, name: 'pi' },
    capabilities: { forkAt: 'reply', emptyFork: true, rename: true, remove: true, archive: false },
    watchRoots: () => [{ path: folder() }],
    list: (previous = [], signal) => listSessions(id, folder(), previous, signal),
    relist: (previous, changed, signal) => relistSessions(id, folder(), previous, changed, signal),
    read: (session, range, detail) => readSession(id, folder(), session, range, detail),
    fork: (source, cut, title, signal) => forkSession(folder(), source, cut, title, signal),
    rename: (session, title) => renameSession(folder(), session, title),
    remove: (session) => removeSession(folder(), session),
    pathOf: async (session) => (await findTranscript(folder(), parseId(session).session)).path,
    locate: (path) => {
      const file = transcriptAt(folder(), path);
      return file && sessionId(file.id);
    },
    resumeCommand,
  };
};

/** By the file's path: pi finds an id only in the folder of its own settings. A branch that was left has no command. */
function resumeCommand({ file, lineage, cwd }: SessionInfo): ResumeCommand | undefined {
  return file === undefined || lineage?.kind === 'rewound'
    ? undefined
    : { command: 'pi', args: ['--session', file.path], ...(cwd === undefined ? {} : { cwd }) };
}
