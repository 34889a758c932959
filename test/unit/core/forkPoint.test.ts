import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SessionForksError } from '../../../src/core/errors.ts';
import { resolvePoint } from '../../../src/core/forkPoint.ts';
import { type ForkPoint, type Message, messageId } from '../../../src/core/model.ts';
import { MemoryStore } from '../support/memoryStore.ts';

function messages(notation: string): readonly Message[] {
  const store = new MemoryStore();
  return store.kept.get(store.add('s', notation))?.messages ?? [];
}

const after = (number: number): ForkPoint => ({ after: messageId(`s-${number}`) });
const before = (number: number): ForkPoint => ({ before: messageId(`s-${number}`) });
const anywhere = { forkAt: 'reply', emptyFork: false } as const;

const keeps = (
  notation: string,
  point: ForkPoint,
  capabilities: Parameters<typeof resolvePoint>[2] = anywhere,
) => resolvePoint(messages(notation), point, capabilities).cut.keep;

const refused = (code: string) => (error: unknown) =>
  error instanceof SessionForksError && error.code === code;

describe('a fork point', () => {
  it('after a reply keeps everything through it (trap 1)', () => assert.equal(keeps('pRpR', after(2)), 2));
  it('before a prompt keeps everything before it (trap 1)', () => assert.equal(keeps('pRpR', before(3)), 2));
  it('after tool results in the middle of a turn keeps that reply', () =>
    assert.equal(keeps('prrR', after(2)), 2));
  it('at the end keeps all of a finished session', () => assert.equal(keeps('pRpR', 'end'), 4));

  it('at the end never copies an open turn, and says what stays behind (trap 10)', () => {
    const resolved = resolvePoint(messages('pRpro'), 'end', anywhere);
    assert.equal(resolved.cut.keep, 2);
    assert.deepEqual(resolved.leftOut, { from: 3, to: 5 });
  });

  it('names the last message kept and the first one left out', () => {
    const { cut } = resolvePoint(messages('pRpR'), after(2), anywhere);
    assert.deepEqual(cut, { keep: 2, last: 's-2', next: 's-3' });
  });

  it('before a prompt carries that prompt as the draft', () => {
    assert.equal(resolvePoint(messages('pRpR'), before(3), anywhere).draft?.id, 's-3');
  });

  it('before a prompt that follows unanswered ones leaves those out too', () => {
    const resolved = resolvePoint(messages('pRpppR'), before(5), anywhere);
    assert.equal(resolved.cut.keep, 2);
    assert.deepEqual(resolved.leftOut, { from: 3, to: 4 });
  });

  it('that is gone is refused, never a full copy (traps 2 and 3)', () => {
    assert.throws(() => keeps('pR', after(7)), refused('fork_point_invalid'));
    assert.throws(() => keeps('pR', before(7)), refused('fork_point_invalid'));
  });

  it('never mixes the two verbs', () => {
    assert.throws(() => keeps('pRpR', after(3)), refused('fork_point_invalid'));
    assert.throws(() => keeps('pRpR', before(2)), refused('fork_point_invalid'));
  });

  it('on a reply with open tool calls is refused (trap 9)', () => {
    assert.throws(() => keeps('po', after(2)), refused('fork_point_invalid'));
  });

  it('inside a turn is refused by an agent that forks at turns', () => {
    const turns = { forkAt: 'turn', emptyFork: false } as const;
    assert.throws(() => keeps('prR', after(2), turns), refused('fork_point_invalid'));
    assert.equal(keeps('prR', after(3), turns), 3);
  });

  it('before the first prompt keeps nothing, where the agent can resume that (trap 6)', () => {
    assert.throws(() => keeps('pR', before(1)), refused('nothing_to_fork'));
    assert.equal(keeps('pR', before(1), { forkAt: 'reply', emptyFork: true }), 0);
  });

  it('in a session without a finished reply is refused', () => {
    assert.throws(() => keeps('p', 'end'), refused('nothing_to_fork'));
    assert.throws(() => keeps('', 'end'), refused('nothing_to_fork'));
  });
});
