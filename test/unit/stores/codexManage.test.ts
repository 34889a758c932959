import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { sessionId } from '../../../src/core/model.ts';
import {
  bytesOf,
  emptyHome,
  fixtureHome,
  four,
  idOf,
  one,
  three,
  turn,
  two,
  writeRollout,
} from './codexHome.ts';

describe('Changing Codex sessions', () => {
  it('refuses to delete a session whose messages forks refer to, and says why', async () => {
    using home = fixtureHome('rewound');
    const before = bytesOf(home).size;
    await assert.rejects(home.store.remove?.(await idOf(home, 'e50a')) ?? Promise.resolve(), {
      code: 'not_supported',
      message: 'The first messages of 3 forks stand in this session’s file. Delete the forks first.',
    });
    assert.equal(bytesOf(home).size, before);
  });

  it('deletes a session with all its files and no other session', async () => {
    using home = fixtureHome('rewound');
    await home.store.remove?.(await idOf(home, 'e943'));
    const rewound = await idOf(home, 'e891');
    const before = [...bytesOf(home).keys()];
    await home.store.remove?.(rewound);
    const after = [...bytesOf(home).keys()];
    assert.equal(before.length - after.length, 2);
    assert.ok(before.filter((name) => !after.includes(name)).every((name) => name.includes(rewound)));
  });

  it('deletes a session whose only forks are copies', async () => {
    using home = emptyHome();
    const { id } = writeRollout(home, one, turn('a'));
    const { messages } = await home.store.read(id);
    const child = await home.store.fork(
      id,
      { keep: 2, ...(messages[1] && { last: messages[1].id }) },
      'Copy',
    );
    await home.store.remove?.(id);
    assert.equal((await home.store.read(child)).total, 2);
  });

  it('deletes the runs of its subagents with a session, those on its history as well, and no other session', async () => {
    using home = emptyHome();
    const { id, size } = writeRollout(home, one, turn('a'));
    const spawned = (parent: string) => ({ parent_thread_id: parent, thread_source: 'subagent' });
    const history_base = { thread_id: one, end_ordinal_exclusive: 6, end_byte_offset: size };
    writeRollout(home, two, turn('b'), { header: { ...spawned(one), history_base } });
    writeRollout(home, three, turn('c'), { header: spawned(two) });
    writeRollout(home, four, turn('d'));
    await home.store.remove?.(id);
    const { sessions, problems } = await home.store.list();
    assert.deepEqual([sessions.map(({ ref }) => ref.id), problems], [[four], []]);
  });

  it('does not delete or put away what a rewind left behind by itself', async () => {
    using home = fixtureHome('rewound');
    const rewound = await idOf(home, 'e891');
    const left = sessionId(`${rewound}~${rewound}`);
    await assert.rejects(home.store.remove?.(left) ?? Promise.resolve(), { code: 'not_supported' });
    await assert.rejects(home.store.archive?.(left, true) ?? Promise.resolve(), { code: 'not_supported' });
  });

  it('names a session by one more line, as Codex does', async () => {
    using home = fixtureHome('rewound');
    const id = await idOf(home, 'e9a1');
    const before = readFileSync(join(home.path, 'session_index.jsonl'), 'utf8');
    await home.store.rename?.(id, 'A “name”');
    const after = readFileSync(join(home.path, 'session_index.jsonl'), 'utf8');
    assert.ok(after.startsWith(before));
    const { id: named, thread_name, updated_at } = JSON.parse(after.slice(before.length));
    assert.deepEqual([named, thread_name], [id, 'A “name”']);
    assert.ok(Number.isFinite(Date.parse(updated_at)));
    assert.equal((await home.info(id)).title, 'A “name”');
  });

  it('lists sessions without names when the file of names cannot be read, and adds none there', async () => {
    using home = emptyHome();
    const { id } = writeRollout(home, one, turn('a'));
    mkdirSync(join(home.path, 'session_index.jsonl'));
    assert.equal((await home.info(id)).title, 'ask a');
    await assert.rejects(home.store.rename?.(id, 'A name') ?? Promise.resolve(), { code: 'not_supported' });
  });

  it('archives by Codex only, and says when it is missing', async () => {
    using home = fixtureHome('rewound');
    const id = await idOf(home, 'e9a1');
    await assert.rejects(home.store.archive?.(id, true) ?? Promise.resolve(), { code: 'agent_missing' });
  });

  it('takes the lock that a killed process left behind for no sign of life', async (context) => {
    if (process.platform !== 'linux') return context.skip('other systems do not tell their locks');
    using home = emptyHome();
    writeRollout(home, one, turn('a'));
    mkdirSync(join(home.path, 'thread-writer-locks'));
    writeFileSync(join(home.path, 'thread-writer-locks', `${one}.lock`), '');
    assert.equal((await home.info(one)).live, undefined);
  });
});
