import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Line } from './lines.ts';

/** A case in which something broke, and what. `npm run fuzz -- --agent A --first N --cases 1` runs it again. */
export interface Found {
  readonly name: string;
  readonly error: string;
}

export interface Outcome {
  readonly cases: number;
  readonly sessions: number;
  readonly reads: number;
  readonly forks: number;
  /** The most memory that a process held, in MB. */
  readonly peakMb: number;
  readonly found: readonly Found[];
}

const script = join(import.meta.dirname, 'runner.ts');
/** By the clock, and so generous: a case that is merely slow is told by its use of the processor. */
const silenceMs = 120_000;
const heapMb = 1_500;
/** A case of 100 MB is held a few times over while it is made and read. */
const memoryMb = 1_000;
/** So many cases a process: what it would gather over all of them tells less than what one case takes. */
const casesAtOnce = 2_000;

const nothing: Outcome = { cases: 0, sessions: 0, reads: 0, forks: 0, peakMb: 0, found: [] };

const joined = (a: Outcome, b: Outcome): Outcome => ({
  cases: a.cases + b.cases,
  sessions: a.sessions + b.sessions,
  reads: a.reads + b.reads,
  forks: a.forks + b.forks,
  peakMb: Math.max(a.peakMb, b.peakMb),
  found: [...a.found, ...b.found],
});

/** Runs `count` cases from `first` on in processes of their own. One that hangs or dies is one more thing found. */
export async function fuzz(agent: string, first: number, count: number): Promise<Outcome> {
  let all = nothing;
  for (let next = first; next < first + count; next = first + all.cases) {
    all = joined(all, await runOnce(agent, next, Math.min(next + casesAtOnce, first + count)));
  }
  return all;
}

async function runOnce(agent: string, first: number, end: number): Promise<Outcome> {
  const args = [`--max-old-space-size=${heapMb}`, script, agent, String(first), String(end)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'close');
  const said = errorsOf(child);
  let all = nothing;
  let running: number | undefined;
  let hangs = false;
  const stop = (): void => {
    hangs = true;
    child.kill('SIGKILL');
  };
  let timer = setTimeout(stop, silenceMs);
  for await (const line of linesOf(child)) {
    clearTimeout(timer);
    timer = setTimeout(stop, silenceMs);
    running = 'begins' in line ? line.begins : undefined;
    const outcome = outcomeOf(agent, line);
    const isFirstHuge = all.peakMb <= memoryMb && outcome.peakMb > memoryMb;
    all = joined(all, isFirstHuge ? withHuge(agent, line, outcome) : outcome);
  }
  clearTimeout(timer);
  await ended;
  const why = hangs ? `no end in ${silenceMs / 1_000} seconds` : `the process died: ${said()}`;
  const name = `${agent} ${running ?? first}`;
  return all.cases === end - first
    ? all
    : joined(all, { ...nothing, cases: 1, found: [{ name, error: why }] });
}

function outcomeOf(agent: string, line: Line): Outcome {
  if ('begins' in line) {
    return nothing;
  }
  if ('error' in line) {
    return { ...nothing, cases: 1, found: [{ name: `${agent} ${line.ended}`, error: line.error }] };
  }
  return { ...nothing, ...line, cases: 1 };
}

function withHuge(agent: string, line: Line, outcome: Outcome): Outcome {
  const name = `${agent} ${'ended' in line ? line.ended : ''}`;
  return { ...outcome, found: [...outcome.found, { name, error: `held ${outcome.peakMb} MB` }] };
}

async function* linesOf({ stdout }: ChildProcess): AsyncGenerator<Line> {
  if (!stdout) {
    throw new Error('The process has no output.');
  }
  for await (const line of createInterface({ input: stdout })) {
    yield JSON.parse(line) as Line;
  }
}

function errorsOf({ stderr }: ChildProcess): () => string {
  let text = '';
  stderr?.setEncoding('utf8').on('data', (more: string) => {
    text = (text + more).slice(-2_000);
  });
  return () => text;
}
