import assert from 'node:assert/strict';
import { hashOf, ownerlessBackups, temporariesBelow } from './store.ts';
import type { Subject } from './subject.ts';

/** What a fault must leave behind, and how many forks there are. */
export interface Before {
  readonly hash: string;
}

export const before = (subject: Subject): Before => ({ hash: hashOf(subject.path) });

/**
 * The next start after a fault: the source as it was, every listed fork whole, nothing unfinished left.
 * Gives how many forks are listed.
 */
export async function expectWhole(subject: Subject, { hash }: Before): Promise<number> {
  const { store, folder, session, path, keep } = subject;
  const { sessions, problems } = await store.list();
  assert.deepEqual(problems, []);
  assert.equal(hashOf(path), hash, 'the source changed');
  assert.deepEqual(temporariesBelow(folder), [], 'temporary files are left');
  const forks = sessions.filter((info) => info.ref.id !== session);
  for (const fork of forks) {
    const { ref, messageCount, lineage, problem } = fork;
    assert.deepEqual(
      { messageCount, parent: lineage?.parent.id, at: lineage?.messages, problem },
      { messageCount: keep, parent: session, at: keep, problem: undefined },
      `${ref.id} is not whole`,
    );
  }
  const ids = new Set(sessions.map(({ ref }) => String(ref.id)));
  assert.deepEqual(ownerlessBackups(folder, ids), [], 'backups of no session are left');
  return forks.length;
}
