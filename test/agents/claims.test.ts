import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { type Claim, ClaimRecorder, claimTable } from './support/claims.ts';

const all: readonly Claim[] = ['tree', 'view', 'after', 'before', 'again', 'prefix', 'known'];
const cells = 8 * all.length;

const passes = async (): Promise<void> => undefined;
const fails = (): Promise<void> => Promise.reject(new Error('The prefix: 3 messages'));

/** The row of pi and how many cells are open once `record` has told what it has to tell. */
async function after(record: (recorder: ClaimRecorder) => Promise<void>) {
  const folder = mkdtempSync(join(tmpdir(), 'session-forks-claims-'));
  try {
    await record(new ClaimRecorder('pi', folder));
    const { text, open } = claimTable(folder);
    const row = text.split('\n').find((line) => line.startsWith('pi ')) ?? '';
    return { row: row.split(/ {2,}/), open, notes: text.split('\n').slice(10) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('The table of what was shown of each agent', () => {
  it('leaves every cell open of agents whose tests have not run', async () => {
    assert.equal((await after(passes)).open, cells);
  });

  it('fills the cells of a test that passes, with its remark below', async () => {
    const { row, open, notes } = await after((pi) => pi.shows(all, passes, 'on a double')());
    assert.deepEqual(row, ['pi', ...all.map(() => 'pass 1)')]);
    assert.deepEqual([open, notes], [cells - all.length, ['1) on a double']]);
  });

  it('leaves a cell open when one of its tests fails or did not run, and says why', async () => {
    const { row, open, notes } = await after(async (pi) => {
      pi.shows(['tree'], passes);
      await pi.shows(['tree', 'view'], passes)();
      await pi.shows(['prefix'], passes)();
      await assert.rejects(pi.shows(['prefix'], fails)());
    });
    assert.deepEqual([row[1], row[2], row[6]], ['not run', 'pass', 'FAIL 1)']);
    assert.deepEqual([open, notes], [cells - 1, ['1) The prefix: 3 messages']]);
  });
});
