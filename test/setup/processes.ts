import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { root } from './paths.ts';

export interface Ended {
  readonly code: number;
  readonly timedOut: boolean;
}

interface Bounds {
  readonly timeoutMs?: number;
}

const GRACE_MS = 5_000;
const windows = process.platform === 'win32';
const running = new Set<ChildProcess>();

// A server or browser must not outlive us, whatever ends us. Each is asked first, as it may have started groups of
// its own; and as we cannot wait any more, a shell does, for those that do not listen.
process.on('exit', () => {
  if (running.size === 0) return;
  for (const child of running) endGroup(child, 'SIGTERM');
  const groups = [...running].flatMap(({ pid }) => (pid === undefined ? [] : [`-${pid}`]));
  const script = 'sleep 5; kill -KILL -- "$@" 2>/dev/null';
  if (!windows) spawn('sh', ['-c', script, 'sh', ...groups], { detached: true, stdio: 'ignore' }).unref();
});
process.on('SIGINT', () => process.exit(130));
process.on('SIGTERM', () => process.exit(143));

/** Starts a program as the head of a process group of its own, so that all it starts ends with it. */
export function startProgram(
  command: string,
  args: readonly string[],
  options: SpawnOptions = {},
): ChildProcess {
  const child = spawn(command, args, { cwd: root, stdio: 'inherit', ...options, detached: !windows });
  running.add(child);
  child.once('exit', () => {
    endGroup(child, 'SIGTERM');
    running.delete(child);
  });
  return child;
}

export function endGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  if (windows) {
    child.kill(signal);
    return;
  }
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    // The whole group has ended already: that is what we want.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

export function whenEnded(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    if (child.exitCode !== null) resolve(child.exitCode);
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

/** Asks first: what a program started in groups of their own, only it can end. */
function stop(child: ChildProcess): void {
  endGroup(child, 'SIGTERM');
  setTimeout(() => endGroup(child, 'SIGKILL'), GRACE_MS).unref();
}

/** Runs a program to its end, or to the end of its time. */
export async function runProgram(
  command: string,
  args: readonly string[],
  { timeoutMs, ...options }: SpawnOptions & Bounds = {},
): Promise<Ended> {
  const child = startProgram(command, args, options);
  let timedOut = false;
  const timer =
    timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          timedOut = true;
          stop(child);
        }, timeoutMs);
  try {
    return { code: await whenEnded(child), timedOut };
  } finally {
    clearTimeout(timer);
  }
}

export async function mustRun(
  command: string,
  args: readonly string[],
  options: SpawnOptions = {},
): Promise<void> {
  const { code } = await runProgram(command, args, options);
  if (code !== 0) throw new Error(`"${command} ${args.join(' ')}" failed with code ${code}.`);
}

/** npm is a script on Windows, and only a shell starts those. */
export function runNpm(args: readonly string[], cwd = root): Promise<void> {
  return mustRun('npm', args, { cwd, shell: windows, stdio: ['ignore', 'ignore', 'inherit'] });
}

export function findOnPath(names: readonly string[]): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const paths = names.flatMap((name) =>
    folders.map((folder) => join(folder, windows ? `${name}.exe` : name)),
  );
  return paths.find(isExecutable);
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export function succeeds(command: string, args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}
