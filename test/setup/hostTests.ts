import { globSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { cache } from './paths.ts';

/** A bundle lies elsewhere than its sources, and tests look for their fixtures from where they were written. */
const keepDirname: Plugin = {
  name: 'keep-dirname',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      return {
        contents: text.replaceAll('import.meta.dirname', JSON.stringify(dirname(path))),
        loader: 'ts',
      };
    });
  },
};

/** Bundled, as a desktop VS Code may not run .ts files. Gives the folder of the bundles. */
export async function bundleHostTests(): Promise<string> {
  const outdir = join(cache, 'host-tests');
  // A test that was renamed must not be run under its old name too.
  rmSync(outdir, { recursive: true, force: true });
  await build({
    entryPoints: ['test/host/runner.ts', 'test/host/runner.last.ts', ...globSync('test/host/*.test.ts')],
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    external: ['vscode'],
    sourcemap: 'inline',
    chunkNames: 'chunks/[name]-[hash]',
    logLevel: 'warning',
    plugins: [keepDirname],
  });
  return outdir;
}
