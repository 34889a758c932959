/**
 * The proof with the agents' real programs that the model receives exactly the prefix after our forks: what it is
 * told in the child is compared with what it was told of the same messages in the source (see `messagesOf`).
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sessionId } from '../../src/core/model.ts';
import { type Claim, ClaimRecorder } from './support/claims.ts';
import { ForkScene, separatorPrompt, straightPrompts } from './support/forkScene.ts';
import { type ForkSubject, forkSubjects } from './support/forkSubjects.ts';
import { assertReplayed } from './support/replay.ts';
import type { Source } from './support/sources.ts';
import { spokenOf } from './support/stubModel.ts';
import { VerdictTable } from './support/table.ts';

const [firstTurn, toolTurn, plainTurn, , twoToolsTurn, lastTurn] = straightPrompts;

/** Cuts between two turns: the source's own model was told the prefix when it was asked `next`. */
const betweenTurns = [
  { name: 'before the first prompt, edited', verb: 'before', keeps: 0, next: firstTurn, of: 'straight' },
  { name: 'after the first reply', verb: 'after', keeps: 2, next: toolTurn, of: 'straight' },
  { name: 'before a prompt, edited', verb: 'before', keeps: 5, next: plainTurn, of: 'straight' },
  {
    name: 'after a middle reply, with thinking',
    verb: 'after',
    keeps: 9,
    next: twoToolsTurn,
    of: 'straight',
  },
  { name: 'after a turn with parallel tool calls', verb: 'after', keeps: 12, next: lastTurn, of: 'straight' },
  { name: 'after a prompt with U+2028', verb: 'after', keeps: 4, next: 'Plain line again', of: 'separated' },
  {
    name: 'before a prompt with U+2028, edited',
    verb: 'before',
    keeps: 2,
    next: separatorPrompt,
    of: 'separated',
  },
  { name: 'before a compaction', verb: 'after', keeps: 2, next: 'Early two', of: 'compacted' },
] as const;

/** Cuts in the middle of a turn, once all tools have results. */
const midTurn = [
  { name: 'after tool results in mid-turn', keeps: 4, turn: toolTurn },
  { name: 'after parallel tool results in mid-turn', keeps: 11, turn: twoToolsTurn },
] as const;

const doors = [
  { door: 'byCommand', suffix: '' },
  { door: 'overAcp', suffix: ', over ACP' },
] as const;

const idOf = (source: Source) => sessionId(source.id);

const table = new VerdictTable();

after(() => {
  console.log(`\nWhat the model receives after a fork\n\n${table.text()}\n`);
});

// Two agents at a time. Within one home, a case must not see what another one writes.
describe('the model receives exactly the prefix', { concurrency: 2, timeout: 360_000 }, () => {
  for (const subject of forkSubjects) {
    describe(subject.agent, { concurrency: 1 }, () => proveAll(subject));
  }
});

