import assert from 'node:assert/strict';
import { isSubagentRun, type Message, type SessionInfo, type Transcript } from '../../../src/core/model.ts';
import type { SessionStore } from '../../../src/core/store.ts';

/** What an outline must tell: which messages there are, and where turns end. */
const shape = (message: Message) => ({
  id: message.id,
  kind: message.kind,
  at: message.at,
  lines: message.lines,
  afterCompaction: message.afterCompaction,
  ...(message.kind === 'reply' && { finished: message.finished, endsTurn: message.endsTurn }),
});

/** Holds the outline of a session, and reads of stretches, to a read of all of it. */
export async function compareOutline(store: SessionStore, whole: Transcript): Promise<void> {
  const { ref } = whole.info;
  const outline = await store.read(ref.id, undefined, 'outline');
  assert.deepEqual(outline.messages.map(shape), whole.messages.map(shape));
  assert.deepEqual([outline.info, outline.total], [whole.info, whole.total]);
  for (const [from, to] of [
    [0, 1],
    [1, 4],
    [Math.max(0, whole.total - 2), whole.total],
    [whole.total, whole.total + 3],
  ] as const) {
    const { messages, info } = await store.read(ref.id, { from, to });
    assert.deepEqual(messages, whole.messages.slice(from, to));
    assert.deepEqual(info, whole.info);
  }
  assert.deepEqual((await store.read(ref.id, { last: 3 })).messages, whole.messages.slice(-3));
}

/** In a list of one database the stamp stands at the first session alone. */
const withStamp = (info: SessionInfo, stamp = ''): SessionInfo =>
  info.file?.stamp === '' ? { ...info, file: { ...info.file, stamp } } : info;

/** The same for all sessions of a store, and holds what is listed to what is read. Gives how many there are. */
export async function compareOutlines(store: SessionStore): Promise<number> {
  const { sessions } = await store.list();
  const found = sessions.filter((info) => !isSubagentRun(info));
  for (const info of found) {
    const whole = await store.read(info.ref.id);
    assert.deepEqual(whole.info, withStamp(info, whole.info.file?.stamp));
    await compareOutline(store, whole);
  }
  return found.length;
}
