import assert from 'node:assert/strict';
import { appendFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { sessionId } from '../../../src/core/model.ts';
import { setMembers } from '../../../src/stores/common/members.ts';
import {
  type Bench,
  bench,
  id,
  project,
  says,
  session,
  twoTurns,
  user,
} from '../support/claudeTranscripts.ts';

describe('changing a session of Claude Code', () => {
  let at: Bench;
  beforeEach(async () => {
    at = await bench();
    await at.write(id('s'), twoTurns());
  });
  afterEach(() => at[Symbol.asyncDispose]());

  const info = async (name: string) =>
    (await at.store.list()).sessions.find(({ ref }) => ref.id === id(name));

  it('names it by a record at its end and by the file beside it', async () => {
    await at.store.rename?.(session('s'), 'A name');
    assert.deepEqual((await at.records(id('s'))).at(-1), {
      type: 'custom-title',
      customTitle: 'A name',
      sessionId: id('s'),
    });
    const beside = join(at.root, 'projects', project, id('s'));
    assert.equal(await readFile(join(beside, 'custom-title.json'), 'utf8'), '{"customTitle":"A name"}');
    assert.deepEqual(await readdir(beside), ['custom-title.json']);
    assert.equal((await info('s'))?.title, 'A name');
  });

  it('names it also behind a line that was cut off', async () => {
    await appendFile(at.pathOf(id('s')), '{"torn');
    await at.store.rename?.(session('s'), 'A name');
    assert.equal((await info('s'))?.title, 'A name');
  });

  it('archives it and brings it back', async () => {
    await at.store.archive?.(session('s'), true);
    assert.equal((await info('s'))?.archived, true);
    await at.store.archive?.(session('s'), false);
    assert.equal((await info('s'))?.archived, undefined);
  });

  it('deletes it with its own folder and backups, and no other session (invariant 10)', async () => {
    await at.write(id('o'), twoTurns());
    for (const name of ['s', 'o']) {
      for (const folder of [
        join(at.root, 'projects', project, id(name)),
        join(at.root, 'file-history', id(name)),
      ]) {
        await mkdir(folder, { recursive: true });
        await writeFile(join(folder, 'file'), 'x');
      }
    }
    await at.store.remove?.(session('s'));
    assert.deepEqual((await readdir(join(at.root, 'projects', project))).toSorted(), [
      id('o'),
      `${id('o')}.jsonl`,
    ]);
    assert.deepEqual(await readdir(join(at.root, 'file-history')), [id('o')]);
    await assert.rejects(async () => at.store.remove?.(session('s')), { code: 'no_such_session' });
  });

  it('does none of it to a rewound branch, which is only a part of a file', async () => {
    await at.write(id('s'), [...twoTurns(), user('v2', 'a1'), says('b2', 'v2')]);
    const branch = sessionId(`${id('s')}~${id('a2')}`);
    await assert.rejects(async () => at.store.remove?.(branch), { code: 'not_supported' });
    await assert.rejects(async () => at.store.rename?.(branch, 'x'), { code: 'not_supported' });
    await assert.rejects(async () => at.store.archive?.(branch, true), { code: 'not_supported' });
    assert.equal((await at.records(id('s'))).length, 6);
  });
});

describe('setting members in the text of a JSON object', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['replaces a value and nothing else', '{"a":1.0,"x":"old","b":[1e2]}', '{"a":1.0,"x":"new","b":[1e2]}'],
    ['adds one that is not there', '{"a":"}"}', '{"a":"}","x":"new"}'],
    ['adds one to an empty object', '{}', '{"x":"new"}'],
    [
      'leaves the same name deeper down',
      '{"a":{"x":1},"b":[{"x":2}]}',
      '{"a":{"x":1},"b":[{"x":2}],"x":"new"}',
    ],
    ['replaces objects and lists whole', '{"x":{"a":["]",{"b":"\\"}"}]},"c":2}', '{"x":"new","c":2}'],
    ['reads escaped quotes', '{"a":"\\\\\\"\\\\","x":true}', '{"a":"\\\\\\"\\\\","x":"new"}'],
    ['keeps the space between members', '{ "x" : null , "a" : 1 }', '{ "x" : "new" , "a" : 1 }'],
    ['knows an escaped name', '{"\\u0078":1}', '{"\\u0078":"new"}'],
    ['replaces each of two', '{"x":1,"x":2}', '{"x":"new","x":"new"}'],
  ];
  for (const [what, before, after] of cases) {
    it(what, () => assert.equal(setMembers(before, { x: '"new"' }), after));
  }

  it('comes to an end wherever an object is cut off, and makes no valid one of it', () => {
    const whole = '{"a":"b\\"c","x":{"d":["e",1.5,null]},"f":"g"}';
    for (let end = 1; end < whole.length; end++) {
      const made = setMembers(whole.slice(0, end), { x: '"new"' });
      assert.throws(() => JSON.parse(made), `${end}: ${made}`);
    }
  });
});
