import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matchPaths } from '../../../src/vscode/panel/matchPaths.ts';

const paths = ['src/app/login.ts', 'src/auth.ts', 'docs/login/notes.md', 'README.md', 'test/a/u/t/h.txt'];

test('names that begin with what was typed come first, then names, paths and scattered letters that hold it', () => {
  assert.deepEqual(matchPaths('log', paths), ['src/app/login.ts', 'docs/login/notes.md']);
  assert.deepEqual(matchPaths('auth', paths), ['src/auth.ts', 'test/a/u/t/h.txt']);
  assert.deepEqual(matchPaths('src/', paths), ['src/auth.ts', 'src/app/login.ts']);
});

test('case does not matter; nothing typed finds everything; what is in no path finds nothing', () => {
  assert.deepEqual(matchPaths('readme', paths), ['README.md']);
  assert.equal(matchPaths('', paths).length, paths.length);
  assert.deepEqual(matchPaths('zzz', paths), []);
});
