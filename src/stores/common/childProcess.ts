import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { errorText } from '../../core/errors.ts';
import type { AgentProgram } from './agentProgram.ts';
import { throwIfCancelled } from './pool.ts';

/** A program that runs for one piece of work. */
export interface RunningProgram {
  readonly child: ChildProcessWithoutNullStreams;
  /** Aborted when the program ends, the time is over or the caller gave up; the reason is an Error. */
  readonly over: AbortSignal;
}

export interface Limits {
  /** All together, in ms. */
  readonly totalMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** How long to wait after each signal, in ms. */
const patienceMs = 2_000;

/**
 * Starts a program, lets `work` use it and ends it with all its children whatever happens: by SIGTERM, then by
 * SIGKILL. Rejects when it cannot be started, ends early or takes too long; throws `cancelled`.
 */
export async function withProgram<Result>(
  { name, command, args, env }: AgentProgram,
  more: readonly string[],
  cwd: string,
  { totalMs, signal }: Limits,
  work: (running: RunningProgram) => Promise<Result>,
): Promise<Result> {
  throwIfCancelled(signal);
  const child = spawn(command, [...args, ...more], { cwd, env, detached: isPosix, windowsHide: true });
  const over = new AbortController();
  const stop = (text: string): void => over.abort(new Error(text));
  const gone = whenGone(child, name, stop);
  const timer = setTimeout(() => stop(`${name} took longer than ${totalMs / 1_000} seconds.`), totalMs);
  const onCancel = (): void => stop('Cancelled.');
  signal?.addEventListener('abort', onCancel, { once: true });
  try {
    return await Promise.race([work({ child, over: over.signal }), rejection(over.signal)]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onCancel);
    await end(child, gone);
    throwIfCancelled(signal);
  }
}

/**
 * Follows `signal` until `hold` is called. What is called while an agent writes, so that it is not ended in the middle:
 * who gives up later gets what they asked for.
 */
export function untilHeld(signal: AbortSignal | undefined): {
  readonly signal: AbortSignal;
  readonly hold: () => void;
} {
  const follower = new AbortController();
  const follow = (): void => follower.abort(signal?.reason);
  if (signal?.aborted) {
    follow();
  }
  signal?.addEventListener('abort', follow, { once: true });
  return { signal: follower.signal, hold: () => signal?.removeEventListener('abort', follow) };
}

const isPosix = process.platform !== 'win32';

function whenGone(
  child: ChildProcessWithoutNullStreams,
  name: string,
  stop: (text: string) => void,
): Promise<void> {
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-500);
  });
  child.stdin.on('error', () => stop(`${name} closed its input.`));
  return new Promise((resolve) => {
    child.once('error', (error) => {
      stop(`${name} could not be started: ${errorText(error)}.`);
      resolve();
    });
    child.once('close', (code) => {
      stop(`${name} ended with code ${code ?? 'none'}: ${said.trim()}`);
      resolve();
    });
  });
}

/** Rejects with the reason of an abort. */
export const rejection = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    const fail = (): void => reject(signal.reason);
    if (signal.aborted) {
      fail();
    } else {
      signal.addEventListener('abort', fail, { once: true });
    }
  });

async function end(child: ChildProcessWithoutNullStreams, gone: Promise<void>): Promise<void> {
  child.stdin.end();
  for (const name of ['SIGTERM', 'SIGKILL'] as const) {
    signalGroup(child, name);
    if (await isSettledWithin(gone, patienceMs)) {
      return;
    }
  }
}

function signalGroup(child: ChildProcessWithoutNullStreams, name: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) {
    return;
  }
  try {
    process.kill(isPosix ? -child.pid : child.pid, name);
  } catch {
    // It ended in this very moment.
    child.kill(name);
  }
}

async function isSettledWithin(promise: Promise<void>, ms: number): Promise<boolean> {
  const late = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => late.resolve(false), ms);
  try {
    return await Promise.race([promise.then(() => true), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
