import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { agentId, sessionId } from '../../../src/core/model.ts';
import {
  baseTitle,
  sanitizeTitle,
  stripForkSuffix,
  titleLimit,
  uniqueTitle,
} from '../../../src/core/titles.ts';

const ref = { agent: agentId('a'), id: sessionId('12345678-9abc') };

describe('titles', () => {
  it('lose control characters, line ends and marks of direction', () => {
    assert.equal(sanitizeTitle(' a\u0000b\r\nc\u202Ed\u2066e\u0085f\u2028g '), 'a b c d e f g');
  });

  it('are cut at 200 code points, never inside one', () => {
    const title = sanitizeTitle('😀'.repeat(250));
    assert.equal([...title].length, titleLimit);
    assert.equal(title, '😀'.repeat(200));
  });

  it('keep right-to-left letters', () => {
    assert.equal(sanitizeTitle('שלום'), 'שלום');
  });

  for (const [marked, plain] of [
    ['Tokens (fork)', 'Tokens'],
    ['Tokens (Branch)', 'Tokens'],
    ['Tokens (Branch 12)', 'Tokens'],
    ['Tokens (fork #2)', 'Tokens'],
    ['Tokens (1)', 'Tokens'],
    ['Tokens(3)', 'Tokens'],
    ['Tokens (fork) (Branch) (2)', 'Tokens'],
    ['(Branch)', '(Branch)'],
    ['Move f(x) to g', 'Move f(x) to g'],
  ] as const) {
    it(`lose earlier fork marks: ${marked}`, () => assert.equal(stripForkSuffix(marked), plain));
  }

  it('of forks never stack a suffix (trap 18: Fork of Fork of)', () => {
    assert.equal(uniqueTitle(stripForkSuffix('Tokens (1)'), ['Tokens', 'Tokens (1)']), 'Tokens (2)');
  });

  it('take the lowest free number, without regard to case (trap 18)', () => {
    assert.equal(uniqueTitle('Tokens', ['tokens (1)', 'Tokens (3)']), 'Tokens (2)');
  });

  it('are cut so that the number fits within the limit', () => {
    const title = uniqueTitle('x'.repeat(300), []);
    assert.equal([...title].length, titleLimit);
    assert.ok(title.endsWith(' (1)'));
  });

  it('fall back to the first prompt, then to the first 8 characters of the id', () => {
    assert.equal(baseTitle({ title: 'T', preview: 'P', ref }), 'T');
    assert.equal(baseTitle({ title: '', preview: 'P', ref }), 'P');
    assert.equal(baseTitle({ title: ' \u0000', preview: '', ref }), '12345678');
  });
});
