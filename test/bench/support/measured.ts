import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

/** What one run took. Memory is the most that the process ever held, and that share of it above its start. */
export interface Measured {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly peakMb: number;
  readonly aboveStartMb: number;
  readonly delayMs: number;
  /** What the work itself tells: a count to compare, never a time. */
  readonly told?: number;
}

const mb = (kilobytes: number): number => kilobytes / 1024;

/** Runs `work` once in this process, which should have done nothing else. */
export async function measure(work: () => Promise<number | undefined>): Promise<Measured> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const before = process.resourceUsage();
  delay.enable();
  // The first sample is that of arming the timer itself.
  await sleep(20);
  delay.reset();
  const cpu = process.cpuUsage();
  const start = performance.now();
  const told = await work();
  const wallMs = performance.now() - start;
  const used = process.cpuUsage(cpu);
  await sleep(20);
  const peak = process.resourceUsage().maxRSS;
  return {
    wallMs,
    cpuMs: (used.user + used.system) / 1000,
    peakMb: mb(peak),
    aboveStartMb: mb(peak - before.maxRSS),
    delayMs: delay.max / 1e6,
    ...(told !== undefined && { told }),
  };
}

/** The middle one by wall time: its other figures belong to that very run. */
export function median(runs: readonly Measured[]): Measured {
  const middle = runs.toSorted((a, b) => a.wallMs - b.wallMs)[runs.length >> 1];
  if (!middle) {
    throw new Error('Nothing was measured.');
  }
  return middle;
}
