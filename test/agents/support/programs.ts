import { spawn } from 'node:child_process';
import { access, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join, resolve } from 'node:path';

const cache = resolve(import.meta.dirname, '../../../.agents');

interface Recipe {
  readonly packageName: string;
  readonly version: string;
  /** File that runs, below node_modules. A script runs under this Node, all else by itself. */
  readonly file: string;
  readonly npmArgs?: readonly string[];
  /** Unpack the package alone, without what it depends on. */
  readonly alone?: true;
}

const { platform, arch } = process;
const exe = platform === 'win32' ? '.exe' : '';
const opencodePlatform = platform === 'win32' ? 'windows' : platform;
const goosePackage = `@aaif/goose-binary-${platform}-${arch}`;

/**
 * No install script runs. Where a script would link a platform's binary, `file` names that binary's own package.
 */
const recipes = {
  'claude-code': {
    packageName: '@anthropic-ai/claude-code',
    version: '2.1.329',
    file: `@anthropic-ai/claude-code-${platform}-${arch}/claude${exe}`,
  },
  'claude-agent-sdk': {
    packageName: '@anthropic-ai/claude-agent-sdk',
    version: '0.3.329',
    file: '@anthropic-ai/claude-agent-sdk/sdk.mjs',
    // Its binary is the same program as claude-code's and as large; tests pass that one.
    npmArgs: ['--omit=optional'],
  },
  'claude-agent-acp': {
    packageName: '@agentclientprotocol/claude-agent-acp',
    version: '0.100.0',
    file: '@agentclientprotocol/claude-agent-acp/dist/index.js',
  },
  'qwen-code': {
    packageName: '@qwen-code/qwen-code',
    version: '0.24.4',
    file: '@qwen-code/qwen-code/cli-entry.js',
  },
  codex: { packageName: '@openai/codex', version: '0.169.0', file: '@openai/codex/bin/codex.js' },
  'codex-acp': {
    packageName: '@agentclientprotocol/codex-acp',
    version: '2.6.0',
    file: '@agentclientprotocol/codex-acp/dist/index.js',
  },
  opencode: {
    packageName: 'opencode-ai',
    version: '1.18.33',
    file: `opencode-${opencodePlatform}-${arch}/bin/opencode${exe}`,
  },
  'gemini-cli': {
    packageName: '@google/gemini-cli',
    version: '0.61.0',
    file: '@google/gemini-cli/bundle/gemini.js',
  },
  pi: {
    packageName: '@earendil-works/pi-coding-agent',
    version: '1.5.2',
    file: '@earendil-works/pi-coding-agent/dist/bundle/cli.js',
    // The bundle needs no other package, and not all that it names can be had at this version.
    alone: true,
  },
  'pi-acp': { packageName: 'pi-acp', version: '0.0.34', file: 'pi-acp/dist/index.js' },
  // No agent: the client by which people try MCP servers out.
  'mcp-inspector': {
    packageName: '@modelcontextprotocol/inspector',
    version: '2.12.0',
    file: '@modelcontextprotocol/inspector/clients/launcher/build/index.js',
    npmArgs: ['--omit=optional'],
  },
  goose: { packageName: goosePackage, version: '1.52.0', file: `${goosePackage}/bin/goose${exe}` },
} satisfies Record<string, Recipe>;

export type ProgramName = keyof typeof recipes;
export const programNames = Object.keys(recipes) as ProgramName[];

export interface Program {
  readonly name: ProgramName;
  readonly version: string;
  readonly file: string;
  readonly command: string;
  /** Come before the arguments of a run. */
  readonly args: readonly string[];
}

/** npm under an older Node silently takes older versions whose engine fits, so it runs under ours. */
export const pathWithOurNode = (): string =>
  [dirname(process.execPath), process.env.PATH].filter(Boolean).join(delimiter);

function run(command: string, args: readonly string[], cwd: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, PATH: pathWithOurNode() },
      shell: platform === 'win32',
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 300_000,
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output += chunk;
      });
    }
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0
        ? resolve()
        : reject(new Error(`${command} ${args.join(' ')} ended with ${code}:\n${output}`)),
    );
  });
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

async function unpackAlone({ packageName, version }: Recipe, folder: string): Promise<void> {
  const target = join(folder, 'node_modules', packageName);
  await mkdir(target, { recursive: true });
  await run('npm', ['pack', `${packageName}@${version}`, '--pack-destination', '.'], folder);
  const archive = `${packageName.replace('@', '').replace('/', '-')}-${version}.tgz`;
  await run(
    'tar',
    ['-xzf', archive, '--strip-components=1', '-C', join('node_modules', packageName)],
    folder,
  );
}

async function installInto(folder: string, recipe: Recipe): Promise<void> {
  await writeFile(join(folder, 'package.json'), '{ "private": true }\n');
  if (recipe.alone) return unpackAlone(recipe, folder);
  const wanted = `${recipe.packageName}@${recipe.version}`;
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--save-exact'];
  await run('npm', ['install', ...quiet, ...(recipe.npmArgs ?? []), wanted], folder);
}

const marker = (folder: string): string => join(folder, 'installed.json');

async function isCurrent(folder: string, pins: string): Promise<boolean> {
  return (await exists(marker(folder))) && (await readFile(marker(folder), 'utf8')) === pins;
}

/** Installs beside its place and then renames: a second test process sees a whole program or none. */
async function ensure(name: ProgramName, folder: string): Promise<void> {
  const recipe: Recipe = recipes[name];
  const pins = JSON.stringify(recipe);
  if (await isCurrent(folder, pins)) return;
  await mkdir(cache, { recursive: true });
  const fresh = await mkdtemp(join(cache, `.${name}-`));
  try {
    await installInto(fresh, recipe);
    await access(join(fresh, 'node_modules', recipe.file));
    await writeFile(marker(fresh), pins);
    if (await isCurrent(folder, pins)) return;
    await rm(folder, { recursive: true, force: true });
    await rename(fresh, folder);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

const pending = new Map<ProgramName, Promise<void>>();

/** The agent's real program at its pinned version. The first call installs it, later ones are instant. */
export async function program(name: ProgramName): Promise<Program> {
  const folder = join(cache, name);
  const ready = pending.get(name) ?? ensure(name, folder);
  pending.set(name, ready);
  await ready;
  const { file, version } = recipes[name];
  const path = join(folder, 'node_modules', file);
  const isScript = /\.[cm]?js$/.test(file);
  return {
    name,
    version,
    file: path,
    command: isScript ? process.execPath : path,
    args: isScript ? [path] : [],
  };
}
