import type { AgentId, SessionInfo } from './model.ts';
import type { SessionStore } from './store.ts';

/** Keeps lists of sessions from one start to the next. */
export interface ListCache {
  /** The list saved last, or an empty one; never rejects. Stores read anew what changed since. */
  load(agent: AgentId): Promise<readonly SessionInfo[]>;
  /** May be written later, or not at all. */
  save(agent: AgentId, sessions: readonly SessionInfo[]): void;
}

/** The same store, whose first listing begins with the list that was saved at an earlier start. */
export function keepList(store: SessionStore, cache: ListCache): SessionStore {
  const agent = store.agent.id;
  let begun = false;
  const save = (previous: readonly SessionInfo[], sessions: readonly SessionInfo[]): void => {
    if (sessions.length !== previous.length || !sessions.every((info, at) => isAsKept(info, previous[at]))) {
      cache.save(agent, sessions);
    }
  };
  return {
    ...store,
    list: async (given = [], signal) => {
      const previous = begun || given.length > 0 ? given : await cache.load(agent);
      begun = true;
      const listing = await store.list(previous, signal);
      save(previous, listing.sessions);
      return listing;
    },
    ...(store.relist && {
      relist: async (previous, changed, signal) => {
        const sessions = await store.relist?.(previous, changed, signal);
        if (sessions) {
          save(previous, sessions);
        }
        return sessions;
      },
    }),
  };
}

const isAsKept = (info: SessionInfo, kept: SessionInfo | undefined): boolean =>
  info === kept || (info.ref.id === kept?.ref.id && info.file?.stamp === kept.file?.stamp);
