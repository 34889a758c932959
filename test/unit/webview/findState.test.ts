import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Hit } from '../../../src/protocol.ts';
import { type Find, stepped, withHits } from '../../../src/webview/findState.ts';

const hit = (message: number, nth = 0): Hit => ({ message, part: 0, nth });
const find: Find = { text: 'x', matchCase: false, more: false, at: 0, changed: true, opener: null };
const drawn = { from: 50, to: 70 };

describe('a search in the session', () => {
  it('shows the first hit from what is drawn on', () => {
    assert.equal(withHits(find, [hit(3), hit(55), hit(90)], false, drawn).at, 1);
  });

  it('shows the last hit when all are above, and none when there is none', () => {
    assert.equal(withHits(find, [hit(3), hit(4)], false, drawn).at, 1);
    assert.equal(withHits(find, [], false, drawn).at, 0);
  });

  it('stays at the shown hit when the session has grown', () => {
    const before = withHits(find, [hit(3), hit(55, 1)], false, drawn);
    assert.equal(withHits(before, [hit(3), hit(55), hit(55, 1), hit(99)], false, drawn).at, 2);
  });

  it('goes on near the shown hit when other words are typed', () => {
    const before = withHits(find, [hit(3), hit(90)], false, drawn);
    assert.equal(withHits(before, [hit(60), hit(90, 4), hit(95)], false, drawn).at, 1);
  });

  it('goes round at the ends', () => {
    const at = (by: 1 | -1, from: number): number =>
      stepped({ ...find, at: from, hits: [hit(1), hit(2), hit(3)] }, by).at;
    assert.deepEqual([at(1, 0), at(1, 2), at(-1, 0)], [1, 0, 2]);
    assert.equal(stepped({ ...find, hits: [] }, 1).at, 0);
  });
});
