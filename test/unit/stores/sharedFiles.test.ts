import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { Problem } from '../../../src/core/model.ts';
import { addLine, appendLine, namesIn, textInside } from '../../../src/stores/common/files.ts';

describe('Files of an agent', { skip: process.platform === 'win32' }, () => {
  let folder = '';
  let inside = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'session-forks-files-'));
    inside = join(folder, 'inside');
    mkdirSync(inside);
    writeFileSync(join(folder, 'secret'), 'secret');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('are named without pipes, which keep a reader waiting, and without links that lead out', async () => {
    writeFileSync(join(inside, 'a'), '');
    execFileSync('mkfifo', [join(inside, 'pipe')]);
    symlinkSync(join(inside, 'pipe'), join(inside, 'to-pipe'));
    symlinkSync('../secret', join(inside, 'out'));
    symlinkSync('a', join(inside, 'to-a'));
    symlinkSync('nothing', join(inside, 'to-nothing'));
    const problems: Problem[] = [];
    assert.deepEqual(await namesIn(inside, problems), ['a', 'to-a', 'to-nothing']);
    const why = problems.map(({ text }) => text.slice(inside.length + 1)).sort();
    assert.deepEqual(why, [
      'out is a link that leads out of the agent’s folder, and is not followed.',
      'pipe is neither a file nor a folder, and is not read.',
      'to-pipe is neither a file nor a folder, and is not read.',
    ]);
  });

  it('are read as empty where a link leads out or a pipe stands', async () => {
    symlinkSync('../secret', join(inside, 'out'));
    execFileSync('mkfifo', [join(inside, 'pipe')]);
    writeFileSync(join(inside, 'a'), 'text');
    const texts = ['out', 'pipe', 'a', 'missing'].map((name) => textInside(join(inside, name), inside));
    assert.deepEqual(await Promise.all(texts), ['', '', 'text', '']);
  });

  it('get a line behind a torn one, are made when asked to, and come back by no line when they are gone', async () => {
    const path = join(inside, 'lines');
    await addLine(path, inside, 'one\n');
    writeFileSync(path, 'one\ntor');
    await addLine(path, inside, 'two\n');
    assert.equal(readFileSync(path, 'utf8'), 'one\ntor\ntwo\n');
    rmSync(path);
    await assert.rejects(appendLine(path, 'three\n'), { code: 'ENOENT' });
    assert.equal(existsSync(path), false);
  });

  it('get no line where a link leads out or a pipe stands', async () => {
    symlinkSync('../secret', join(inside, 'out'));
    execFileSync('mkfifo', [join(inside, 'pipe')]);
    for (const name of ['out', 'pipe']) {
      await assert.rejects(addLine(join(inside, name), inside, 'x\n'), { code: 'not_supported' });
    }
    assert.equal(readFileSync(join(folder, 'secret'), 'utf8'), 'secret');
  });
});
