import { keepList } from '../../core/keptList.ts';
import type { AgentId, Message, SessionInfo } from '../../core/model.ts';
import { SessionIndex } from '../../core/sessionIndex.ts';
import type { Listing, Protection, SessionStore } from '../../core/store.ts';
import { catalogFiles } from '../../stores/catalogFiles.ts';
import { type StoreEnvironment, storeFactories } from '../../stores/index.ts';
import { Batches, sizeOf } from './batches.ts';
import type { HostCalls, ListChange, StoreCalls, WorkerStart } from './calls.ts';
import { Line, type Port, type Served } from './line.ts';

/** A store of the worker, and what the host was told of its list last. */
interface Held {
  readonly store: SessionStore;
  readonly index: SessionIndex;
  version: number;
  sessions: readonly SessionInfo[];
}

/** Makes the stores and does with them what the host asks for over `port`. */
export function serveStores(port: Port, start: WorkerStart): void {
  const line: Line<HostCalls, StoreCalls> = new Line<HostCalls, StoreCalls>(port, {
    ...lists((agent) => find(agent)),
    ...transcripts((agent) => find(agent).store),
    ...changes((agent) => find(agent).store),
    fork: (signal, agent, source, cut, title, caller) => {
      const tellWay = (way: 'copy' | 'agent'): void => void line.call('tellWay', [caller, way]);
      return find(agent).store.fork(source, cut, title, signal, tellWay);
    },
  });
  const held = new Map(
    storesOf(start, line).map((store) => [
      store.agent.id,
      { store, index: new SessionIndex(), version: 0, sessions: [] },
    ]),
  );
  const find = (agent: AgentId): Held => held.get(agent) ?? unknownAgent(agent);
}

function unknownAgent(agent: AgentId): never {
  throw new Error(`The worker has no agent ${agent}.`);
}

function storesOf(start: WorkerStart, line: Line<HostCalls, StoreCalls>): readonly SessionStore[] {
  const cache = catalogFiles(start.lists, start.version);
  const environments = start.environments.map(
    (plain): StoreEnvironment => ({
      ...plain,
      ...(plain.idPrefix === undefined && {
        allowStart: () => line.call('allowStart', []),
        access: (agent) => line.call('access', [agent]),
      }),
    }),
  );
  return environments
    .flatMap((environment) => storeFactories.map((make) => make(environment)))
    .filter(({ agent }) => start.agents.includes(agent.id))
    .map((store) => keepList(store, cache));
}

/** Of a list of thousands a guess is enough: only two of its texts differ much. */
const sizeOfInfo = ({ title, preview }: SessionInfo): number => 400 + title.length + preview.length;

type ListCalls = Pick<Served<StoreCalls>, 'list' | 'relist' | 'moreSessions'>;

function lists(find: (agent: AgentId) => Held): ListCalls {
  const batches = new Batches<SessionInfo>(sizeOfInfo);
  return {
    list: async (signal, agent, since) => {
      const held = find(agent);
      return changeOf(held, since, await held.store.list(held.sessions, signal), batches);
    },
    relist: async (signal, agent, since, changed) => {
      const held = find(agent);
      const sessions = await held.store.relist?.(held.sessions, changed, signal);
      return sessions && changeOf(held, since, { sessions, problems: [] }, batches);
    },
    moreSessions: (_signal, rest) => batches.next(rest),
  };
}

/** Only sessions that are no longer the same object are told again. */
function changeOf(
  held: Held,
  since: number,
  { sessions, problems }: Listing,
  batches: Batches<SessionInfo>,
): ListChange {
  const whole = since !== held.version;
  const { touched, gone } = held.index.take(sessions);
  held.sessions = sessions;
  held.version++;
  return {
    version: held.version,
    whole,
    gone: gone.map(({ ref }) => ref.id),
    touched: batches.first(whole ? sessions : touched),
    problems,
  };
}

type ReadCalls = Pick<Served<StoreCalls>, 'read' | 'moreMessages' | 'pathOf'>;

function transcripts(find: (agent: AgentId) => SessionStore): ReadCalls {
  const batches = new Batches<Message>(sizeOf);
  return {
    read: async (_signal, agent, id, range, detail) => {
      const { messages, ...rest } = await find(agent).read(id, range, detail);
      return { ...rest, messages: batches.first(messages) };
    },
    moreMessages: (_signal, rest) => batches.next(rest),
    pathOf: (_signal, agent, id) => find(agent).pathOf?.(id),
  };
}

type ChangeCalls = Pick<
  Served<StoreCalls>,
  'rename' | 'remove' | 'archive' | 'protect' | 'check' | 'endProtection'
>;

function changes(find: (agent: AgentId) => SessionStore): ChangeCalls {
  const protections: Protection[] = [];
  return {
    rename: (_signal, agent, id, title) => find(agent).rename?.(id, title),
    remove: (_signal, agent, id) => find(agent).remove?.(id),
    archive: (_signal, agent, id, archived) => find(agent).archive?.(id, archived),
    protect: async (_signal, agent, id) => {
      const protection = await find(agent).protect?.(id);
      return protection ? protections.push(protection) - 1 : -1;
    },
    check: async (_signal, number) => (await protections[number]?.check()) ?? 'intact',
    endProtection: async (_signal, number) => {
      const protection = protections[number];
      delete protections[number];
      return (await protection?.end()) ?? 'intact';
    },
  };
}
