import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Measured } from './measured.ts';
import type { Runs } from './runs.ts';
import { type Format, makeStore } from './sessions.ts';
import type { Row } from './table.ts';

export interface GrowthBench {
  readonly agent: string;
  readonly format: Format;
  readonly runs: Runs;
  readonly folder: string;
  /** How many sessions, of `bytes` each: few, and many. */
  readonly counts: readonly [number, number];
  readonly bytes: number;
  readonly times: number;
}

/**
 * Lists a small and a large store of the same sessions, and forks one of each: what one of them costs must not grow with
 * their number.
 */
export async function benchGrowth(bench: GrowthBench): Promise<readonly Row[]> {
  const { agent, bytes, counts } = bench;
  const [few, many] = [await listed(bench, counts[0]), await listed(bench, counts[1])];
  const each = ({ cpuMs }: Measured, count: number): number => cpuMs / count;
  const what = (count: number): string => `${agent}, list ${count} x ${bytes / 1000} KB`;
  return [
    { what: what(counts[0]), who: 'Session Forks, cold', measured: few.list },
    {
      what: what(counts[1]),
      who: 'Session Forks, cold',
      measured: many.list,
      goals: [
        {
          text: `CPU a session of that with ${counts[0]}`,
          value: each(many.list, counts[1]) / each(few.list, counts[0]),
          limit: 1.3,
          unit: 'x',
        },
        {
          text: 'memory of the catalog a session',
          value: (many.memory.told ?? 0) / 1000,
          limit: 2,
          unit: 'KB',
        },
      ],
    },
    { what: `${agent}, fork one of ${counts[0]}`, who: 'Session Forks', measured: few.fork },
    { what: `${agent}, fork one of ${counts[1]}`, who: 'Session Forks', measured: many.fork },
  ];
}

async function listed({ agent, format, runs, folder, bytes, times }: GrowthBench, count: number) {
  const at = join(folder, String(count));
  mkdirSync(at);
  const [made] = await makeStore(format, at, { count, bytes });
  if (!made) {
    throw new Error('No session was made.');
  }
  const list = await runs('list', { agent, folder: at }, times);
  const memory = await runs('memory', { agent, folder: at }, times);
  const fork = await runs('forkService', { agent, folder: at, session: made.id }, times);
  rmSync(at, { recursive: true });
  return { list, memory, fork };
}
