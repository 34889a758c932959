import { appendFileSync } from 'node:fs';
import { Catalog } from '../../../src/core/catalog.ts';
import { keepList } from '../../../src/core/keptList.ts';
import { sessionId } from '../../../src/core/model.ts';
import type { SessionStore } from '../../../src/core/store.ts';
import { catalogFiles } from '../../../src/stores/catalogFiles.ts';
import { storeFactories } from '../../../src/stores/index.ts';
import type { Options, Work } from './options.ts';

/** Of the lists kept on disk. */
export const listVersion = 'bench';

/** Each makes itself ready first; only the work that it gives back is measured. */
export const ownTasks = {
  list: async (options: Options): Promise<Work> => {
    const catalog = new Catalog([storeOf(options)]);
    return async () => {
      await catalog.refresh();
      catalog.forest();
      return catalog.sessions().length;
    };
  },
  /** As at a start with the earlier list on disk: reading that file is part of it. */
  relist: async (options: Options): Promise<Work> => {
    const lists = catalogFiles(options.lists ?? '', listVersion);
    const catalog = new Catalog([keepList(storeOf(options), lists)]);
    return async () => {
      await catalog.refresh();
      return catalog.sessions().length;
    };
  },
  /** In a process that has listed, after one session grew. */
  append: async (options: Options): Promise<Work> => {
    const store = storeOf(options);
    const { sessions } = await store.list();
    appendFileSync(options.path ?? '', '{"type":"mode","mode":"default"}\n');
    return async () => (await store.list(sessions)).sessions.length;
  },
  fork: async (options: Options): Promise<Work> => {
    const store = storeOf(options);
    const { session = '', cut = { keep: 0 } } = options;
    return async () => {
      await store.fork(sessionId(session), cut, 'A fork');
      return undefined;
    };
  },
  last: async (options: Options): Promise<Work> => {
    const store = storeOf(options);
    const id = sessionId(options.session ?? '');
    return async () => (await store.read(id, { last: 100 })).messages.length;
  },
};

export function storeOf({ agent, folder }: Pick<Options, 'agent' | 'folder'>): SessionStore {
  const environment = { home: folder, variables: {}, folders: { [agent]: folder } };
  const store = storeFactories.map((make) => make(environment)).find((made) => made.agent.id === agent);
  if (!store) {
    throw new Error(`There is no agent ${agent}.`);
  }
  return store;
}
