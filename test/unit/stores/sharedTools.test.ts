import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseRecord } from '../../../src/stores/common/jsonl.ts';
import { actionOf, pretty } from '../../../src/stores/common/tools.ts';

describe('A record as a person reads it', () => {
  it('is indented', () => assert.equal(pretty({ a: 1 }), '{\n  "a": 1\n}'));

  it('is cut short when it is nested too deep to be written, never an error', () => {
    const depth = 200_000;
    const record = parseRecord(`{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`);
    assert.equal(pretty(record ?? {}), '…');
  });
});

describe('What a tool does', () => {
  it('is other for every name that the agent’s table does not hold, also for those that every object has', () => {
    const names = ['read_file', 'unknown', '__proto__', 'constructor', 'toString'];
    assert.deepEqual(
      names.map((name) => actionOf({ read_file: 'read' }, name)),
      ['read', 'other', 'other', 'other', 'other'],
    );
  });
});
