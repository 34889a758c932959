import { errorText } from '../../core/errors.ts';
import { agentId, type Problem, type SessionInfo, sessionId } from '../../core/model.ts';
import type { ResumeCommand, SessionStore } from '../../core/store.ts';
import { forksNaming } from '../common/dependents.ts';
import type { StoreFactory } from '../index.ts';
import { removeSession, renameSession, toolOutputs } from './change.ts';
import { agentFolder, projectsFolder, transcriptAt } from './folders.ts';
import { forkSession } from './fork.ts';
import { sessionIn } from './heads.ts';
import { SessionList } from './list.ts';
import { protectTranscript, restoreVanished } from './protect.ts';
import { readSession } from './read.ts';

/** The sessions of Gemini CLI as its program stores them; seen on @google/gemini-cli 0.61.0. */
export const geminiCli: StoreFactory = (environment): SessionStore => {
  const id = agentId(`${environment.idPrefix ?? ''}gemini-cli`);
  const folder = (): string => agentFolder(environment, environment.folders[id]);
  const list = new SessionList(id);
  let restoring: Promise<readonly Problem[]> | undefined;
  /** Once, unless it fails: then the next listing tries again. */
  const restored = () =>
    (restoring ??= restoreVanished(projectsFolder(folder())).then(
      () => [],
      (error: unknown) => {
        restoring = undefined;
        return [{ text: `A session that vanished could not be put back: ${errorText(error)}` }];
      },
    ));
  return {
    agent: { id, name: 'Gemini CLI' },
    capabilities: { forkAt: 'reply', emptyFork: false, rename: true, remove: true, archive: false },
    watchRoots: () => [{ path: projectsFolder(folder()) }],
    list: async (previous, signal) => {
      const unrestored = await restored();
      const { sessions, problems } = await list.list(folder(), previous, signal);
      return { sessions, problems: [...unrestored, ...problems] };
    },
    protect: async (session) => {
      const { info } = await readSession(id, list, folder(), session, { last: 1 });
      return protectTranscript(info.file?.path ?? '');
    },
    read: (session, range, detail) => readSession(id, list, folder(), session, range, detail),
    fork: (source, cut, title, signal) => forkSession(list, folder(), source, cut, title, signal),
    rename: (session, title) => renameSession(list, folder(), session, title),
    remove: (session) => removeSession(list, folder(), session),
    dependents: (session, forks) => forksNaming(toolOutputs(session), forks),
    locate: (path) => {
      const session = transcriptAt(folder(), path) && sessionIn(path);
      return session === undefined ? undefined : sessionId(session);
    },
    resumeCommand,
  };
};

const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The program finds a session only from its own folder (0.61.0). */
const resumeCommand = ({ ref, cwd }: SessionInfo): ResumeCommand | undefined =>
  cwd === undefined || !uuidPattern.test(ref.id)
    ? undefined
    : { command: 'gemini', args: ['--resume', ref.id], cwd };
