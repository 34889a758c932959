import { globSync } from 'node:fs';
import { join } from 'node:path';
import { broken, type Counts, none, readTap } from './counts.ts';
import { root, temporaryFolder } from './paths.ts';
import { runProgram } from './processes.ts';

export interface NodeTests {
  readonly pattern: string;
  readonly suiteTimeoutMs: number;
  readonly flags: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

/** Runs test files with Node's own runner: what people read goes to the terminal, the counts to a file. */
export async function runNodeTests({ pattern, suiteTimeoutMs, flags, env }: NodeTests): Promise<Counts> {
  const files = globSync(pattern, { cwd: root }).sort();
  if (files.length === 0) {
    console.log(`No tests in ${pattern}.`);
    return none;
  }
  const tap = join(temporaryFolder(), 'counts.tap');
  const reporters = ['spec', 'stdout', 'tap', tap].map((value, index) =>
    index % 2 === 0 ? `--test-reporter=${value}` : `--test-reporter-destination=${value}`,
  );
  const { code, timedOut } = await runProgram(
    process.execPath,
    ['--test', ...flags, ...reporters, ...files],
    {
      env: { ...process.env, ...env },
      timeoutMs: suiteTimeoutMs,
    },
  );
  if (timedOut) console.error(`Stopped: ${pattern} took more than ${suiteTimeoutMs / 60_000} minutes.`);
  const counts = readTap(tap);
  return code !== 0 && counts.failed === 0 ? broken : counts;
}
