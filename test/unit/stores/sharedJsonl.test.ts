import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { jsonLine, parseJsonLines, parseRecord } from '../../../src/stores/common/jsonl.ts';

const parse = (text: string) => parseJsonLines(Buffer.from(text));
const records = (text: string) => parse(text).lines.map((line) => line.record);

describe('JSON lines of other programs', () => {
  it('passes over a byte order mark', () => {
    assert.deepEqual(records('\uFEFF{"a":1}\n{"a":2}\n'), [{ a: 1 }, { a: 2 }]);
    assert.deepEqual(parse('\uFEFF{"a":1}\n').bad, []);
  });

  it('takes a byte order mark inside the file for what it is: no JSON', () => {
    assert.deepEqual(parse('{"a":1}\n\uFEFF{"a":2}\n').bad, [{ number: 2, torn: false }]);
  });

  it('reads Windows line ends, and keeps a carriage return inside a string', () => {
    assert.deepEqual(records('{"a":"x\\r"}\r\n{"a":2}\r\n'), [{ a: 'x\r' }, { a: 2 }]);
  });

  it('counts empty lines but gives none of them out', () => {
    assert.deepEqual(
      parse('{"a":1}\n\n\r\n{"a":2}\n').lines.map((line) => line.number),
      [1, 4],
    );
  });

  it('knows a torn tail from a bad line', () => {
    const { lines, bad } = parse('{"a":1}\n{"b":\n{"c":3}\n{"d":');
    assert.deepEqual(bad, [
      { number: 2, torn: false },
      { number: 4, torn: true },
    ]);
    assert.deepEqual(
      lines.map((line) => line.text),
      ['{"a":1}', '{"b":', '{"c":3}', '{"d":'],
    );
  });

  it('reads a whole last line without a line end', () => {
    assert.deepEqual(parse('{"a":1}').bad, []);
  });

  it('takes JSON that is no object for a bad line', () => {
    assert.deepEqual(
      parse('1\n"x"\nnull\n[{}]\n').bad.map((line) => line.number),
      [1, 2, 3, 4],
    );
  });

  it('does not end a line at U+2028, U+2029 or U+0085', () => {
    assert.deepEqual(records('{"a":"x\u2028y\u2029z\u0085"}\n'), [{ a: 'x\u2028y\u2029z\u0085' }]);
  });

  it('reads on after NUL bytes', () => {
    const { lines, bad } = parse('{"a":1}\n\0\0\0\0\n{"a":2}\n');
    assert.deepEqual(bad, [{ number: 2, torn: false }]);
    assert.deepEqual(lines.at(-1)?.record, { a: 2 });
  });

  it('reads invalid UTF-8 as replacement characters', () => {
    const bytes = Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xff, 0xc3]), Buffer.from('"}\n')]);
    assert.deepEqual(parseJsonLines(bytes).lines[0]?.record, { a: '\uFFFD\uFFFD' });
  });

  it('takes a long line of brackets for damage, not for memory; brackets inside texts are text', () => {
    const deep = '['.repeat(1 << 20);
    assert.equal(parseRecord(`{"a":${deep}${']'.repeat(1 << 20)}}`), undefined);
    const texts = { a: `${'\\'.repeat(3)}"${deep}`, b: '\\' };
    assert.deepEqual(parseRecord(JSON.stringify(texts)), texts);
  });

  it('counts lists and objects that lie in one another together when it asks how deep a long line is', () => {
    const nested = (pairs: number): string =>
      `{"pad":"${'x'.repeat(1 << 20)}","a":${'[{"b":'.repeat(pairs)}0${'}]'.repeat(pairs)}}`;
    assert.notEqual(parseRecord(nested(4_999)), undefined);
    assert.equal(parseRecord(nested(5_001)), undefined);
  });

  it('reads an empty file', () => {
    assert.deepEqual(parse(''), { lines: [], bad: [] });
  });

  it('writes U+2028 and U+2029 escaped, on one line', () => {
    const line = jsonLine({ a: 'x\u2028y\u2029z\n' });
    assert.equal(line, '{"a":"x\\u2028y\\u2029z\\n"}\n');
    assert.deepEqual(parseRecord(line), { a: 'x\u2028y\u2029z\n' });
  });
});
