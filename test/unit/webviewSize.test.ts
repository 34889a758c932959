import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { extname, join } from 'node:path';
import { test } from 'node:test';
import { build, type Metafile } from 'esbuild';
import { root } from '../setup/paths.ts';

/** Scripts and styles of the chat panel's page, minified and before compression. */
const largest = 350_000;

test('the chat panel’s page is at most 350 KB, and says what takes the room', async (t) => {
  const styles = globSync('src/webview/*.css', { cwd: root });
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['src/webview/main.ts', 'node_modules/@vscode/codicons/dist/codicon.css', ...styles],
    bundle: true,
    format: 'esm',
    splitting: true,
    minify: true,
    target: 'es2022',
    loader: { '.ttf': 'file' },
    outdir: join(root, 'dist', 'webview'),
    metafile: true,
    write: false,
  });
  const code = Object.entries(metafile.outputs).filter(([path]) => ['.js', '.css'].includes(extname(path)));
  const total = code.reduce((sum, [, { bytes }]) => sum + bytes, 0);
  t.diagnostic(`scripts and styles: ${kb(total)} of ${kb(largest)} KB`);
  for (const [part, bytes] of partsOf(metafile)) {
    t.diagnostic(`${kb(bytes).padStart(6)} KB  ${part}`);
  }
  assert.ok(total <= largest, `${kb(total)} KB`);
  assert.ok(total > 100_000, 'all of it was built');
});

/** Bytes by package, own styles and own scripts apart; the largest first. The icons' font is the one file besides. */
function partsOf({ outputs }: Metafile): readonly (readonly [string, number])[] {
  const parts = new Map<string, number>();
  for (const { inputs } of Object.values(outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const name = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? `src/webview/*${extname(path)}`;
      const part = path.includes('.ttf') ? `${name}, font (not counted)` : name;
      parts.set(part, (parts.get(part) ?? 0) + bytesInOutput);
    }
  }
  return [...parts].sort(([, a], [, b]) => b - a);
}

const kb = (bytes: number): string => (bytes / 1000).toFixed(1);
