import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { messageId, type Transcript } from '../../../src/core/model.ts';
import { Reading } from '../../../src/vscode/panel/reading.ts';
import { MemoryStore } from '../support/memoryStore.ts';

/** A reading of a session of `count` messages, and how often its store was asked for all of them. */
async function readingOf(count: number) {
  const store = new MemoryStore();
  const id = store.add('s', 'pR'.repeat(count / 2));
  const stamped = ({ info, ...rest }: Transcript, stamp: string): Transcript => ({
    ...rest,
    info: { ...info, file: { path: '/s', stamp } },
  });
  let wholes = 0;
  const reading = new Reading(
    {
      ...store,
      watchRoots: () => [],
      list: () => store.list(),
      fork: (source, cut, title) => store.fork(source, cut, title),
      read: (session, range) => {
        wholes += range ? 0 : 1;
        return store.read(session, range);
      },
    },
    stamped(await store.read(id, { last: 50 }), '1'),
  );
  return {
    reading,
    wholes: () => wholes,
    grow: async (stamp: string) => reading.keep(stamped(await store.read(id, { last: 50 }), stamp)),
  };
}

const numbers = ({ first, messages }: Pick<Transcript, 'first' | 'messages'>) => [first, messages.length];

describe('what a panel reads of its session', () => {
  it('is read as a whole once, however many stretches the page asks for', async () => {
    const { reading, wholes } = await readingOf(400);
    assert.deepEqual(numbers(await reading.range(100, 200)), [100, 100]);
    assert.deepEqual(numbers(await reading.range(0, 100)), [0, 100]);
    await Promise.all([reading.whole(), reading.whole()]);
    assert.equal(wholes(), 1);
    reading.drop();
  });

  it('is read anew once the session has changed', async () => {
    const { reading, wholes, grow } = await readingOf(100);
    await reading.whole();
    await grow('1');
    await reading.whole();
    assert.equal(wholes(), 1);
    await grow('2');
    await reading.whole();
    assert.equal(wholes(), 2);
    reading.drop();
  });

  it('is cut to what the session holds and a page may ask for at a time', async () => {
    const { reading } = await readingOf(400);
    assert.deepEqual(numbers(await reading.range(350, 900)), [350, 50]);
    assert.deepEqual(numbers(await reading.range(0, 400)), [200, 200]);
    reading.drop();
  });

  it('finds a message among the last ones without reading them all', async () => {
    const { reading, wholes } = await readingOf(100);
    const [last, first] = [reading.transcript.messages.at(-1), (await reading.range(0, 1)).messages[0]];
    reading.drop();
    assert.equal(await reading.indexOf(last?.id ?? messageId('')), 99);
    assert.equal(wholes(), 1);
    assert.equal(await reading.indexOf(first?.id ?? messageId('')), 0);
    assert.equal(wholes(), 2);
    assert.equal(await reading.indexOf(messageId('gone')), -1);
    reading.drop();
  });

  it('is tried again after a read that failed', async () => {
    const { reading } = await readingOf(10);
    const store = new MemoryStore();
    const broken = new Reading(store, reading.transcript);
    await assert.rejects(broken.whole(), { code: 'no_such_session' });
    store.add('s', 'pR');
    assert.equal((await broken.whole()).length, 2);
    broken.drop();
  });
});
