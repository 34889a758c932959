import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Subject } from './subject.ts';

const script = join(import.meta.dirname, 'forker.ts');
const preloads = {
  sameIds: join(import.meta.dirname, 'sameIds.ts'),
  jumpingClock: join(import.meta.dirname, 'jumpingClock.ts'),
};
const limitMs = 120_000;

/** How a process that forks is hindered. */
export interface Hindrance {
  /** No file of it grows beyond so many KB. */
  readonly fileKb?: number;
  /** It makes the same ids as every other such process, or its clock jumps. */
  readonly preload?: keyof typeof preloads;
  /** It may do no more than the file modes say, even when it is root. */
  readonly obeysModes?: boolean;
}

/** The command that runs Node so hindered, without its arguments. */
export function commandOf({ fileKb, obeysModes }: Hindrance): readonly string[] {
  const limited =
    fileKb === undefined
      ? [process.execPath]
      : ['sh', '-c', `ulimit -f ${fileKb * 2}; exec "$0" "$@"`, process.execPath];
  const isRoot = process.getuid?.() === 0;
  return obeysModes && isRoot ? ['setpriv', '--bounding-set=-all', '--inh-caps=-all', ...limited] : limited;
}

/** A process that forks `count` times at once, or over and over. */
function start(subject: Subject, count: number | undefined, hindrance: Hindrance): ChildProcess {
  const { agent, folder, session, keep } = subject;
  const [command = '', ...before] = commandOf(hindrance);
  const args = [
    ...before,
    ...(hindrance.preload ? ['--import', preloads[hindrance.preload]] : []),
    ...[script, agent, folder, session, String(keep)],
    ...(count === undefined ? [] : [String(count)]),
  ];
  const options: SpawnOptions = {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: limitMs,
    killSignal: 'SIGKILL',
  };
  return spawn(command, args, options);
}

/** Kills a forking process (kill -9) some time after its first fork began. */
export async function killWhileForking(subject: Subject, afterMs: number): Promise<void> {
  const child = start(subject, undefined, {});
  const lines = linesOf(child);
  await lines.next();
  await sleep(afterMs);
  child.kill('SIGKILL');
  for await (const _line of lines) {
    // Read to its end.
  }
  await ended(child);
}

/** What a process tells that forks `count` times at once: an id or an error's code for each. */
export async function outcomes(
  subject: Subject,
  count: number,
  hindrance: Hindrance = {},
): Promise<readonly string[]> {
  const child = start(subject, count, hindrance);
  const told: string[] = [];
  for await (const line of linesOf(child)) {
    told.push(line);
  }
  await ended(child);
  return told.slice(1);
}

/** A process that ended is there until its parent was told. */
async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    await once(child, 'exit');
  }
}

function linesOf({ stdout }: ChildProcess): AsyncIterator<string> & AsyncIterable<string> {
  if (!stdout) {
    throw new Error('The process has no output.');
  }
  return createInterface({ input: stdout })[Symbol.asyncIterator]();
}
