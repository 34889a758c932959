import assert from 'node:assert/strict';
import { type Message, sessionId } from '../../../src/core/model.ts';
import { ownerlessBackups, temporariesBelow } from './store.ts';
import type { Subject } from './subject.ts';

/** What a fault must leave behind. */
export interface Before {
  readonly digest: string;
}

export const before = (subject: Subject): Before => ({ digest: subject.digest() });

/** What a person reads of messages, without where they stand. */
const textsOf = (messages: readonly Message[]): readonly unknown[] =>
  messages.map((message) => (message.kind === 'prompt' ? message.text : message.parts));

/** Every listed fork is whole: the right parent, point and count, and the very messages of its source. Gives how many. */
export async function expectWholeForks({ store, session, keep }: Subject): Promise<number> {
  const { sessions, problems } = await store.list();
  assert.deepEqual(problems, []);
  const forks = sessions.filter((info) => info.ref.id !== session);
  for (const { ref, messageCount, lineage, problem } of forks) {
    assert.deepEqual(
      { messageCount, parent: lineage?.parent.id, at: lineage?.messages, problem },
      { messageCount: keep, parent: session, at: keep, problem: undefined },
      `${ref.id} is not whole`,
    );
  }
  const [newest] = forks;
  if (newest) {
    const [child, source] = await Promise.all([store.read(newest.ref.id), store.read(sessionId(session))]);
    assert.deepEqual(textsOf(child.messages), textsOf(source.messages).slice(0, keep));
  }
  return forks.length;
}

/**
 * The next start after a fault: the source as it was, every listed fork whole, nothing unfinished left.
 * Gives how many forks are listed.
 */
export async function expectWhole(subject: Subject, { digest }: Before): Promise<number> {
  const { store, folder } = subject;
  const forks = await expectWholeForks(subject);
  assert.equal(subject.digest(), digest, 'the source changed');
  assert.deepEqual(temporariesBelow(folder), [], 'temporary files are left');
  const ids = new Set((await store.list()).sessions.map(({ ref }) => String(ref.id)));
  assert.deepEqual(ownerlessBackups(folder, ids), [], 'backups of no session are left');
  return forks;
}

/** Deletes every fork. */
export async function removeForks({ store, session }: Subject): Promise<void> {
  for (const { ref } of (await store.list()).sessions) {
    if (ref.id !== session) {
      await store.remove?.(ref.id);
    }
  }
}
