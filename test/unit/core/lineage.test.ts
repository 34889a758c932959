import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inferLineage } from '../../../src/core/lineage.ts';
import { agentId, type SessionRef, sessionId } from '../../../src/core/model.ts';

const agent = agentId('a');
const ref = (id: string): SessionRef => ({ agent, id: sessionId(id) });

/** Lineage as `b<a@2`, from sessions as `a:xyz` (oldest first, one letter a message). */
function inferred(notation: string): string {
  const sessions = notation.split(' ').map((word, index) => {
    const [id = '', letters = ''] = word.split(':');
    return { ref: ref(id), created: index, fingerprints: [...letters] };
  });
  const found = inferLineage(sessions);
  return [...found]
    .map(([key, { parent, messages }]) => `${key.slice(2)}<${parent.id}@${messages}`)
    .join(' ');
}

describe('inferred lineage', () => {
  it('is the older session with the longest common prefix', () => {
    assert.equal(inferred('a:xyz b:xyw c:xywv'), 'b<a@2 c<b@3');
  });

  it('takes the oldest among equally long prefixes', () => {
    assert.equal(inferred('a:xyz b:xyw c:xyv'), 'b<a@2 c<a@2');
  });

  it('takes a whole copy as a fork at the end', () => assert.equal(inferred('a:xyz b:xyz'), 'b<a@3'));
  it('says nothing of sessions that share nothing', () => assert.equal(inferred('a:xyz b:yxz c:'), ''));
  it('never takes equal messages at other places for a prefix', () =>
    assert.equal(inferred('a:xyz b:zyz'), ''));

  it('is marked as inferred', () => {
    const session = (id: string, created: number) => ({ ref: ref(id), created, fingerprints: ['x'] });
    assert.equal([...inferLineage([session('a', 1), session('b', 2)]).values()][0]?.how, 'inferred');
  });

  it('grows with the number of fingerprints: the same work for twice as many sessions costs about twice', () => {
    const steps = (count: number): number => {
      let reads = 0;
      const fingerprints = Array.from({ length: 50 }, (_, index) => `m${index}`);
      const counted = new Proxy(fingerprints, {
        get: (target, key) => {
          reads += typeof key === 'string' && /^\d+$/.test(key) ? 1 : 0;
          return Reflect.get(target, key);
        },
      });
      inferLineage(
        Array.from({ length: count }, (_, index) => ({
          ref: ref(`${index}`),
          created: index,
          fingerprints: counted,
        })),
      );
      return reads;
    };
    assert.equal(steps(200), 2 * steps(100));
  });
});
