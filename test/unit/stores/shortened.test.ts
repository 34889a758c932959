import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { mentioned, shortened, spoken } from '../../../src/stores/common/shortened.ts';

const long = 'word '.repeat(1_000);

describe('a record with its long texts cut short', () => {
  it('keeps the beginning of what was said, and of what was mentioned that there is something', () => {
    assert.deepEqual(shortened({ text: long, id: 'x'.repeat(512) }, spoken), {
      text: long.slice(0, 2_000),
      id: 'x'.repeat(512),
    });
    assert.deepEqual(shortened({ list: [{ text: long }, 1, null], id: 'x'.repeat(512) }, mentioned), {
      list: [{ text: 'w' }, 1, null],
      id: 'x'.repeat(512),
    });
  });

  it('is blank only where all of the text is', () => {
    const blank = ' '.repeat(3_000);
    assert.deepEqual(shortened({ text: blank, more: `${blank}end` }, mentioned), { text: ' ', more: 'e' });
    assert.deepEqual(shortened({ text: blank, more: `${blank}end` }, spoken), {
      text: ' '.repeat(2_000),
      more: 'end',
    });
  });

  it('keeps ids whole, however long they are: records are told apart by them', () => {
    const ids = { id: long, callId: long, call_id: long, list: [{ targetId: long }] };
    assert.deepEqual(shortened({ ...ids, valid: long }, mentioned), { ...ids, valid: 'w' });
    assert.equal(shortened(ids, spoken), ids);
  });

  it('is the same record when nothing in it is long', () => {
    const record = { a: [{ b: 'c' }], d: { e: 1 } };
    assert.equal(shortened(record, mentioned), record);
  });

  it('holds nothing of what nests so deeply that looking at it could exhaust the stack', () => {
    const deep: unknown = JSON.parse(`${'['.repeat(200_000)}${']'.repeat(200_000)}`);
    assert.ok(JSON.stringify(shortened({ deep }, spoken)).length < 100);
  });

  it('keeps a member that is called like the prototype of all objects a mere member', () => {
    const short = shortened(JSON.parse('{"__proto__":{"text":"a"},"more":{"__proto__":1}}'), mentioned);
    assert.equal(JSON.stringify(short), '{"__proto__":{"text":"a"},"more":{"__proto__":1}}');
    const cut = shortened(JSON.parse(`{"__proto__":{"text":"${long}"}}`), mentioned);
    assert.equal(JSON.stringify(cut), '{"__proto__":{"text":"w"}}');
  });
});
