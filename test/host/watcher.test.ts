import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { folderWatcher } from '../../src/vscode/folderWatcher.ts';
import { eventually } from './sampleHome.ts';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test('the watcher sees files in folders that were made at once, and later ones in them, and says which they are', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'session-forks-watch-'));
  let changes = 0;
  const paths = new Set<string | undefined>();
  const watch = folderWatcher.watch(folder, (path) => {
    changes++;
    paths.add(path);
  });
  await pause(2000);
  const deep = join(folder, '2026', '11', '21');
  mkdirSync(deep, { recursive: true });
  writeFileSync(join(deep, 'first.jsonl'), '{}\n');
  await eventually(() => changes > 0);
  // Time enough for the watch to be made anew, and for all that it looks into again.
  await pause(4500);
  changes = 0;
  writeFileSync(join(deep, 'second.jsonl'), '{}\n');
  await eventually(() => changes > 0 && paths.has(join(deep, 'second.jsonl')), 8000);
  watch.dispose();
  changes = 0;
  writeFileSync(join(deep, 'third.jsonl'), '{}\n');
  await pause(1000);
  assert.equal(changes, 0);
  rmSync(folder, { recursive: true });
});
