import { type ChildProcess, spawnSync } from 'node:child_process';
import { cpSync, existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cache, ensureFolder, temporaryFolder } from './paths.ts';
import { endGroup, findOnPath, mustRun, runNpm, startProgram, whenEnded } from './processes.ts';

/** VS Code 1.139's own server build; unlike the desktop build, it can be had from npm's registry. */
const PACKAGE = 'code-server';
const VERSION = '4.139.1';
const installed = join(cache, `${PACKAGE}-${VERSION}`);
const fewExtensions = join(installed, 'few-extensions');
const READY = /Web UI available at http:\/\/localhost:(\d+)/;

/** Enough to colour a file and a window; a window with all of them is far slower to start. */
const FEW_EXTENSIONS = [
  'theme-defaults',
  'theme-seti',
  'json',
  'markdown-basics',
  'javascript',
  'typescript-basics',
  'diff',
  'log',
];

const QUIET_SETTINGS = {
  'chat.disableAIFeatures': true,
  'extensions.ignoreRecommendations': true,
  'git.openRepositoryInParentFolders': 'never',
  'security.workspace.trust.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'window.restoreWindows': 'none',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
};

export interface VscodeOptions {
  readonly workspace: string;
  /** Holds settings, installed extensions and logs; its folder `home` is for throwaway homes. */
  readonly serverDataDir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly extensionDevelopmentPath?: string;
  readonly extensionTestsPath?: string;
  readonly vsix?: string;
  /** Holds installed extensions, in place of a folder below `serverDataDir`. */
  readonly extensionsDir?: string;
  readonly userSettings?: Readonly<Record<string, unknown>>;
  /** Without it the page ignores the two extension paths; with it, notifications are not shown. */
  readonly smokeTestDriver?: boolean;
  readonly allBuiltinExtensions?: boolean;
  /** The port to listen on, in place of a free one: a window's state belongs to the address that it was opened at. */
  readonly port?: string;
  /** Trusts no folder before the person does. */
  readonly asksForTrust?: boolean;
  /** Shuts the server down some minutes after its last window closed. */
  readonly autoShutdown?: boolean;
}

export interface Vscode {
  readonly url: string;
  readonly port: string;
  dispose(): Promise<void>;
}

export type HostKind = 'web' | 'desktop';

export function chooseHost(): HostKind {
  const forced = process.env.VSCODE_HOST;
  if (forced === 'web' || forced === 'desktop') return forced;
  if (forced) throw new Error(`VSCODE_HOST is "${forced}"; it can be "web" or "desktop".`);
  return process.env.VSCODE_EXECUTABLE ? 'desktop' : 'web';
}

export function hasDisplay(): boolean {
  if (process.platform === 'win32' || process.platform === 'darwin') return true;
  return Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
}

export function findDesktopVscode(): string | undefined {
  return process.env.VSCODE_EXECUTABLE || findOnPath(['code', 'code-insiders', 'codium']);
}

export async function installVscodeHost(): Promise<void> {
  if (existsSync(installed)) return;
  console.log(`Installing VS Code's web host (${PACKAGE} ${VERSION}), once…`);
  const unfinished = ensureFolder(`${installed}.${process.pid}`);
  try {
    await fillHost(unfinished);
    publish(unfinished);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

async function fillHost(folder: string): Promise<void> {
  await runNpm(['pack', `${PACKAGE}@${VERSION}`, '--silent'], folder);
  const archive = `${PACKAGE}-${VERSION}.tgz`;
  await mustRun('tar', ['-xzf', archive, '--strip-components=3', 'package/lib/vscode'], { cwd: folder });
  rmSync(join(folder, archive));
  // `npm ci` refuses this package's own lock file, and its optional packages are needed.
  const flags = ['--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  await runNpm(['install', ...flags], folder);
  for (const name of FEW_EXTENSIONS) {
    cpSync(join(folder, 'extensions', name), join(folder, 'few-extensions', name), { recursive: true });
  }
}

/** The folder's final name is the mark of a whole install: a run that was stopped leaves none. */
function publish(unfinished: string): void {
  try {
    renameSync(unfinished, installed);
  } catch (error) {
    // Another run was quicker, and its copy is as good as ours.
    if (!existsSync(installed)) throw error;
  }
}

/** Only what a program needs to run: no key, agent setting or home of the person's reaches a test. */
export function throwawayEnv(serverDataDir: string, more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const kept = ['PATH', 'LANG', 'LC_ALL', 'TZ', 'TERM', 'NODE_V8_COVERAGE'];
  const basics = Object.fromEntries(
    kept.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])),
  );
  return { ...basics, HOME: ensureFolder(serverDataDir, 'home'), ...more };
}

