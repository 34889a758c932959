// Runs inside the extension host, as the extension's tests. Only the last line of a test is shown in time, so a
// test that hangs is named again and again.
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run as runTests } from 'node:test';

const STILL_RUNNING_MS = 15_000;
const TEST_TIMEOUT_MS = 120_000;

interface Outcome {
  readonly name: string;
  readonly nesting: number;
  readonly details: { readonly type?: string; readonly duration_ms: number; readonly error?: Error };
}

function testFiles(): string[] {
  const folder = process.env.SESSION_FORKS_HOST_TESTS;
  if (!folder) throw new Error('SESSION_FORKS_HOST_TESTS does not name the folder of the tests.');
  const names = readdirSync(folder).filter((name) => name.endsWith('.test.js'));
  return names.sort().map((name) => join(folder, name));
}

function show(mark: string, { name, nesting, details }: Outcome): void {
  console.log(`${'  '.repeat(nesting)}${mark} ${name} (${Math.round(details.duration_ms)} ms)`);
  const cause = details.error?.cause ?? details.error;
  if (mark === '✖' && details.type !== 'suite') console.log(cause instanceof Error ? cause.stack : cause);
}

/** Where the caller reads how many tests passed and failed. */
function writeCounts(passed: number, failed: number): void {
  const file = process.env.SESSION_FORKS_COUNTS;
  if (file) writeFileSync(file, JSON.stringify({ passed, failed }));
}

export async function run(): Promise<void> {
  const running = new Set<string>();
  const nag = setInterval(() => console.log(`still running: ${[...running].join(' > ')}`), STILL_RUNNING_MS);
  const tests = runTests({ files: testFiles(), isolation: 'none', concurrency: 1, timeout: TEST_TIMEOUT_MS });
  let passed = 0;
  let failed = 0;
  tests.on('test:dequeue', ({ name }) => running.add(name));
  tests.on('test:complete', ({ name }) => running.delete(name));
  tests.on('test:pass', (outcome) => {
    if (outcome.details.type !== 'suite') passed += 1;
    show('✔', outcome);
  });
  tests.on('test:fail', (outcome) => {
    if (outcome.details.type !== 'suite') failed += 1;
    show('✖', outcome);
  });
  await tests.resume().toArray();
  clearInterval(nag);
  writeCounts(passed, failed);
  console.log(`${passed} passed, ${failed} failed`);
  if (failed > 0) throw new Error(`${failed} failed`);
}
