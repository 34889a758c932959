// The first ones of the cases that `npm run fuzz` runs.
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { homes } from '../../fuzz/support/homes.ts';
import { fuzz, type Outcome } from '../../fuzz/support/watched.ts';

const cases = 50;

describe('Damaged stores', { concurrency: 2, timeout: 600_000 }, () => {
  const outcomes: Outcome[] = [];

  for (const { agent } of homes()) {
    it(`never break ${agent}: it lists, reads and forks, or says clearly what is wrong, and stays inside`, async () => {
      const outcome = await fuzz(agent, 0, cases);
      outcomes.push(outcome);
      assert.deepEqual(outcome.found, []);
      assert.equal(outcome.cases, cases);
      assert.ok(outcome.sessions > 0 && outcome.reads > 0);
    });
  }

  after(() => {
    const peak = Math.max(...outcomes.map(({ peakMb }) => peakMb));
    console.log(`${outcomes.reduce((sum, outcome) => sum + outcome.cases, 0)} cases, peak ${peak} MB`);
  });
});
