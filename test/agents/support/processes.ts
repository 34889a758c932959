import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning } from '../../../src/stores/common/runningProcess.ts';
import type { Program } from './programs.ts';

export interface Launch {
  readonly program: Program;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const isWindows = process.platform === 'win32';

/** In a process group of its own, so that what the agent started ends with it. */
export function launch({ program, args, cwd, env }: Launch): ChildProcessWithoutNullStreams {
  const child = spawn(program.command, [...program.args, ...args], { cwd, env, detached: !isWindows });
  // An agent that ends early closes its input; its exit code tells the story.
  child.stdin.on('error', () => undefined);
  return child;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(isWindows ? pid : -pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Asks the whole group to end, then insists. */
export async function end(child: ChildProcessWithoutNullStreams): Promise<void> {
  if (child.pid !== undefined) {
    await endGroup(child.pid, () => child.exitCode === null && child.signalCode === null);
  }
}

/** As `end`, the group of a process that is no child of ours. */
export const endById = (pid: number): Promise<void> => endGroup(pid, () => isRunning(pid));

async function endGroup(pid: number, runs: () => boolean): Promise<void> {
  signal(pid, 'SIGTERM');
  for (let waited = 0; waited < 2_000 && runs(); waited += 50) {
    await sleep(50);
  }
  signal(pid, 'SIGKILL');
}

/** Runs to the end, or fails after `timeoutMs` with what was said until then. */
export async function runToEnd(what: Launch, timeoutMs: number): Promise<Finished> {
  const child = launch(what);
  child.stdin.end();
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    void end(child);
  }, timeoutMs);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', resolve);
    });
    if (late) {
      throw new Error(`${what.program.name} took over ${timeoutMs} ms.\n${stdout}\n${stderr}`);
    }
    return { code, stdout, stderr };
  } finally {
    clearTimeout(timer);
    await end(child);
  }
}
