import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SessionInfo } from '../../../src/core/model.ts';
import { SessionIndex } from '../../../src/core/sessionIndex.ts';
import { infoOf } from '../support/infos.ts';

describe('the index of an agent’s sessions', () => {
  const [a, b, c] = [infoOf('a'), infoOf('b'), infoOf('c')];
  const later = infoOf('b');
  const ids = (infos: readonly SessionInfo[]): string => infos.map(({ ref }) => ref.id).join('');

  for (const { what, lists, touched, gone } of [
    { what: 'the first list', lists: [[a, b]], touched: 'ab', gone: '' },
    {
      what: 'the same list',
      lists: [
        [a, b],
        [a, b],
      ],
      touched: '',
      gone: '',
    },
    {
      what: 'another order',
      lists: [
        [a, b, c],
        [c, a, b],
      ],
      touched: '',
      gone: '',
    },
    {
      what: 'a changed one',
      lists: [
        [a, b, c],
        [a, later, c],
      ],
      touched: 'b',
      gone: '',
    },
    {
      what: 'a changed one elsewhere',
      lists: [
        [a, b, c],
        [later, c, a],
      ],
      touched: 'b',
      gone: '',
    },
    {
      what: 'a new one before the others',
      lists: [
        [a, b],
        [c, a, b],
      ],
      touched: 'c',
      gone: '',
    },
    {
      what: 'one that is gone',
      lists: [
        [a, b, c],
        [b, c],
      ],
      touched: '',
      gone: 'a',
    },
    { what: 'one that comes back', lists: [[a, b], [a], [a, b]], touched: 'b', gone: '' },
    {
      what: 'one in the place of another',
      lists: [
        [a, b],
        [a, c],
      ],
      touched: 'c',
      gone: 'b',
    },
  ]) {
    it(`tells how a list differs from the one before: ${what}`, () => {
      const index = new SessionIndex();
      const [last] = lists.map((list) => index.take(list)).slice(-1);
      assert.deepEqual([ids(last?.touched ?? []), ids(last?.gone ?? [])], [touched, gone]);
      for (const known of [a, b, c, later]) {
        const listed = lists.at(-1)?.find(({ ref }) => ref.id === known.ref.id);
        assert.equal(index.get(known.ref.id), listed);
      }
    });
  }
});
