import type { SessionId, SessionInfo } from './model.ts';

/** How one list differs from the one before: sessions that are new or no longer the same object, and those gone. */
export interface ListDifference {
  readonly touched: readonly SessionInfo[];
  readonly gone: readonly SessionInfo[];
}

/** One agent's sessions by their ids. Taking over a list in which little changed takes little. */
export class SessionIndex {
  #byId = new Map<SessionId, SessionInfo>();
  #last: readonly SessionInfo[] = [];

  get(id: SessionId): SessionInfo | undefined {
    return this.#byId.get(id);
  }

  take(sessions: readonly SessionInfo[]): ListDifference {
    const before = this.#byId;
    const last = this.#last;
    this.#last = sessions;
    // Most stand where they stood: finding thousands by their ids takes milliseconds.
    const touched = sessions.filter(
      (info, index) => info !== last[index] && before.get(info.ref.id) !== info,
    );
    const added = touched.filter(({ ref }) => !before.has(ref.id)).length;
    if (before.size + added !== sessions.length) {
      this.#byId = new Map(sessions.map((info) => [info.ref.id, info]));
      return { touched, gone: [...before.values()].filter(({ ref }) => !this.#byId.has(ref.id)) };
    }
    for (const info of touched) {
      before.set(info.ref.id, info);
    }
    return { touched, gone: [] };
  }
}
