import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as soon } from 'node:timers/promises';
import { oneLine } from '../../../src/stores/common/fields.ts';
import { inParallel } from '../../../src/stores/common/pool.ts';

const numbers = Array.from({ length: 40 }, (_, index) => index);

describe('Work on many files', () => {
  it('gives results in order, with no more at a time than allowed', async () => {
    let running = 0;
    let most = 0;
    const results = await inParallel(numbers, 16, async (number) => {
      most = Math.max(most, ++running);
      await soon();
      running--;
      return number * 2;
    });
    assert.deepEqual(
      results,
      numbers.map((number) => number * 2),
    );
    assert.equal(most, 16);
  });

  it('stops when it is cancelled', async () => {
    const controller = new AbortController();
    let done = 0;
    const work = async (): Promise<void> => {
      if (++done === 5) {
        controller.abort();
      }
      await soon();
    };
    await assert.rejects(inParallel(numbers, 2, work, controller.signal), { code: 'cancelled' });
    assert.ok(done < 10, `${done} were begun`);
  });

  it('throws what the work throws', async () => {
    await assert.rejects(
      inParallel(numbers, 4, () => Promise.reject(new Error('bad'))),
      /bad/,
    );
  });
});

describe('A text on one line', () => {
  it('joins lines and cuts between characters, never inside one', () => {
    assert.equal(oneLine('  a\n\n b\tc '), 'a b c');
    assert.equal(oneLine('🙂'.repeat(300), 10), `${'🙂'.repeat(9)}…`);
  });
});
