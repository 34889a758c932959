import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { PieceWriter } from '../../../src/stores/common/bytesWriter.ts';
import { publishFile } from '../../../src/stores/common/publish.ts';

describe('Publishing a file (invariant 2: whole or not at all)', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'session-forks-publish-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('writes all chunks, text and bytes, into a folder that did not exist', async () => {
    const target = join(folder, 'new/deep/a.jsonl');
    await publishFile(target, ['one\n', Buffer.from('two\n')]);
    assert.equal(readFileSync(target, 'utf8'), 'one\ntwo\n');
    assert.deepEqual(readdirSync(join(folder, 'new/deep')), ['a.jsonl']);
  });

  it('writes what is larger than its memory, and takes bytes that change afterwards as they were', async () => {
    const target = join(folder, 'a.jsonl');
    const text = 'ü'.repeat(700_000);
    const expected: string[] = [];
    const chunks = function* (): Generator<string | Uint8Array> {
      const bytes = Buffer.alloc(300_000);
      for (let number = 0; number < 14; number++) {
        bytes.fill(number + 0x61);
        expected.push(bytes.toString(), `${number}\n`, text);
        yield bytes;
        yield `${number}\n`;
        yield text;
      }
    };
    await publishFile(target, chunks());
    assert.ok(readFileSync(target, 'utf8') === expected.join(''));
  });

  it('lets only its owner read it', { skip: process.platform === 'win32' }, async () => {
    const target = join(folder, 'a.jsonl');
    await publishFile(target, ['x']);
    assert.equal(statSync(target).mode & 0o777, 0o600);
  });

  it('throws collision for a name that exists, leaves that file and nothing else (checklist 0.13)', async () => {
    const target = join(folder, 'a.jsonl');
    writeFileSync(target, 'mine');
    await assert.rejects(publishFile(target, ['other']), { code: 'collision' });
    assert.equal(readFileSync(target, 'utf8'), 'mine');
    assert.deepEqual(readdirSync(folder), ['a.jsonl']);
  });

  it('fails when the disk refuses what was written long before the end', async () => {
    const file = await open(join(folder, 'a'), 'w');
    file.datasync = () => Promise.reject(new Error('disk full'));
    const writer = new PieceWriter(file);
    try {
      const write = async (): Promise<void> => {
        for (let number = 0; number < 20; number++) {
          await writer.add(Buffer.alloc(1 << 20));
        }
        await writer.end();
      };
      await assert.rejects(write(), /disk full/);
    } finally {
      await writer.idle();
      await file.close();
    }
  });

  it('leaves nothing when writing fails in the middle', async () => {
    const failing = function* (): Generator<string> {
      yield 'half';
      throw new Error('disk full');
    };
    await assert.rejects(publishFile(join(folder, 'a.jsonl'), failing()), /disk full/);
    assert.deepEqual(readdirSync(folder), []);
  });

  it('shows nothing under the name before all is written', async () => {
    const target = join(folder, 'a.jsonl');
    const seen: (readonly string[])[] = [];
    const watching = function* (): Generator<string> {
      yield 'one';
      seen.push(readdirSync(folder));
      yield 'two';
    };
    await publishFile(target, watching());
    assert.equal(seen[0]?.includes('a.jsonl'), false);
    assert.match(seen[0]?.[0] ?? '', /^\.session-forks-/);
  });

  it('lets one of two that want the same name win', async () => {
    const target = join(folder, 'a.jsonl');
    const both = await Promise.allSettled([publishFile(target, ['a']), publishFile(target, ['b'])]);
    assert.deepEqual(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    assert.deepEqual(readdirSync(folder), ['a.jsonl']);
  });
});
