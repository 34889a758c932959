import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Subject } from './subject.ts';

const script = join(import.meta.dirname, 'forker.ts');
const limitMs = 60_000;

/** A process that forks; `limit` is the size in KB from which on no file of it can grow: its disk is full. */
function start(subject: Subject, count?: number, limit?: number): ChildProcess {
  const { agent, folder, session, keep } = subject;
  const args = [
    script,
    agent,
    folder,
    session,
    String(keep),
    ...(count === undefined ? [] : [String(count)]),
  ];
  const options: SpawnOptions = {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: limitMs,
    killSignal: 'SIGKILL',
  };
  return limit === undefined
    ? spawn(process.execPath, args, options)
    : spawn('sh', ['-c', `ulimit -f ${limit * 2}; exec "$0" "$@"`, process.execPath, ...args], options);
}

/** Kills a forking process (kill -9) some time after its first fork began. Gives how many forks it had told of. */
export async function killWhileForking(subject: Subject, afterMs: number): Promise<number> {
  const child = start(subject);
  const lines = linesOf(child);
  await lines.next();
  await sleep(afterMs);
  child.kill('SIGKILL');
  let told = 0;
  for await (const _line of lines) {
    told++;
  }
  await ended(child);
  return told;
}

/** What a process tells that forks `count` times at once: an id or an error's code for each. */
export async function outcomes(subject: Subject, count: number, limit?: number): Promise<readonly string[]> {
  const child = start(subject, count, limit);
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
