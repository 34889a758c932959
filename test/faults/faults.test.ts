import assert from 'node:assert/strict';
import { appendFileSync, copyFileSync, readFileSync, truncateSync } from 'node:fs';
import { describe, it } from 'node:test';
import { SessionForksError } from '../../src/core/errors.ts';
import { sessionId } from '../../src/core/model.ts';
import { before, expectWhole } from './support/check.ts';
import { killWhileForking, outcomes } from './support/processes.ts';
import { cutAfter, temporariesBelow } from './support/store.ts';
import { agents, makeSubject, type Subject } from './support/subject.ts';

/** `npm run faults` kills 500 times; the unit tests a few. */
const kills = Number(process.env.SESSION_FORKS_KILLS ?? '4');
const sourceBytes = 1_500_000;
/** How long a fork of the source takes at most: a kill lands anywhere in it. */
const forkMs = 120;

async function tryFork(subject: Subject): Promise<string> {
  const id = sessionId(subject.session);
  const { messages } = await subject.store.read(id);
  const fork = subject.store.fork(id, cutAfter(messages, subject.keep), 'A fork');
  return fork.then(String, (error) => (error instanceof SessionForksError ? error.code : 'no clear error'));
}

for (const agent of agents) {
  describe(`faults while ${agent} is forked`, () => {
    it(`leaves only whole forks behind, and nothing else after the next start, when killed ${kills} times (invariant 2)`, async (test) => {
      using subject = await makeSubject(agent, sourceBytes);
      const was = before(subject);
      let caught = 0;
      for (let kill = 0; kill < kills; kill++) {
        await killWhileForking(subject, (forkMs * (kill + Math.random())) / kills);
        caught += temporariesBelow(subject.folder).length > 0 ? 1 : 0;
        await expectWhole(subject, was);
        await removeForks(subject);
      }
      test.diagnostic(`${caught} of ${kills} kills left something unfinished, all of it cleared away`);
      assert.ok(caught > 0 || kills < 20, 'no kill fell into a fork: this proves nothing');
    });

    it('makes 16 whole forks of one source from 4 processes at once', async () => {
      using subject = await makeSubject(agent, 300_000);
      const was = before(subject);
      const told = await Promise.all([4, 4, 4, 4].map((count) => outcomes(subject, count)));
      assert.equal(new Set(told.flat()).size, 16);
      assert.equal(await expectWhole(subject, was), 16);
    });

    it('fails clearly on a full disk and leaves nothing', {
      skip: process.platform === 'win32',
    }, async () => {
      using subject = await makeSubject(agent, 600_000);
      const was = before(subject);
      assert.deepEqual(await outcomes(subject, 2, 100), ['fork_failed', 'fork_failed']);
      assert.equal(await expectWhole(subject, was), 0);
    });

    it('makes a whole fork or a clear error when the source grows meanwhile', async () => {
      using subject = await makeSubject(agent, sourceBytes);
      const forking = tryFork(subject);
      const timer = setInterval(() => appendFileSync(subject.path, '{"type":"mode","mode":"plan"}\n'), 1);
      const outcome = await forking;
      clearInterval(timer);
      assert.notEqual(outcome, 'no clear error');
      assert.equal(await expectWhole(subject, before(subject)), outcome.includes('-') ? 1 : 0);
    });

    it('makes a whole fork or a clear error wherever the source is cut off meanwhile', async () => {
      using subject = await makeSubject(agent, sourceBytes);
      const kept = `${subject.folder}/kept`;
      copyFileSync(subject.path, kept);
      const seen = new Set<string>();
      for (let waitMs = 0; waitMs < 40; waitMs += 2) {
        const cutting = setTimeout(() => truncateSync(subject.path, sourceBytes / 5), waitMs);
        const outcome = await tryFork(subject);
        clearTimeout(cutting);
        seen.add(outcome.includes('-') ? 'a whole fork' : outcome);
        copyFileSync(kept, subject.path);
        await expectWhole(subject, before(subject));
      }
      assert.equal(seen.has('no clear error'), false);
      assert.ok(readFileSync(subject.path).equals(readFileSync(kept)));
    });
  });
}

async function removeForks({ store, session }: Subject): Promise<void> {
  for (const { ref } of (await store.list()).sessions) {
    if (ref.id !== session) {
      await store.remove?.(ref.id);
    }
  }
}
