import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fuzz } from '../../fuzz/support/fuzz.ts';
import { homes } from '../../fuzz/support/homes.ts';

/** The first ones of those that `npm run fuzz` runs. */
const cases = 40;

describe('Damaged stores', () => {
  for (const home of homes()) {
    it(`never break ${home.agent}: it lists, reads and forks, or says clearly what is wrong, and stays inside`, async () => {
      const { found, sessions } = await fuzz(home, 0, cases);
      assert.deepEqual(found, []);
      assert.ok(sessions > 0);
    });
  }
});
