import { readFileSync, rmSync } from 'node:fs';

export interface Counts {
  readonly passed: number;
  readonly failed: number;
}

export const none: Counts = { passed: 0, failed: 0 };
/** A suite that crashed, hung or could not be started. */
export const broken: Counts = { passed: 0, failed: 1 };

export function add(a: Counts, b: Counts): Counts {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed };
}

/** Reads the summary at the end of a TAP file; one that has none comes from a run that did not finish. */
export function readTap(path: string): Counts {
  const text = readAndRemove(path);
  const last = (word: string) => {
    const found = [...text.matchAll(new RegExp(`^# ${word} (\\d+)$`, 'gm'))].at(-1);
    return found ? Number(found[1]) : undefined;
  };
  const passed = last('pass');
  const failed = last('fail');
  if (passed === undefined || failed === undefined) return broken;
  return { passed, failed: failed + (last('cancelled') ?? 0) };
}

/** Reads what test/host/runner.ts wrote at its end. */
export function readCounts(path: string): Counts {
  const text = readAndRemove(path);
  if (!text) return broken;
  const { passed, failed }: { passed?: unknown; failed?: unknown } = JSON.parse(text);
  return typeof passed === 'number' && typeof failed === 'number' ? { passed, failed } : broken;
}

function readAndRemove(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    // Never written: the run ended before its summary.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  } finally {
    rmSync(path, { force: true });
  }
}

export function report(name: string, { passed, failed }: Counts): void {
  console.log(`${name}: ${passed} passed, ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
}
