import { agentId, sessionId } from '../../core/model.ts';
import type { SessionStore } from '../../core/store.ts';
import { forksNaming } from '../common/dependents.ts';
import type { StoreEnvironment, StoreFactory } from '../index.ts';
import { archiveSession, removeSession, renameSession } from './change.ts';
import { forkSession } from './fork.ts';
import { connectGateway } from './gateway/connect.ts';
import type { Gateway } from './gateway/gateway.ts';
import { keyOfHistory, mediaFolders } from './keys.ts';
import { listSessions } from './list.ts';
import { placeOf } from './place.ts';
import { readSession } from './read.ts';
import type { Shelf } from './summary.ts';

/** The sessions of Moltis: rows in its database, histories beside it, changed by its gateway alone; 20260820.01. */
export const moltis: StoreFactory = (environment): SessionStore => {
  const agent = agentId(`${environment.idPrefix ?? ''}moltis`);
  const place = placeOf(environment, environment.folders[agent]);
  const access = async () => (await environment.access?.(agent)) ?? {};
  const shelf: Shelf = { agent, place, access, memory: new Map() };
  return {
    agent: { id: agent, name: 'Moltis' },
    capabilities: {
      forkAt: 'reply',
      emptyFork: true,
      rename: true,
      remove: true,
      archive: true,
      forkWay: 'agent',
    },
    takesServerKey: true,
    watchRoots: () => [{ path: place.folder }],
    list: (previous = [], signal) => listSessions(shelf, previous, signal),
    read: (session, range) => readSession(shelf, session, range),
    fork: (source, cut, title, signal) => forkSession(shelf, source, cut, title, signal),
    rename: (session, title) => renameSession(shelf, session, title),
    remove: (session) => removeSession(shelf, session),
    dependents: ({ ref }, forks) => forksNaming(mediaFolders(place, ref.id), forks),
    archive: (session, archived) => archiveSession(shelf, session, archived),
    locate: (file) => {
      const key = keyOfHistory(place, file) ?? listedKey(shelf, file);
      return key === undefined ? undefined : sessionId(key);
    },
  };
};

/** Connects to the gateway of these sessions, for the live agent. Throws as `connectGateway` does. */
export const moltisGateway =
  (environment: StoreEnvironment) =>
  async (signal?: AbortSignal): Promise<Gateway> => {
    const agent = agentId('moltis');
    const access = (await environment.access?.(agent)) ?? {};
    return connectGateway(placeOf(environment, environment.folders[agent]), access, signal);
  };

/** The names of older histories do not tell their keys. */
const listedKey = ({ memory }: Shelf, file: string): string | undefined =>
  [...memory].find(([, { path }]) => path === file)?.[0];
