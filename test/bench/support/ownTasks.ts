import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Catalog } from '../../../src/core/catalog.ts';
import { ForkService } from '../../../src/core/forkService.ts';
import { agentId, sessionId } from '../../../src/core/model.ts';
import type { SessionStore } from '../../../src/core/store.ts';
import { StoreWorker } from '../../../src/extension/storeWorker/storeWorker.ts';
import { storeFactories } from '../../../src/stores/index.ts';
import type { Options, Work } from './options.ts';

/** Of the lists kept on disk. */
export const listVersion = 'bench';

/** Each makes itself ready first; only the work that it gives back is measured. */
export const ownTasks = {
  list: async (options: Options): Promise<Work> => {
    const catalog = new Catalog([await storeInThread(options, noLists(options))]);
    return async () => {
      await catalog.refresh();
      catalog.forest();
      return catalog.sessions().length;
    };
  },
  /** As at a start with the earlier list on disk: reading that file is part of it. */
  relist: async (options: Options): Promise<Work> => {
    const catalog = new Catalog([await storeInThread(options, options.lists ?? '')]);
    return async () => {
      await catalog.refresh();
      return catalog.sessions().length;
    };
  },
  /** In a process that has listed, after one session grew and the watcher told which. */
  append: async (options: Options): Promise<Work> => {
    const { path = '', next = '' } = options;
    const catalog = new Catalog([await storeInThread(options, noLists(options))]);
    await catalog.refresh();
    catalog.forest();
    appendFileSync(path, next);
    return async () => {
      await catalog.refresh(agentId(options.agent), [path]);
      catalog.forest();
      return catalog.sessions().length;
    };
  },
  /** What a catalog holds of each session, in bytes, in one thread; the thread of the stores holds as much. */
  memory: async (options: Options): Promise<Work> => {
    const catalog = new Catalog([storeOf(options)]);
    return async () => {
      const before = usedHeap();
      await catalog.refresh();
      return (usedHeap() - before) / catalog.sessions().length;
    };
  },
  /** In a process that has read nothing yet. */
  fork: async (options: Options): Promise<Work> => {
    const store = await storeInThread(options, noLists(options));
    return () => forkOnce(store, options);
  },
  /** In a process that has read the session, as when a person forks what the panel shows. */
  forkShown: async (options: Options): Promise<Work> => {
    const store = await storeInThread(options, noLists(options));
    await store.read(sessionId(options.session ?? ''), undefined, 'outline');
    return () => forkOnce(store, options);
  },
  /** All that a person waits for in a process that has listed: point resolved, child written, listed and verified. */
  forkService: async (options: Options): Promise<Work> => {
    const catalog = new Catalog([await storeInThread(options, noLists(options))]);
    await catalog.refresh();
    const { agent, session = '', cut } = options;
    const source = { agent: agentId(agent), id: sessionId(session) };
    const point = cut?.next && cut.last ? ({ after: cut.last } as const) : 'end';
    return async () => (await new ForkService(catalog).fork({ source, point, origin: 'api' })).messages;
  },
  /** In a process that has listed, as when a person opens what the tree shows. */
  last: async (options: Options): Promise<Work> => {
    const store = await storeInThread(options, noLists(options));
    const id = sessionId(options.session ?? '');
    await store.list();
    return async () => (await store.read(id, { last: 100 })).messages.length;
  },
};

async function forkOnce(
  store: SessionStore,
  { session = '', cut = { keep: 0 } }: Options,
): Promise<undefined> {
  await store.fork(sessionId(session), cut, 'A fork');
}

/** A folder of lists in which none is. */
const noLists = ({ folder }: Options): string => join(folder, `no-lists-${process.pid}`);

/** As in the extension: the store's work is done in a thread of its own, which runs already but has read nothing. */
async function storeInThread(options: Options, lists: string): Promise<SessionStore> {
  const { agent, folder } = options;
  const other = 'claude-code';
  const worker = new StoreWorker({
    program: fileURLToPath(new URL('./stores.worker.mjs', import.meta.url)),
    start: {
      environments: [environmentOf(options)],
      agents: [agentId(agent), agentId(other)],
      lists,
      version: listVersion,
    },
    onLost: (reason) => {
      throw new Error(reason);
    },
  });
  // Refused by the shape of the id alone.
  await worker
    .store(storeOf({ agent: other, folder }))
    .read(sessionId('none'))
    .catch(() => undefined);
  return worker.store(storeOf(options));
}

function usedHeap(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

const environmentOf = ({ agent, folder }: Pick<Options, 'agent' | 'folder'>) => ({
  home: folder,
  variables: {},
  folders: { [agent]: folder },
});

export function storeOf(options: Pick<Options, 'agent' | 'folder'>): SessionStore {
  const { agent } = options;
  const made = storeFactories.map((make) => make(environmentOf(options)));
  const store = made.find((candidate) => candidate.agent.id === agent);
  if (!store) {
    throw new Error(`There is no agent ${agent}.`);
  }
  return store;
}
