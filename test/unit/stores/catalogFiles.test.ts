import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Catalog } from '../../../src/core/catalog.ts';
import { keepList } from '../../../src/core/keptList.ts';
import { type SessionInfo, sessionId } from '../../../src/core/model.ts';
import type { Listing } from '../../../src/core/store.ts';
import { catalogFiles } from '../../../src/stores/catalogFiles.ts';
import { MemoryStore } from '../support/memoryStore.ts';

class AskedStore extends MemoryStore {
  readonly given: unknown[] = [];

  override async list(previous?: readonly SessionInfo[]): Promise<Listing> {
    this.given.push(previous);
    return super.list();
  }
}

describe('lists of sessions kept for the next start', () => {
  let folder = '';
  let store: AskedStore;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'session-forks-lists-'));
    store = new AskedStore();
    store.add('a', 'pRpR');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** What the store was given as the earlier list. */
  const list = async (version: string): Promise<readonly unknown[]> => {
    store.given.length = 0;
    await new Catalog([keepList(store, catalogFiles(folder, version))]).refresh();
    return [...store.given];
  };
  const written = async (): Promise<void> => {
    while (!readdirSync(folder).includes('memory.json')) {
      await sleep(50);
    }
  };

  it('are given to the store in the next process, and to no other version', async () => {
    assert.deepEqual(await list('1'), [[]]);
    await written();
    const [previous] = await list('1');
    assert.deepEqual(previous, (await store.list([])).sessions);
    assert.deepEqual(await list('2'), [[]]);
  });

  it('are read anew without a word when they are damaged', async () => {
    await list('1');
    await written();
    const path = join(folder, 'memory.json');
    const whole = readFileSync(path, 'utf8');
    const damaged = [
      whole.slice(0, -9),
      '',
      '\0',
      '[]',
      whole.replace('"title":', '"t":'),
      whole.replaceAll('memory', 'x'),
      whole.replace('"title":"a"', '"title":"b"'),
    ];
    for (const text of damaged) {
      writeFileSync(path, text);
      assert.deepEqual(await list('1'), [[]], text);
    }
  });

  it('leave a folder that is not there, or cannot be made, alone', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const cache = catalogFiles(join(file, 'below'), '1');
    assert.deepEqual(await cache.load(store.agent.id), []);
    cache.save(store.agent.id, []);
    assert.equal((await store.read(sessionId('a'))).total, 4);
  });
});
