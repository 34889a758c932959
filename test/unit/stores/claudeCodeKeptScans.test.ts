import assert from 'node:assert/strict';
import { appendFile, open, rename, stat, truncate, writeFile } from 'node:fs/promises';
import { after, before, beforeEach, describe, it } from 'node:test';
import { type Scan, scanKept, scanTranscript } from '../../../src/stores/claudeCode/scan.ts';
import {
  type Bench,
  bench,
  cutAfter,
  id,
  lastPrompt,
  lines,
  says,
  session,
  user,
} from '../support/claudeTranscripts.ts';

const turn = (number: number) => [
  user(`u${number}`, number === 0 ? null : `a${number - 1}`, `${number} `.padEnd(3000, 'x')),
  says(`a${number}`, `u${number}`, 'y'.repeat(3000)),
];
const turns = (count: number) => Array.from({ length: count }, (_, number) => turn(number)).flat();
/** More than a mebibyte, from which on scans are kept. */
const long = lines(turns(200));

const told = ({ entries, bad, facts, stats }: Scan) => ({ entries, bad, facts, size: stats.size });

describe('a long transcript of Claude Code that was read before', { timeout: 300_000 }, () => {
  let at: Bench;
  let path = '';
  before(async () => {
    at = await bench();
  });
  after(() => at[Symbol.asyncDispose]());
  beforeEach(async () => {
    path = await at.write(id('s'), long);
    await scanKept(path);
  });

  const sameAsAfresh = async (): Promise<void> => {
    assert.deepEqual(told(await scanKept(path)), told(await scanTranscript(path, 'entries')));
  };

  /** Harms the first line without a trace in size or time: only who reads it again sees that. */
  async function harmFirstLine(): Promise<void> {
    const { atime, mtime } = await stat(path);
    const file = await open(path, 'r+');
    await file.write('!', 0);
    await file.utimes(atime, mtime);
    await file.close();
  }

  it('is not read again while it does not change', async () => {
    await harmFirstLine();
    assert.deepEqual((await scanKept(path)).bad, []);
  });

  it('is read from where it ended once it has grown', async () => {
    await harmFirstLine();
    await appendFile(path, lines(turn(200)));
    const { entries, bad } = await scanKept(path);
    assert.deepEqual([entries.length, entries.at(-1)?.uuid, bad], [402, id('a200'), []]);
  });

  it('gives what a read of all gives, whatever is added to it piece by piece', async () => {
    const added = [
      ...turn(200),
      lastPrompt('a3', { explicit: true }),
      { type: 'custom-title', customTitle: 'Named', sessionId: id('s') },
      user('back', 'a3'),
      user('back', 'a4'),
    ];
    for (const piece of [
      ...added.map((record) => lines([record])),
      'no json\n',
      '\n',
      '\r\n',
      '\uFEFF{}\n',
    ]) {
      await appendFile(path, piece);
      await sameAsAfresh();
    }
  });

  it('gives what a read of all gives while its last line is written bit by bit', async () => {
    const line = Buffer.from(lines([user('next', 'a199', 'ü'.repeat(40))]));
    for (let start = 0; start < line.length; start += 11) {
      await appendFile(path, line.subarray(start, start + 11));
      await sameAsAfresh();
    }
  });

  it('is read whole when it became shorter, or other text stands where it ended', async () => {
    await truncate(path, 1_100_000);
    await sameAsAfresh();
    await writeFile(path, long);
    await scanKept(path);
    await writeFile(path, long.replaceAll('yyy', 'zzz') + lines(turn(200)));
    await sameAsAfresh();
  });

  it('is read whole when another file took its place', async () => {
    const other = await at.write(id('other'), long + lines(turn(200)));
    await harmFirstLine();
    await rename(other, path);
    await sameAsAfresh();
    assert.deepEqual((await scanKept(path)).bad, []);
  });

  it('serves two readers at once', async () => {
    await appendFile(path, lines(turn(200)));
    const [one, two] = await Promise.all([scanKept(path), scanKept(path)]);
    assert.deepEqual([told(one), told(two)], Array(2).fill(told(await scanTranscript(path, 'entries'))));
  });

  it('is read whole after a read that was stopped', async () => {
    await appendFile(path, lines(turn(200)));
    await assert.rejects(scanKept(path, AbortSignal.abort()), { code: 'cancelled' });
    await sameAsAfresh();
  });

  it('is not forked from what was kept when its messages were rewritten under the same ids and size', async () => {
    const { messages } = await at.store.read(session('s'));
    await at.store.read(session('s'), undefined, 'outline');
    const { atime, mtime } = await stat(path);
    const file = await open(path, 'r+');
    await file.write(long.replaceAll(id('u7'), id('uX')), 0);
    await file.utimes(atime, mtime);
    await file.close();
    await assert.rejects(at.store.fork(session('s'), cutAfter(messages, 20), 'A fork'), {
      code: 'fork_point_invalid',
    });
  });
});
