import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { commonStretch } from '../../../src/core/comparison.ts';
import { buildForest } from '../../../src/core/forkTree.ts';
import { agentId, type SessionInfo, type SessionRef, sessionId } from '../../../src/core/model.ts';
import { infoOf } from '../support/infos.ts';

const agent = agentId('a');
const ref = (id: string): SessionRef => ({ agent, id: sessionId(id) });

/** A session of 20 messages; a fork of `parent` that kept `messages`. */
const session = (id: string, parent?: string, messages = 0): SessionInfo =>
  infoOf(id, {
    messageCount: 20,
    ...(parent !== undefined && {
      lineage: { parent: ref(parent), kind: 'fork', messages, how: 'recorded' },
    }),
  });

const forest = buildForest([
  session('root'),
  session('early', 'root', 6),
  session('late', 'root', 12),
  session('deep', 'late', 18),
  session('shallow', 'late', 4),
  session('alone'),
  session('orphan', 'gone', 8),
]);

const common = (one: string, other: string) => {
  const found = commonStretch(forest, ref(one), ref(other));
  return found && `${found.messages} of ${found.ancestor.id}`;
};

describe('what two sessions have in common (checklist 0.8)', () => {
  it('is what a fork kept of its parent, whichever is named first', () => {
    assert.equal(common('late', 'root'), '12 of root');
    assert.equal(common('root', 'late'), '12 of root');
  });

  it('is for siblings what the earlier fork kept', () => {
    assert.equal(common('early', 'late'), '6 of root');
  });

  it('ends where any fork on the way from the ancestor was cut', () => {
    assert.equal(common('root', 'deep'), '12 of root');
    assert.equal(common('deep', 'shallow'), '4 of late');
    assert.equal(common('root', 'shallow'), '4 of root');
  });

  it('is all of a session that is compared with itself', () => {
    assert.equal(common('deep', 'deep'), '20 of deep');
  });

  it('is nothing for sessions of different trees, and for one that is gone', () => {
    assert.equal(common('root', 'alone'), undefined);
    assert.equal(common('orphan', 'alone'), undefined);
    assert.equal(common('root', 'gone'), undefined);
  });
});
