import { SessionForksError } from './errors.ts';
import { type SessionInfo, type SessionRef, sessionKey } from './model.ts';
import type { SessionStore } from './store.ts';

/** What a child may name as its parent: the source, or for a rewound branch the session whose file holds it. */
export const parentsOf = ({ ref, lineage }: SessionInfo): readonly SessionRef[] =>
  lineage?.kind === 'rewound' ? [ref, lineage.parent] : [ref];

/** Throws `fork_failed` when the store gave the source back in place of a child. */
export function verifyNew(store: SessionStore, source: SessionInfo, child: SessionRef): void {
  if (sessionKey(child) === sessionKey(source.ref)) {
    throw new SessionForksError(
      'fork_failed',
      `${store.agent.name} returned the source itself. Nothing was sent.`,
    );
  }
}

/** Throws `fork_failed` unless the child is as listed: right parent, fork point and count of messages kept. */
export function verifyListed(child: SessionInfo | undefined, source: SessionInfo, keep: number): void {
  const wrong = whatIsWrong(child, source, keep);
  if (wrong) {
    throw new SessionForksError('fork_failed', `The fork ${wrong}. It was taken back.`);
  }
}

/**
 * Throws `fork_failed` unless the child's own file holds `keep` messages, for a child that no list shows and of which
 * nothing is recorded.
 */
export async function verifyUnseen(store: SessionStore, child: SessionRef, keep: number): Promise<void> {
  const { total } = await store.read(child.id, { last: 1 });
  if (total !== keep) {
    throw new SessionForksError(
      'fork_failed',
      `The fork holds ${total} messages instead of ${keep}. It was taken back.`,
    );
  }
}

function whatIsWrong(child: SessionInfo | undefined, source: SessionInfo, keep: number): string | undefined {
  if (!child) {
    return 'is not in the list';
  }
  if (child.messageCount !== keep) {
    return `holds ${child.messageCount} messages instead of ${keep}`;
  }
  if (child.lineage?.messages !== keep) {
    return `says fork@${child.lineage?.messages ?? 0} instead of fork@${keep}`;
  }
  const parent = sessionKey(child.lineage.parent);
  return parentsOf(source).some((ref) => sessionKey(ref) === parent) ? undefined : 'names another parent';
}
