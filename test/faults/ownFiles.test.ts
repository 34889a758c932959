import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { catalogFiles } from '../../src/stores/catalogFiles.ts';
import { openLineageFile } from '../../src/stores/lineageFile.ts';
import { listFor, recordOf, refOf } from './support/kept.ts';
import { commandOf, type Hindrance } from './support/processes.ts';
import { temporariesBelow } from './support/store.ts';

/** Less often than forks: these files can be made anew, or grow by one line at a time. */
const kills = Math.max(1, Math.ceil(Number(process.env.SESSION_FORKS_KILLS ?? '10') / 20));
const agents = 8;
const script = join(import.meta.dirname, 'support/keeper.ts');

interface Keeper {
  readonly child: ChildProcess;
  readonly lines: AsyncIterableIterator<string>;
}

function keeper(what: string, path: string, count: string, hindrance: Hindrance = {}): Keeper {
  const [command = '', ...before] = commandOf(hindrance);
  const child = spawn(command, [...before, script, what, path, count], {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 120_000,
    killSignal: 'SIGKILL',
  });
  return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() };
}

/** Kills it, and gives the lines that it had told. */
async function killed({ child, lines }: Keeper): Promise<readonly string[]> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  const told: string[] = [];
  for await (const line of lines) {
    told.push(line);
  }
  await gone;
  return told;
}

describe('faults while what the extension keeps for itself is written', { timeout: 3_600_000 }, () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'session-forks-kept-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('loses no record of a fork that was kept, killed while two processes add them', async () => {
    const path = join(folder, 'lineage.jsonl');
    const kept: string[] = [];
    for (let kill = 0; kill < kills; kill++) {
      const both = [keeper('lineage', path, ''), keeper('lineage', path, '')];
      for (const { lines } of both) {
        await lines.next();
        kept.push((await lines.next()).value ?? '');
      }
      await sleep(50 * Math.random());
      kept.push(...(await Promise.all(both.map(killed))).flat());
      appendFileSync(path, '{"child":{"agent":"goo');
    }
    const records = await openLineageFile(path);
    await records.add(refOf('last'), recordOf(7));
    const again = await openLineageFile(path);
    assert.equal(again.get(refOf('last'))?.messages, 7);
    assert.deepEqual(
      kept.filter((id) => again.get(refOf(id)) === undefined),
      [],
    );
    assert.ok(kept.length >= 2 * kills);
    // Only the lines that were cut off here are damaged.
    const damaged = readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line !== '' && !line.endsWith('}'));
    assert.equal(damaged.length, kills);
  });

  it('loads whole lists or none, and leaves nothing unfinished after the next start', async () => {
    const lists = join(folder, 'lists');
    for (let kill = 0; kill < kills; kill++) {
      const process = keeper('lists', lists, String(agents));
      await process.lines.next();
      await process.lines.next();
      await sleep(20 * Math.random());
      await killed(process);
      const files = catalogFiles(lists, '1');
      for (let number = 0; number < agents; number++) {
        const { agent, sessions } = listFor(number, 0);
        const { length } = await files.load(agent);
        assert.ok(length === 0 || length === sessions.length, `${length} of ${sessions.length} sessions`);
      }
      assert.deepEqual(temporariesBelow(lists), []);
    }
  });

  it('keeps no list on a full disk, and loads the sessions anew', {
    skip: process.platform === 'win32',
  }, async () => {
    const lists = join(folder, 'full');
    const full = keeper('lists', lists, '1', { fileKb: 200 });
    await full.lines.next();
    await full.lines.next();
    while (temporariesBelow(lists).length > 0) {
      await sleep(20);
    }
    await killed(full);
    assert.deepEqual(readdirSync(lists), []);
    assert.deepEqual(await catalogFiles(lists, '1').load(listFor(0, 0).agent), []);
  });
});
