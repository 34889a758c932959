import assert from 'node:assert/strict';
import { appendFileSync, chmodSync, copyFileSync, readFileSync, truncateSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { SessionForksError } from '../../src/core/errors.ts';
import { sessionId } from '../../src/core/model.ts';
import { before, expectWhole, expectWholeForks, removeForks } from './support/check.ts';
import { smallDisk } from './support/fullDisk.ts';
import { killWhileForking, outcomes } from './support/processes.ts';
import { cutAfter, temporariesBelow } from './support/store.ts';
import { agents, makeSubject, type Subject } from './support/subject.ts';

/** `npm run faults` kills 500 times; the unit tests a few. */
const kills = Math.ceil(Number(process.env.SESSION_FORKS_KILLS ?? '10') / agents.length);
const sourceBytes = 1_500_000;
const posix = { skip: process.platform === 'win32' };

/** Their stores lose a race only when both look at the same moment. */
const looksForFreeIds: ReadonlySet<string> = new Set(['gemini-cli']);

const isFork = (outcome: string): boolean => /^[0-9a-f]{8}-/.test(outcome);

async function tryFork(subject: Subject): Promise<string> {
  const id = sessionId(subject.session);
  try {
    const { messages } = await subject.store.read(id);
    return await subject.store.fork(id, cutAfter(messages, subject.keep), 'A fork');
  } catch (error) {
    return error instanceof SessionForksError ? error.code : `no clear error: ${String(error)}`;
  }
}

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

let killed = 0;
let caught = 0;
let raced = 0;

for (const agent of agents) {
  describe(`faults while ${agent} is forked`, { timeout: 3_600_000 }, () => {
    it(`leaves only whole forks behind, and nothing else after the next start, when killed ${kills} times (invariant 2)`, async () => {
      using subject = await makeSubject(agent, sourceBytes);
      const was = before(subject);
      const forkMs = await timeOf(() => tryFork(subject));
      for (let kill = 0; kill < kills; kill++) {
        await killWhileForking(subject, 2 * forkMs * Math.random());
        killed++;
        caught += temporariesBelow(subject.folder).length > 0 ? 1 : 0;
        await expectWhole(subject, was);
        await removeForks(subject);
      }
    });

    it('makes 16 whole forks of one source from 4 processes at once, and lists no half one meanwhile', async () => {
      using subject = await makeSubject(agent, 300_000);
      const was = before(subject);
      let racing = true;
      const race = Promise.all([4, 4, 4, 4].map((count) => outcomes(subject, count))).finally(() => {
        racing = false;
      });
      while (racing) {
        await expectWholeForks(subject);
      }
      const told = (await race).flat();
      raced += told.length;
      assert.equal(new Set(told.filter(isFork)).size, 16, told.join(' '));
      assert.equal(await expectWhole(subject, was), 16);
    });

    it('tells a collision to who lost the race for an id, and keeps the winner’s fork', async () => {
      using subject = await makeSubject(agent, 300_000);
      const was = before(subject);
      const told = (
        await Promise.all([2, 2, 2, 2].map((count) => outcomes(subject, count, { preload: 'sameIds' })))
      ).flat();
      const made = told.filter(isFork);
      assert.equal(new Set(made).size, made.length, 'two were told that they made one fork');
      assert.deepEqual(
        told.filter((outcome) => !isFork(outcome) && outcome !== 'collision'),
        [],
      );
      assert.ok(
        made.length < told.length || looksForFreeIds.has(agent),
        'no id was made twice: this proves nothing',
      );
      assert.equal(await expectWhole(subject, was), made.length);
    });

    it('fails clearly on a full disk and leaves nothing', posix, async () => {
      using disk = smallDisk(760);
      using subject = await makeSubject(agent, 600_000, disk?.path);
      const was = before(subject);
      const told = await outcomes(subject, 2, disk ? {} : { fileKb: 100 });
      assert.deepEqual(told, ['fork_failed', 'fork_failed']);
      assert.equal(await expectWhole(subject, was), 0);
    });

    it('fails clearly and leaves nothing where it may not write, or not read', posix, async () => {
      using subject = await makeSubject(agent, 300_000);
      const was = before(subject);
      const ways: readonly (readonly [string, number, string])[] = [
        [subject.target, 0o555, 'fork_failed'],
        [subject.path, 0o000, 'no_such_session'],
      ];
      for (const [path, mode, code] of ways) {
        chmodSync(path, mode);
        const told = await outcomes(subject, 2, { obeysModes: true });
        chmodSync(path, 0o755);
        assert.deepEqual(told, [code, code]);
        assert.equal(await expectWhole(subject, was), 0);
      }
    });

    it('makes whole forks or clear errors when permission goes and comes back meanwhile', posix, async () => {
      using subject = await makeSubject(agent, sourceBytes);
      const was = before(subject);
      let looks = 0;
      const timer = setInterval(() => chmodSync(subject.target, looks++ % 2 === 0 ? 0o555 : 0o755), 7);
      const told = await outcomes(subject, 8, { obeysModes: true }).finally(() => clearInterval(timer));
      chmodSync(subject.target, 0o755);
      assert.deepEqual(
        told.filter((outcome) => !isFork(outcome) && outcome !== 'fork_failed'),
        [],
      );
      assert.equal(await expectWhole(subject, was), told.filter(isFork).length);
    });

    it('makes a whole fork or a clear error when the source grows meanwhile, and changes no byte of it', async () => {
      using subject = await makeSubject(agent, sourceBytes);
      const bytes = readFileSync(subject.path);
      let added = '';
      const timer = setInterval(() => {
        appendFileSync(subject.path, '{"type":"mode","mode":"plan"}\n');
        added += '{"type":"mode","mode":"plan"}\n';
      }, 1);
      const outcome = await tryFork(subject).finally(() => clearInterval(timer));
      assert.ok(!outcome.startsWith('no clear error'), outcome);
      assert.ok(readFileSync(subject.path).equals(Buffer.concat([bytes, Buffer.from(added)])));
      assert.equal((await expectWhole(subject, before(subject))) > 0, isFork(outcome));
    });

    it('makes a whole fork or a clear error wherever the source is cut off meanwhile', async () => {
      using subject = await makeSubject(agent, sourceBytes);
      const kept = join(subject.folder, 'kept');
      copyFileSync(subject.path, kept);
      for (let waitMs = 0; waitMs < 40; waitMs += 4) {
        const cutting = setTimeout(() => truncateSync(subject.path, sourceBytes / 5), waitMs);
        const outcome = await tryFork(subject);
        clearTimeout(cutting);
        assert.ok(!outcome.startsWith('no clear error'), outcome);
        copyFileSync(kept, subject.path);
        await expectWhole(subject, before(subject));
      }
      assert.ok(readFileSync(subject.path).equals(readFileSync(kept)));
    });

    it('makes whole forks under any clock: years ahead, back, at its very beginning', async () => {
      using subject = await makeSubject(agent, 100_000);
      const was = before(subject);
      for (const [index, year] of ['2031', '1970', '2020'].entries()) {
        utimesSync(subject.path, new Date(`${year}-02-01`), new Date(`${year}-02-03`));
        const told = await outcomes(subject, 5, { preload: 'jumpingClock' });
        assert.equal(told.filter(isFork).length, 5, told.join(' '));
        assert.equal(await expectWhole(subject, was), 5 * (index + 1));
      }
    });
  });
}

after(() => {
  console.log(
    `${killed} kills, ${caught} of them in the middle of a fork, and ${raced} forks raced: 0 half-written sessions listed, 0 source bytes changed, 0 temporary files left after the next start`,
  );
  assert.ok(caught > 0 || killed < 100, 'no kill fell into a fork: this proves nothing');
});
