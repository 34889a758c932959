import { agentId, type SessionInfo, sessionId } from '../../core/model.ts';
import type { ResumeCommand, SessionStore } from '../../core/store.ts';
import type { StoreFactory } from '../index.ts';
import { archiveSession, removeSession, renameSession } from './change.ts';
import {
  type Folders,
  findTranscript,
  foldersOf,
  parseId,
  projectsFolder,
  registryFolder,
  transcriptAt,
} from './folders.ts';
import { forkSession } from './fork.ts';
import { listSessions, relistSessions } from './list.ts';
import { readSession } from './read.ts';
import { isRunId, readRun } from './subagents.ts';

/** The sessions of Qwen Code as its program stores them; seen on @qwen-code/qwen-code 0.24.4. */
export const qwenCode: StoreFactory = (environment): SessionStore => {
  const id = agentId(`${environment.idPrefix ?? ''}qwen-code`);
  const folders = (): Folders => foldersOf(environment, environment.folders[id]);
  const access = async () => (await environment.access?.(id)) ?? {};
  return {
    agent: { id, name: 'Qwen Code' },
    capabilities: { forkAt: 'reply', emptyFork: true, rename: true, remove: true, archive: true },
    takesServerKey: environment.idPrefix === undefined,
    watchRoots: () => [{ path: projectsFolder(folders()) }, { path: registryFolder(folders()) }],
    list: (previous = [], signal) => listSessions(id, folders(), previous, signal),
    relist: (previous, changed, signal) => relistSessions(id, folders(), previous, changed, signal),
    read: (session, range, detail) =>
      isRunId(session)
        ? readRun(id, folders(), session, range)
        : readSession(id, folders(), session, range, detail),
    fork: (source, cut, title, signal, tellWay) =>
      forkSession(folders(), access, source, cut, title, signal, tellWay),
    rename: (session, title) => renameSession(folders(), session, title),
    remove: (session) => removeSession(folders(), session),
    archive: (session, archived) => archiveSession(folders(), session, archived),
    pathOf: async (session) => (await findTranscript(folders(), parseId(session).session)).path,
    locate: (path) => {
      const file = transcriptAt(folders(), path);
      return file && sessionId(file.id);
    },
    resumeCommand,
  };
};

const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The program resumes active sessions only, and takes none but dashed ids (0.24.4). */
function resumeCommand({ ref, archived, cwd }: SessionInfo): ResumeCommand | undefined {
  return archived || !uuidPattern.test(ref.id)
    ? undefined
    : { command: 'qwen', args: ['--resume', ref.id], ...(cwd === undefined ? {} : { cwd }) };
}
