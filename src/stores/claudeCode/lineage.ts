import type { Entry } from './entries.ts';
import type { Branch } from './groups.ts';

/** A session's parent as its own file tells it, and how many messages of its active chain come from there. */
export interface Origin {
  readonly parent: string;
  readonly messages: number;
  /** The copies bear no mark of where they come from: only the parent's own file tells where they end. */
  readonly unmarked: boolean;
}

/**
 * The parent rule (Claude Code 2.1.329): the last record that was copied from, or asked for by, another session
 * tells; `forkedFrom` before `requestSessionId`. First records name older ancestors in forks of forks.
 */
export function originOf(session: string, entries: readonly Entry[], active: Branch): Origin | undefined {
  const telling = entries.findLast((entry) => foreign(entry, session) !== undefined);
  const parent = telling && foreign(telling, session);
  if (!parent) {
    return undefined;
  }
  const unmarked = telling.copiedFrom === undefined;
  const last = active.groups.findLastIndex((group) =>
    group.entries.some((entry) => (unmarked ? foreign(entry, session) : entry.copiedFrom) !== undefined),
  );
  return { parent, messages: last + 1, unmarked };
}

function foreign({ copiedFrom, requester }: Entry, session: string): string | undefined {
  const known = copiedFrom === session ? undefined : copiedFrom;
  return known ?? (requester === session ? undefined : requester);
}

/** How many messages a copy with the same record ids shares with its parent. */
export function sharedWith(parent: ReadonlySet<string>, active: Branch): number {
  const own = active.groups.findIndex((group) => !parent.has(group.id));
  return own === -1 ? active.groups.length : own;
}
