import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { clearLeftovers } from '../../../src/stores/common/leftovers.ts';
import { temporaryName } from '../../../src/stores/common/temporaries.ts';

const own = temporaryName('one');
const ended = spawnSync(process.execPath, ['-e', '']).pid;
const endedName = (what: string): string => temporaryName(what).replace(`${process.pid}@`, `${ended}@`);

describe('What killed processes left', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'session-forks-leftovers-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const put = (name: string): string => {
    writeFileSync(join(folder, name), '');
    return name;
  };
  const clear = (isPublished?: (what: string) => boolean): Promise<void> =>
    clearLeftovers(folder, readdirSync(folder), isPublished);

  it('is cleared away, a folder with all that is in it', async () => {
    put(endedName('a'));
    mkdirSync(join(folder, endedName('b'), 'c'), { recursive: true });
    await clear();
    assert.deepEqual(readdirSync(folder), []);
  });

  it('is told from what a living process writes, and from files of other names', async () => {
    const kept = [own, 'a.jsonl', `.session-forks-kept-${ended}-a.jsonl`, '.session-forks-1.tmp'].map(put);
    await clear();
    assert.deepEqual(readdirSync(folder).sort(), kept.sort());
  });

  it('of another machine stays until it is a day old', async () => {
    const fresh = put(`.session-forks-${ended}@elsewhere-a.tmp`);
    const old = put(`.session-forks-${ended}@elsewhere-b.tmp`);
    const yesterday = Date.now() / 1000 - 25 * 60 * 60;
    utimesSync(join(folder, old), yesterday, yesterday);
    await clear();
    assert.deepEqual(readdirSync(folder), [fresh]);
  });

  it('gets its name when what it belongs to was published', async () => {
    put(endedName('a'));
    put(endedName('b'));
    await clear((what) => what === 'a');
    assert.deepEqual(readdirSync(folder), ['a']);
  });
});
