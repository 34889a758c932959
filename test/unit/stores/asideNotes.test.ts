import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { agentId, sessionId } from '../../../src/core/model.ts';
import { asideNotes } from '../../../src/stores/asideNotes.ts';

const agent = agentId('qwen-code');
let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aside-notes-'));
});
after(() => rm(folder, { recursive: true }));

/** The note as the process with this number would have written it. */
async function ofProcess(mark: string, pid: number): Promise<string> {
  const name = (await readdir(folder)).find((it) => it.includes(mark)) ?? '';
  const other = name.replace(String(process.pid), String(pid));
  await rename(join(folder, name), join(folder, other));
  return join(folder, other);
}

describe('the notes of throw-away forks', () => {
  it('are none where no folder is', async () => {
    assert.deepEqual(await asideNotes(join(folder, 'none')).all(), []);
  });

  it('are read by another start; the last one with a mark counts; a forgotten one is gone', async () => {
    const notes = asideNotes(folder);
    await notes.keep({ mark: 'aside-1', agent, sessions: [] });
    await notes.keep({ mark: 'aside-1', agent, sessions: [sessionId('a')] });
    await notes.keep({ mark: 'aside-2', agent, sessions: [] });
    await notes.forget('aside-2');
    const note = { mark: 'aside-1', agent, sessions: ['a'], inUse: false };
    assert.deepEqual(await asideNotes(folder).all(), [note]);
    await notes.forget('aside-1');
    assert.deepEqual(await readdir(folder), []);
  });

  it('say whether the process that made the fork still runs, for a day at most', async () => {
    const notes = asideNotes(folder);
    const other = spawn(process.execPath, ['-e', 'setTimeout(() => undefined, 60_000)']);
    await once(other, 'spawn');
    await notes.keep({ mark: 'aside-3', agent, sessions: [] });
    const path = await ofProcess('aside-3', other.pid ?? 0);
    assert.deepEqual(
      (await notes.all()).map(({ inUse }) => inUse),
      [true],
    );
    await utimes(path, new Date(), new Date(Date.now() - 25 * 3_600_000));
    assert.deepEqual(
      (await notes.all()).map(({ inUse }) => inUse),
      [false],
    );
    await utimes(path, new Date(), new Date());
    other.kill();
    await once(other, 'exit');
    assert.deepEqual(
      (await notes.all()).map(({ inUse }) => inUse),
      [false],
    );
    await notes.forget('aside-3');
  });

  it('that a killed process did not finish are cleared away', async () => {
    const notes = asideNotes(join(folder, 'killed'));
    await notes.keep({ mark: 'aside-1', agent, sessions: [] });
    const [name = ''] = await readdir(join(folder, 'killed'));
    const gone = spawn(process.execPath, ['-e', '']);
    await once(gone, 'exit');
    const left = name.replace(`${process.pid}@`, `${gone.pid}@`).replace('aside-1', 'unfinished-aside-2');
    await writeFile(join(folder, 'killed', left), '{"agent":');
    assert.deepEqual(
      (await notes.all()).map(({ mark }) => mark),
      ['aside-1'],
    );
    assert.deepEqual(await readdir(join(folder, 'killed')), [name]);
  });

  it('that are damaged are none', async () => {
    const notes = asideNotes(folder);
    await notes.keep({ mark: 'aside-4', agent, sessions: [] });
    const [name = ''] = await readdir(folder);
    await writeFile(join(folder, name), '{"agent":');
    assert.deepEqual(await notes.all(), []);
  });
});