function proveAll(subject: ForkSubject): void {
  const record = new ClaimRecorder(subject.agent);
  let scene: ForkScene;

  before(async () => {
    scene = await ForkScene.make(subject);
  });

  after(() => scene?.[Symbol.asyncDispose]());

  function proves(
    name: string,
    claims: readonly Claim[],
    proof: () => Promise<unknown>,
    remark?: string,
  ): void {
    const outcome = table.add(subject.agent, name);
    const test = async (): Promise<void> => {
      try {
        await proof();
        outcome.pass(remark);
      } catch (error) {
        outcome.fail(error);
        throw error;
      }
    };
    it(name, record.shows(claims, test));
  }

  for (const { door, suffix } of doors) {
    for (const { name, verb, keeps, next, of } of betweenTurns) {
      proves(`${name}${suffix}`, [verb, 'prefix'], () =>
        scene.prove({
          source: idOf(scene.sources[of]),
          verb,
          keeps,
          prompt: verb === 'before' ? `${next}, edited${suffix}` : `Asked ${name}${suffix}`,
          say: scene[door],
          expected: async () => scene.before(next),
        }),
      );
    }

    proves(`after a compaction${suffix}`, ['prefix'], () =>
      scene.prove({
        source: idOf(scene.sources.compacted),
        verb: 'after',
        keeps: 6 + subject.compactionAdds,
        prompt: `Asked after a compaction${suffix}`,
        say: scene[door],
        expected: async () => scene.before('Late two'),
      }),
    );
  }

  proves('after the last reply before a compaction', ['prefix'], () =>
    scene.prove({
      source: idOf(scene.sources.compacted),
      verb: 'after',
      keeps: subject.atCompaction.keeps,
      prompt: 'Asked at the compaction',
      expected: async () => scene.atCompaction(),
    }),
  );

  for (const { name, keeps, turn } of midTurn) {
    proves(
      name,
      ['after', 'prefix'],
      () =>
        scene.prove({
          source: idOf(scene.sources.straight),
          verb: 'after',
          keeps,
          prompt: `Asked ${name}`,
          expected: () => scene.throughResults(scene.sources.straight, turn),
        }),
      subject.afterResults && "and the agent's own note, as in its own fork",
    );
  }

  proves('after the last reply', ['prefix'], () =>
    scene.prove({
      source: idOf(scene.sources.straight),
      verb: 'end',
      keeps: 14,
      prompt: 'Asked after the last reply',
      expected: () => scene.goingOn(idOf(scene.sources.straight), 'The source goes on'),
    }),
  );

  proves('in a fork of a fork, after its own reply', ['again', 'prefix'], async () => {
    const child = await scene.childOf(scene.sources.straight, 9, 'The child goes on');
    await scene.prove({
      source: child,
      verb: 'end',
      keeps: 11,
      prompt: 'Asked in the fork of a fork',
      expected: () => scene.goingOn(child, 'The child goes on once more'),
    });
  });

  proves('in a fork of a fork, after an inherited reply', ['again', 'prefix'], async () => {
    const child = await scene.childOf(scene.sources.straight, 9, 'Another child goes on');
    await scene.prove({
      source: child,
      verb: 'after',
      keeps: 5,
      prompt: 'Asked after an inherited reply',
      expected: async () => scene.before(plainTurn),
    });
  });

  proves('after a rewind, in the active branch', ['prefix'], () =>
    scene.prove({
      source: idOf(scene.sources.rewound),
      verb: 'end',
      keeps: 4,
      prompt: 'Asked after the rewind',
      expected: () => scene.goingOn(idOf(scene.sources.rewound), 'The rewound source goes on'),
    }),
  );

  proves('in the branch that was rewound', ['prefix'], async () => {
    await scene.prove({
      source: await scene.lab.rewoundIn(scene.sources.rewound.id),
      parent: idOf(scene.sources.rewound),
      verb: 'after',
      keeps: 4,
      prompt: 'Asked in the branch that was rewound',
      expected: async () => scene.before('Three'),
    });
  });

  proves('the source goes on after all its forks', [], async () => {
    const prompt = 'What did I ask?';
    const told = await scene.goingOn(idOf(scene.sources.straight), prompt);
    const earlier = scene.before(lastTurn);
    assert.deepEqual(told.slice(0, earlier.length), earlier);
    const asked = spokenOf(scene.request(prompt)).filter(({ role }) => role === 'user');
    assert.deepEqual(
      asked.map(({ text }) => text),
      [...straightPrompts, 'The source goes on', prompt],
    );
  });

  proves('listed in the true tree', ['tree'], async () => {
    const { lab, sources } = scene;
    const child = await scene.childOf(sources.straight, 9, 'The tree grows');
    const { session } = await lab.fork(child, 'end');
    assert.deepEqual(await lab.ancestors(session.id), [sources.straight.id, child]);
    assert.deepEqual(await lab.ancestors(await lab.rewoundIn(sources.rewound.id)), [sources.rewound.id]);
    const kept = [await lab.listed(child), await lab.listed(session.id)].map(({ lineage }) => lineage);
    assert.deepEqual(
      kept.map((lineage) => [lineage?.kind, lineage?.messages, lineage?.how]),
      [
        ['fork', 9, 'recorded'],
        ['fork', 11, 'recorded'],
      ],
    );
  });

  proves('read as the agent itself replays it', ['view'], async () => {
    const { lab, sources } = scene;
    const copy = await lab.fork(idOf(sources.straight), 'end');
    await assertReplayed(subject.acp, lab.home, lab.store, copy.session.id);
  });

  proves('listed by the agent itself, with its title', ['known'], async () => {
    const { lab, sources, titles } = scene;
    const named = await lab.fork(idOf(sources.straight), 'end', 'A fork with a name of its own');
    const own = await subject.titles(lab.home);
    assert.equal(own.get(named.session.id), 'A fork with a name of its own');
    assert.ok(titles.size > 0);
    for (const [id, title] of titles) assert.equal(own.get(id), title);
  });
}
