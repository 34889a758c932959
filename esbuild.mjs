// Builds the extension into dist/, and the chat panel's page into dist/webview/.
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build, context } from 'esbuild';

const watching = process.argv.includes('--watch');

/** The lines that .vscode/tasks.json waits for. */
const watchLines = {
  name: 'watch-lines',
  setup({ onStart, onEnd }) {
    onStart(() => console.log('[watch] build started'));
    onEnd(() => console.log('[watch] build finished'));
  },
};

const shared = {
  bundle: true,
  format: 'esm',
  splitting: true,
  minify: !watching,
  sourcemap: watching,
  legalComments: 'none',
  logLevel: 'warning',
  metafile: true,
  chunkNames: 'chunks/[name]-[hash]',
  plugins: watching ? [watchLines] : [],
};

function filesIn(folder, end) {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name.endsWith(end)).map((name) => join(folder, name));
}

function entry(out, path) {
  return existsSync(path) ? [{ in: path, out }] : [];
}

const hostEntries = [
  ...entry('extension', 'src/extension.ts'),
  ...entry('sampleAgent', 'src/sample/agent.ts'),
  ...entry('mcp', 'src/mcp/main.ts'),
  ...filesIn('src', '.worker.ts').flatMap((path) => entry(basename(path, '.ts'), path)),
];

const webviewEntries = [
  ...entry('main', 'src/webview/main.ts'),
  ...entry('codicon', 'node_modules/@vscode/codicons/dist/codicon.css'),
  ...filesIn('src/webview', '.css').flatMap((path) => entry(basename(path, '.css'), path)),
];

const host = {
  ...shared,
  entryPoints: hostEntries,
  outdir: 'dist',
  platform: 'node',
  target: 'node22',
  external: ['vscode'],
};

const webview = {
  ...shared,
  entryPoints: webviewEntries,
  outdir: 'dist/webview',
  platform: 'browser',
  target: 'es2022',
  loader: { '.ttf': 'file' },
  assetNames: '[name]',
};

async function watch() {
  for (const options of [host, webview]) await (await context(options)).watch();
}

/** Chunks bear hashes, so those of older builds would stay and be packaged. */
function removeAllBut(results) {
  const made = new Set(
    results.flatMap(({ metafile }) => Object.keys(metafile.outputs)).map((path) => join(path)),
  );
  const files = readdirSync('dist', { recursive: true, withFileTypes: true }).filter((item) => item.isFile());
  const stale = files.map(({ parentPath, name }) => join(parentPath, name)).filter((path) => !made.has(path));
  for (const path of stale) rmSync(path);
}

async function buildOnce() {
  try {
    removeAllBut(await Promise.all([host, webview].map((options) => build(options))));
  } catch (error) {
    // esbuild has printed its own errors; anything else is ours to show.
    if (!Array.isArray(error.errors)) throw error;
    process.exitCode = 1;
  }
}

await (watching ? watch() : buildOnce());
