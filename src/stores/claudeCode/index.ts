import { basename, join } from 'node:path';
import { type AgentId, agentId, type SessionInfo, sessionId, standsAlone } from '../../core/model.ts';
import type { Capabilities, ResumeCommand } from '../../core/store.ts';
import { forksNaming, type OutputFolder } from '../common/dependents.ts';
import type { StoreFactory } from '../index.ts';
import { archiveSession, removeSession, renameSession } from './changing.ts';
import { forkSession } from './forking.ts';
import { type Layout, layoutOf, newestTranscript, ownFolder, parseId, sessionOfPath } from './layout.ts';
import { listSessions } from './listing.ts';
import { readSession } from './reading.ts';
import { relistSessions } from './relisting.ts';
import { isRunId, readRun } from './subagents.ts';

const capabilities: Capabilities = {
  forkAt: 'reply',
  emptyFork: true,
  rename: true,
  remove: true,
  archive: true,
};

/**
 * The sessions of Claude Code (formats seen on 2.1.329): one JSON-lines file each below `projects/`. A session's id
 * is its file's UUID; a branch that a rewind left in the file is `<uuid>~<uuid of its last record>`, the run of a
 * subagent `<uuid>~agent-<id>`.
 */
export const claudeCode: StoreFactory = (environment) => {
  const layout = layoutOf(environment);
  const id: AgentId = agentId(`${environment.idPrefix ?? ''}claude-code`);
  let listed: readonly SessionInfo[] = [];
  return {
    agent: { id, name: 'Claude Code' },
    capabilities,
    watchRoots: () => [{ path: layout.projects }, { path: layout.running }],
    list: async (previous, signal) => {
      const listing = await listSessions(layout, id, previous, signal);
      listed = listing.sessions;
      return listing;
    },
    relist: async (previous, changed, signal) => {
      const sessions = await relistSessions(layout, id, previous, changed, signal);
      listed = sessions ?? listed;
      return sessions;
    },
    read: (session, range, detail) =>
      isRunId(session)
        ? readRun(layout, id, session, range)
        : readSession(layout, id, session, { range, detail }, listed),
    fork: (source, cut, title, signal) => forkSession(layout, id, source, cut, title, signal),
    rename: (session, title) => renameSession(layout, session, title),
    remove: (session) => removeSession(layout, session),
    dependents: ({ file }, forks) => forksNaming(file ? [toolResults(file.path)] : [], forks),
    archive: (session, archived) => archiveSession(layout, session, archived),
    pathOf: (session) => newestTranscript(layout, parseId(session).session),
    locate: (file) => {
      const session = sessionOfPath(layout, file);
      return session === undefined ? undefined : sessionId(session);
    },
    resumeCommand: (info) => resumeCommand(layout, info),
  };
};

/** Big outputs of tools: records hold the absolute path, and copies keep it (2.1.329). */
const toolResults = (transcript: string): OutputFolder => ({
  path: join(ownFolder(transcript), 'tool-results'),
  parts: [basename(ownFolder(transcript)), 'tool-results'],
});

/** None for what the program cannot name, a rewound branch or a run, nor for a folder in which it would not look. */
function resumeCommand(layout: Layout, info: SessionInfo): ResumeCommand | undefined {
  const { ref, cwd } = info;
  if (!layout.isPrograms || !standsAlone(info)) {
    return undefined;
  }
  return { command: 'claude', args: ['--resume', ref.id], ...(cwd && { cwd }) };
}
