import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { splitAtPaths } from '../../../src/webview/paths.ts';

const pathsIn = (text: string): readonly string[] =>
  splitAtPaths(text).flatMap((piece) => (piece.path ? [piece.text] : []));

describe('paths in an output', () => {
  it('are found with their lines, between whatever stands around them', () => {
    const output =
      '  at run (src/a.ts:88:5)\n/abs/b.py:3: error\nC:\\d\\e.cs(4)\nsee login.ts:7, "./c/d.test.ts".';
    assert.deepEqual(pathsIn(output), [
      'src/a.ts:88:5',
      '/abs/b.py:3',
      'C:\\d\\e.cs',
      'login.ts:7',
      './c/d.test.ts',
    ]);
  });

  it('are not seen in addresses, versions, times and plain names', () => {
    assert.deepEqual(
      pathsIn('https://a.test/x/y.js vscode://b/c.ts 1.2.3 at 12:30:05 package.json a/b x()'),
      [],
    );
  });

  it('leave every letter of the output where it is', () => {
    const output = 'a src/b.ts:1 c\n\nd/e.ts';
    assert.equal(
      splitAtPaths(output)
        .map(({ text }) => text)
        .join(''),
      output,
    );
  });

  it('are looked for once in a line that has no end', () => {
    const began = performance.now();
    for (const line of ['x', 'x/', 'a.', '/', ':1']) {
      splitAtPaths(line.repeat(200_000));
    }
    assert.ok(performance.now() - began < 5000);
  });
});
