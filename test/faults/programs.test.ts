import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { sessionId } from '../../src/core/model.ts';
import { before, expectWhole, expectWholeForks, removeForks } from './support/check.ts';
import { codexProgramHome } from './support/codexProgramHome.ts';
import { gooseHome } from './support/gooseHome.ts';
import { openCodeHome } from './support/openCodeHome.ts';
import { killWhileForking } from './support/processes.ts';
import { isBusy, type ProgramHome } from './support/programHome.ts';
import { cutAfter } from './support/store.ts';
import { type Subject, subjectOf } from './support/subject.ts';

/** `npm run faults` kills some more times. */
const kills = Math.ceil(Number(process.env.SESSION_FORKS_KILLS ?? '10') / 10);

interface Way {
  readonly agent: string;
  readonly how: string;
  readonly home: () => Promise<ProgramHome>;
}

const ways: readonly Way[] = [
  { agent: 'goose', how: 'by an import', home: () => gooseHome(1_500_000, 0) },
  { agent: 'goose', how: 'by its own fork', home: () => gooseHome(1_500_000, 10) },
  // Its server writes each message by itself, which takes it as long as the others need for much more.
  { agent: 'opencode', how: 'by its server', home: () => openCodeHome(200_000) },
  { agent: 'codex', how: 'by thread/fork', home: () => codexProgramHome(1_500_000) },
];

interface Figures {
  killed: number;
  /** Kills while the program was at work. */
  caught: number;
  /** Looks at an unfinished session that was stored and not listed. */
  hidden: number;
}

const figures = new Map<string, Figures>();

/** Lets the program make one fork; gives the ms that it took. */
async function forkOnce({ store, session, keep }: Subject): Promise<number> {
  const start = performance.now();
  const { messages } = await store.read(sessionId(session));
  let way = store.capabilities.forkWay;
  await store.fork(sessionId(session), cutAfter(messages, keep), 'A fork', undefined, (told) => {
    way = told;
  });
  assert.equal(way, 'agent');
  return performance.now() - start;
}

/** Looks at the list as long as the program goes on, and once more. */
async function lookUntilIdle(subject: Subject, { stored }: ProgramHome): Promise<number> {
  let hidden = 0;
  for (let isLast = false; !isLast; ) {
    isLast = !isBusy(subject);
    const count = stored();
    hidden += (await expectWholeForks(subject)) + 1 < count ? 1 : 0;
  }
  return hidden;
}

for (const { agent, how, home } of ways) {
  describe(`faults while ${agent} itself forks ${how}`, { timeout: 3_600_000 }, () => {
    it(`lists only whole forks, meanwhile and after, when the process that asks is killed ${kills} times (invariant 2)`, async () => {
      const made = await home();
      using subject = await subjectOf(agent, made);
      const was = before(subject);
      const told: Figures = { killed: 0, caught: 0, hidden: 0 };
      figures.set(`${agent} ${how}`, told);
      const forkMs = await forkOnce(subject);
      assert.equal(await expectWhole(subject, was), 1);
      await removeForks(subject);
      while (told.killed < kills) {
        await killWhileForking(subject, 1.2 * forkMs * Math.random());
        told.killed++;
        told.caught += isBusy(subject) ? 1 : 0;
        told.hidden += await lookUntilIdle(subject, made);
        await removeForks(subject);
      }
      await forkOnce(subject);
      assert.equal(await expectWhole(subject, was), 1);
      assert.equal(made.stored(), 2, 'the next fork removes what was left unfinished');
    });
  });
}

after(() => {
  for (const [way, { killed, caught, hidden }] of figures) {
    console.log(
      `${way}: ${killed} kills, ${caught} of them while it was at work, ${hidden} looks at an unfinished session: 0 half-written sessions listed, 0 rows or bytes of the source changed, 0 left after the next fork`,
    );
    assert.ok(caught > 0, `${way}: it was never at work: this proves nothing`);
  }
});
