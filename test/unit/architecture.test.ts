import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { describe, it } from 'node:test';

const sourceFolder = resolve(import.meta.dirname, '../../src');

type Room = 'core' | 'stores' | 'agents' | 'sample' | 'mcp' | 'protocol' | 'vscode' | 'webview' | 'extension';

interface Rule {
  readonly rooms: readonly Room[];
  readonly packages: readonly RegExp[];
}

const zod = /^zod(\/|$)/;
const uuid = /^uuid$/;
const node = /^node:/;
const acp = /^@agentclientprotocol\/sdk(\/|$)/;
const mcp = /^@modelcontextprotocol\//;
const pageLibraries =
  /^(lit|marked|dompurify|highlight\.js|diff|@tanstack\/virtual-core|@vscode\/codicons)(\/|$)/;

/** The table of ARCHITECTURE.md: who may import whom, types included. */
const table: Readonly<Record<Room, Rule>> = {
  core: { rooms: ['core'], packages: [] },
  stores: { rooms: ['stores', 'core'], packages: [zod, uuid, node] },
  agents: { rooms: ['agents', 'core'], packages: [acp, zod, node] },
  sample: { rooms: ['sample', 'core'], packages: [acp, uuid, node] },
  mcp: { rooms: ['mcp', 'core', 'stores', 'agents'], packages: [mcp, zod, node] },
  protocol: { rooms: ['core'], packages: [] },
  vscode: { rooms: ['vscode', 'core', 'protocol'], packages: [/^vscode$/, node] },
  webview: { rooms: ['webview', 'protocol'], packages: [pageLibraries] },
  extension: {
    rooms: ['extension', 'core', 'stores', 'agents', 'sample', 'mcp', 'vscode', 'protocol'],
    packages: [/^vscode$/, node],
  },
};

const specifiers = [
  /^\s*(?:import|export)\s[^'"`;]*?\sfrom\s*['"]([^'"]+)['"]/gm,
  /^\s*import\s*['"]([^'"]+)['"]/gm,
  /\bimport\s*\(\s*['"`]([^'"`]+)['"`]/g,
  /\brequire\s*\(\s*['"`]([^'"`]+)['"`]/g,
];
const computedImport = /\b(?:import|require)\s*\(\s*(?!['"`]|\s*new\s+URL)[^)\s]/;

/** Breaks of the table in one file, as sentences. `path` is relative to src/, with `/`. */
function breaks(path: string, text: string): string[] {
  const room = roomOf(path);
  if (!room) {
    return [`${path} stands in no room`];
  }
  const code = withoutComments(text);
  const wanted = specifiers.flatMap((pattern) => [...code.matchAll(pattern)].map((match) => match[1] ?? ''));
  const broken = wanted
    .filter((specifier) => !allowed(table[room], path, specifier))
    .map((specifier) => `${path} (${room}) imports ${specifier}`);
  return computedImport.test(code) ? [...broken, `${path} has an import that cannot be checked`] : broken;
}

function allowed(rule: Rule, path: string, specifier: string): boolean {
  if (!specifier.startsWith('.')) {
    return rule.packages.some((pattern) => pattern.test(specifier));
  }
  const target = relative(sourceFolder, resolve(sourceFolder, dirname(path), specifier))
    .split(sep)
    .join('/');
  const room = target.startsWith('..') ? undefined : roomOf(target);
  return room !== undefined && rule.rooms.includes(room);
}

function roomOf(path: string): Room | undefined {
  const first = path.split('/')[0] ?? '';
  const name = path.includes('/') ? first : first.replace(/\.ts$/, '');
  return name in table ? (name as Room) : undefined;
}

const withoutComments = (text: string): string =>
  text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/[^\n]*/g, '$1');

function sourceFiles(folder = sourceFolder): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) {
      return sourceFiles(path);
    }
    return name.endsWith('.ts') ? [relative(sourceFolder, path).split(sep).join('/')] : [];
  });
}

describe('the import table', () => {
  it('is kept by every file of src', () => {
    const files = sourceFiles();
    assert.ok(files.length > 10);
    assert.deepEqual(
      files.flatMap((path) => breaks(path, readFileSync(join(sourceFolder, path), 'utf8'))),
      [],
    );
  });

  const deliberate: readonly (readonly [string, string, string])[] = [
    ['core/model.ts', "import { x } from '../stores/index.ts';", 'another room'],
    ['core/model.ts', "import type { x } from 'vscode';", 'a type of a package'],
    ['core/model.ts', "import { readFile } from 'node:fs/promises';", 'a module of Node'],
    ['core/model.ts', "export { x } from './../vscode/tree.ts';", 'an export by a detour'],
    ['core/model.ts', "type T = import('../agents/index.ts').T;", 'an import type'],
    ['webview/main.ts', "const x = await import('../core/model.ts');", 'a lazy import'],
    ['vscode/tree.ts', "import '../stores/index.ts';", 'an import for its effect'],
    ['stores/index.ts', "const x = require('vscode');", 'a require'],
    ['vscode/tree.ts', 'const x = await import(name);', 'a computed import'],
    ['elsewhere/x.ts', '', 'a folder that is no room'],
    [
      'core/model.ts',
      "import {\n  a,\n  b,\n} from '../../test/x.ts';",
      'a path out of src, on several lines',
    ],
  ];
  for (const [path, text, what] of deliberate) {
    it(`notices ${what}`, () => {
      assert.equal(breaks(path, text).length, 1);
    });
  }

  it('lets comments speak of anything', () => {
    assert.deepEqual(breaks('core/model.ts', "// import x from 'vscode'\n/* import 'fs' */"), []);
  });
});

describe('one way to fork', () => {
  it('is the fork service: nothing else lets a store copy (checklist 1.7)', () => {
    const found = sourceFiles()
      // The thread in which the stores work passes on what the fork service asks for.
      .filter((path) => !/^(stores|extension\/storeWorker)\//.test(path))
      .flatMap((path) => {
        const text = readFileSync(join(sourceFolder, path), 'utf8');
        const calls = text.match(/(?<!\b(?:forkService|commands))\??\.fork\(/gu) ?? [];
        return calls.map(() => path);
      });
    assert.deepEqual(found, ['core/forkService.ts']);
  });
});

describe('no agent is special', () => {
  it('has no comparison with an agent id outside stores and agents', () => {
    const compares =
      /(?<!typeof [\w.]*)agent(?:\.id)?\s*[!=]==?\s*['"`]|['"`](?:sample-)?(?:claude-code|qwen-code|codex|opencode|goose|gemini-cli|pi|moltis)['"`]\s*[!=]==?/;
    const found = sourceFiles()
      .filter((path) => !/^(stores|agents)\//.test(path))
      .filter((path) => compares.test(readFileSync(join(sourceFolder, path), 'utf8')));
    assert.deepEqual(found, []);
  });
});

describe('stores stay small', () => {
  it('has a median of at most 250 lines a file', () => {
    const lengths = sourceFiles()
      .filter((path) => path.startsWith('stores/'))
      .map((path) => readFileSync(join(sourceFolder, path), 'utf8').split('\n').length - 1)
      .sort((a, b) => a - b);
    assert.ok(lengths.length > 100, `${lengths.length} files were found`);
    assert.ok((lengths[Math.floor(lengths.length / 2)] ?? Infinity) <= 250, lengths.join());
  });
});
