import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { readLineBatches, type TextLine } from '../../../src/stores/common/jsonl.ts';
import { type Bench, bench } from '../support/claudeTranscripts.ts';

describe('reading a file’s lines batch by batch', () => {
  let at: Bench;
  beforeEach(async () => {
    at = await bench();
  });
  afterEach(() => at[Symbol.asyncDispose]());

  async function read(
    text: string,
  ): Promise<{ readonly lines: readonly TextLine[]; readonly batches: number }> {
    const path = join(at.root, 'file');
    await writeFile(path, text);
    const batches: (readonly TextLine[])[] = [];
    for await (const batch of readLineBatches(path)) {
      batches.push(batch);
    }
    return { lines: batches.flat(), batches: batches.filter((batch) => batch.length > 0).length };
  }

  it('gives every line whole and numbered, wherever a batch ends', async () => {
    const expected = Array.from({ length: 40 }, (_, index) => `${index} ${'ü日\u2028'.repeat(index * 997)}`);
    const { lines, batches } = await read(`${expected.join('\n')}\n`);
    assert.ok(batches > 2);
    assert.deepEqual(
      lines.map(({ text }) => text),
      expected,
    );
    assert.deepEqual(
      lines.map(({ number }) => number),
      expected.map((_, index) => index + 1),
    );
    assert.ok(lines.every(({ ended }) => ended));
  });

  it('gives a line that is longer than several batches', async () => {
    const long = 'x'.repeat(1_000_000);
    const { lines } = await read(`a\n${long}\nb`);
    assert.deepEqual(
      lines.map(({ text, ended }) => [text.length, ended]),
      [
        [1, true],
        [long.length, true],
        [1, false],
      ],
    );
  });

  it('drops a byte order mark and carriage returns, and keeps empty lines for the count', async () => {
    const { lines } = await read('\uFEFFa\r\n\r\nb\r\n');
    assert.deepEqual(
      lines.map(({ number, text }) => [number, text]),
      [
        [1, 'a'],
        [2, ''],
        [3, 'b'],
      ],
    );
  });

  it('gives nothing for an empty file', async () => {
    assert.deepEqual((await read('')).lines, []);
  });
});
