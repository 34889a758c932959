import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SessionInfo } from '../../../src/core/model.ts';
import { relisted } from '../../../src/stores/common/relisted.ts';
import { infoOf } from '../support/infos.ts';

const info = (id: string, path: string, title = ''): SessionInfo =>
  infoOf(id, { title, file: { path, stamp: '' } });

describe('a list with what some files hold now', () => {
  const [a, b] = [info('a', '/1'), info('b', '/2')];

  it('has it in the place of what they held, and what is new at the end', () => {
    const [now, next] = [info('a', '/1', 'now'), info('c', '/3')];
    const fresh = new Map([
      ['/1', [now]],
      ['/3', [next]],
    ]);
    assert.deepEqual(relisted([a, b], fresh), [now, b, next]);
  });

  for (const { what, fresh } of [
    { what: 'a file is gone', fresh: new Map([['/1', []]]) },
    { what: 'a session is in another file, too', fresh: new Map([['/3', [info('b', '/3')]]]) },
    {
      what: 'two of the files hold the same session',
      fresh: new Map([
        ['/1', [a]],
        ['/3', [info('a', '/3')]],
      ]),
    },
  ]) {
    it(`leaves it to a whole listing when ${what}`, () => {
      assert.equal(relisted([a, b], fresh), undefined);
    });
  }
});
