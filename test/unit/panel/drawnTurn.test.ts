import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PlanEntry } from '../../../src/core/liveAgent.ts';
import { DrawnTurn } from '../../../src/vscode/panel/drawnTurn.ts';

const step = (text: string, status: PlanEntry['status']): PlanEntry => ({ text, status });

/** A turn in which the agent told this plan, stored and forgotten. */
function turnWith(...entries: readonly PlanEntry[]): DrawnTurn {
  const drawn = new DrawnTurn();
  drawn.begin({ text: 'go', attachments: [] }, 0);
  drawn.update({ kind: 'plan', entries });
  drawn.end();
  drawn.settle();
  drawn.forget();
  return drawn;
}

describe('the plan of a turn', () => {
  it('stays when the turn is over and there is work left, until the next turn begins', () => {
    const drawn = turnWith(step('read', 'done'), step('edit', 'pending'));
    assert.deepEqual(
      drawn.state.plan.map(({ text }) => text),
      ['read', 'edit'],
    );
    drawn.forget();
    assert.equal(drawn.state.plan.length, 2);
    drawn.begin({ text: 'on', attachments: [] }, 0);
    assert.deepEqual(drawn.state.plan, []);
  });

  it('goes with the turn when all of it is done', () => {
    assert.deepEqual(turnWith(step('read', 'done')).state.plan, []);
  });
});
