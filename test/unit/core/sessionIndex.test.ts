import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SessionInfo } from '../../../src/core/model.ts';
import { SessionIndex } from '../../../src/core/sessionIndex.ts';
import { infoOf } from '../support/infos.ts';

describe('the index of an agent’s sessions', () => {
  /** A capital letter is what became of the session of the small one. */
  const known = new Map([...'abc', 'B'].map((letter) => [letter, infoOf(letter.toLowerCase())]));
  const listOf = (letters: string): readonly SessionInfo[] =>
    [...letters].map((letter) => known.get(letter) ?? assert.fail(letter));
  const ids = (infos: readonly SessionInfo[]): string => infos.map(({ ref }) => ref.id).join('');

  for (const [what, lists, touched, gone] of [
    ['the first list', 'ab', 'ab', ''],
    ['the same list', 'ab ab', '', ''],
    ['another order', 'abc cab', '', ''],
    ['a changed one', 'abc aBc', 'b', ''],
    ['a changed one elsewhere', 'abc Bca', 'b', ''],
    ['a new one before the others', 'ab cab', 'c', ''],
    ['one that is gone', 'abc bc', '', 'a'],
    ['one that comes back', 'ab a ab', 'b', ''],
    ['one in the place of another', 'ab ac', 'c', 'b'],
  ] as const) {
    it(`tells how a list differs from the one before: ${what}`, () => {
      const index = new SessionIndex();
      const taken = lists.split(' ').map(listOf);
      const last = taken.map((list) => index.take(list)).at(-1);
      assert.deepEqual([ids(last?.touched ?? []), ids(last?.gone ?? [])], [touched, gone]);
      for (const { ref } of known.values()) {
        const listed = taken.at(-1)?.find((info) => info.ref.id === ref.id);
        assert.equal(index.get(ref.id), listed);
      }
    });
  }
});
