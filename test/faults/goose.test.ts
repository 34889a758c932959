import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { before, expectWhole, expectWholeForks, removeForks } from './support/check.ts';
import { gooseHome, isBusy, sessionCount } from './support/gooseHome.ts';
import { killWhileForking, outcomes } from './support/processes.ts';
import { subjectOf } from './support/subject.ts';

/** `npm run faults` kills some more times. */
const kills = Math.ceil(Number(process.env.SESSION_FORKS_KILLS ?? '10') / 10);
const sourceBytes = 1_500_000;

const id = /^\d{8}_\d+$/;

const ways = [
  ['by an import', 0],
  ['by its own fork', 10],
] as const;

let killed = 0;
let caught = 0;
let hidden = 0;

describe('faults while goose itself forks', { timeout: 3_600_000 }, () => {
  for (const [how, seconds] of ways) {
    it(`${how}, lists only whole forks, meanwhile and after, when the process that asks is killed ${kills} times (invariant 2)`, async () => {
      using subject = await subjectOf('goose', await gooseHome(sourceBytes, seconds));
      const was = before(subject);
      const start = performance.now();
      assert.match((await outcomes(subject, 1)).join(), id);
      const forkMs = performance.now() - start;
      assert.equal(await expectWhole(subject, was), 1);
      await removeForks(subject);
      for (let kill = 0; kill < kills; kill++) {
        await killWhileForking(subject, 1.2 * forkMs * Math.random());
        killed++;
        caught += isBusy(subject) ? 1 : 0;
        while (isBusy(subject)) {
          await expectWholeForks(subject);
        }
        await expectWholeForks(subject);
        hidden += sessionCount(subject) - (await subject.store.list()).sessions.length;
        await removeForks(subject);
      }
      assert.match((await outcomes(subject, 1)).join(), id);
      assert.equal(await expectWhole(subject, was), 1);
      assert.equal(sessionCount(subject), 2, 'the next fork removes what was left unfinished');
    });
  }
});

after(() => {
  console.log(
    `${killed} kills, ${caught} of them while goose was at work, ${hidden} looks at an unfinished session that goose left: 0 half-written sessions listed, 0 rows of the source changed`,
  );
  assert.ok(caught > 0, 'goose was never at work: this proves nothing');
});