export async function startVscode(options: VscodeOptions): Promise<Vscode> {
  await installVscodeHost();
  const env = serverEnv(options);
  writeSettings(options);
  if (options.vsix) installVsix(options, options.vsix, env);
  const server = startProgram(process.execPath, serverArgs(options), {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const port = await whenReady(server);
  return { url: pageUrl(port, options), port, dispose: () => endServer(server) };
}

/** Sockets lie in a folder of ours: in a deep data folder their paths would grow too long. */
function serverEnv({ env }: VscodeOptions): NodeJS.ProcessEnv {
  return { ...env, XDG_RUNTIME_DIR: temporaryFolder(), EXTENSIONS_GALLERY: '{}' };
}

function writeSettings({ serverDataDir, userSettings }: VscodeOptions): void {
  const folder = ensureFolder(serverDataDir, 'data', 'User');
  const settings = { ...QUIET_SETTINGS, ...userSettings };
  writeFileSync(join(folder, 'settings.json'), JSON.stringify(settings, null, 2));
}

function serverScript(): string {
  return join(installed, 'out', 'server-main.js');
}

function installVsix({ serverDataDir }: VscodeOptions, vsix: string, env: NodeJS.ProcessEnv): void {
  const args = [serverScript(), '--server-data-dir', serverDataDir, '--install-extension', vsix, '--force'];
  // What it prints is of use only when it fails: it always complains of an optional logger.
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`VS Code could not install ${vsix}.\n${stdout}\n${stderr}`);
}

function serverArgs(options: VscodeOptions): string[] {
  const args = [
    serverScript(),
    '--host=127.0.0.1',
    `--port=${options.port ?? '0'}`,
    '--without-connection-token',
    '--accept-server-license-terms',
    '--telemetry-level=off',
    '--disable-experiments',
    '--disable-getting-started-override',
    `--server-data-dir=${options.serverDataDir}`,
  ];
  if (!options.asksForTrust) args.push('--disable-workspace-trust');
  if (options.extensionsDir) args.push(`--extensions-dir=${options.extensionsDir}`);
  if (options.smokeTestDriver) args.push('--enable-smoke-test-driver');
  if (options.autoShutdown ?? true) args.push('--enable-remote-auto-shutdown');
  if (!options.allBuiltinExtensions) args.push(`--builtin-extensions-dir=${fewExtensions}`);
  return args;
}

function whenReady(server: ChildProcess): Promise<string> {
  let output = '';
  return new Promise((resolve, reject) => {
    const fail = (why: string) => {
      endGroup(server, 'SIGKILL');
      reject(new Error(`VS Code's server ${why}.\n${output}`));
    };
    const timer = setTimeout(() => fail('was not ready after 60 s'), 60_000);
    const look = (chunk: Buffer) => {
      output += chunk;
      const port = READY.exec(output)?.[1];
      if (!port) return;
      clearTimeout(timer);
      server.stdout?.off('data', look).resume();
      resolve(port);
    };
    server.stdout?.on('data', look);
    server.stderr?.on('data', look);
    server.once('error', (error) => fail(`could not be started: ${error.message}`));
    server.once('exit', (code) => fail(`ended with code ${code}`));
  });
}

function pageUrl(
  port: string,
  { workspace, extensionDevelopmentPath, extensionTestsPath }: VscodeOptions,
): string {
  const url = new URL(`http://127.0.0.1:${port}/`);
  url.searchParams.set('folder', workspace);
  const remote = (path: string) => `vscode-remote://127.0.0.1:${port}${path}`;
  const payload: string[][] = [];
  if (extensionDevelopmentPath) payload.push(['extensionDevelopmentPath', remote(extensionDevelopmentPath)]);
  if (extensionTestsPath) payload.push(['extensionTestsPath', remote(extensionTestsPath)]);
  if (payload.length > 0) url.searchParams.set('payload', JSON.stringify(payload));
  return url.href;
}

async function endServer(server: ChildProcess): Promise<void> {
  const ended = whenEnded(server);
  endGroup(server, 'SIGTERM');
  const impatience = setTimeout(() => endGroup(server, 'SIGKILL'), 3_000);
  await ended;
  clearTimeout(impatience);
  endGroup(server, 'SIGKILL');
}
