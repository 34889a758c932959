import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseRecord } from '../../../src/stores/common/jsonl.ts';
import { pretty } from '../../../src/stores/common/tools.ts';

describe('A record as a person reads it', () => {
  it('is indented', () => assert.equal(pretty({ a: 1 }), '{\n  "a": 1\n}'));

  it('is cut short when it is nested too deep to be written, never an error', () => {
    const depth = 200_000;
    const record = parseRecord(`{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`);
    assert.equal(pretty(record ?? {}), '…');
  });
});
