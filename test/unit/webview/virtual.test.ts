import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { common, Heights, missing } from '../../../src/webview/virtual.ts';

const measured = (...px: readonly number[]): Heights => {
  const heights = new Heights();
  for (const [index, height] of px.entries()) {
    heights.set(index, height);
  }
  return heights;
};

describe('the heights of messages', () => {
  it('are those measured, and as high as the others on average where none was drawn', () => {
    const heights = measured(10, 30);
    assert.equal(heights.top(2), 40);
    assert.equal(heights.top(5), 40 + 3 * 20);
  });

  it('find the message at a place, the first and the last one beyond the ends', () => {
    const heights = measured(10, 30);
    assert.deepEqual(
      [-5, 0, 9, 10, 39, 40, 59, 60, 9999].map((px) => heights.at(px, 5)),
      [0, 0, 0, 1, 1, 2, 2, 3, 4],
    );
  });

  it('give the messages between two places', () => {
    assert.deepEqual(measured(10, 30, 20).between(5, 45, 3), { from: 0, to: 3 });
    assert.deepEqual(measured(10, 30, 20).between(10, 30, 3), { from: 1, to: 2 });
    assert.deepEqual(new Heights().between(0, 500, 0), { from: 0, to: 0 });
  });

  it('do not change the guess for others once some are known, so that the scrollbar stands still', () => {
    const heights = measured(...Array.from({ length: 60 }, () => 50));
    const before = heights.top(20_000);
    heights.set(15_000, 1050);
    assert.equal(heights.top(20_000), before + 1000);
  });

  it('are measured anew when the width has changed', () => {
    const heights = measured(10, 10);
    heights.forget();
    heights.set(7, 40);
    assert.equal(heights.top(7), 7 * 40);
  });
});

describe('what the page asks the host for', () => {
  const held = { from: 100, to: 200 };
  const ask = (from: number, to: number) => missing({ from, to }, held, 1000);

  it('is nothing while messages around the drawn ones are held', () => {
    assert.equal(ask(130, 150), undefined);
    assert.equal(missing({ from: 0, to: 10 }, { from: 0, to: 50 }, 50), undefined);
    assert.equal(missing({ from: 0, to: 0 }, { from: 0, to: 0 }, 0), undefined);
  });

  it('is the stretch before or after, which joins what is held', () => {
    assert.deepEqual(ask(110, 130), { from: 0, to: 100 });
    assert.deepEqual(ask(180, 195), { from: 200, to: 300 });
    assert.deepEqual(ask(200, 210), { from: 200, to: 300 });
  });

  it('is a stretch around the drawn ones after a jump, cut at the ends of the session', () => {
    assert.deepEqual(ask(500, 520), { from: 460, to: 560 });
    assert.deepEqual(ask(0, 10), { from: 0, to: 55 });
    assert.deepEqual(ask(990, 1003), { from: 945, to: 1000 });
  });

  it('is the end of the stored messages while only those of the running turn are drawn', () => {
    assert.deepEqual(ask(1000, 1004), { from: 949, to: 1000 });
  });
});

describe('what two stretches have in common', () => {
  it('is empty when they do not meet', () => {
    const { from, to } = common({ from: 0, to: 5 }, { from: 9, to: 12 });
    assert.equal(from, to);
    assert.deepEqual(common({ from: 0, to: 10 }, { from: 4, to: 20 }), { from: 4, to: 10 });
  });
});
