// Runs inside the extension host, as the extension's tests. A test that hangs is named again and again.
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run as runTests } from 'node:test';

/** node:test ends its run with the process, and this one lives on: a test that comes last marks the end. */
export const LAST = 'all tests have ended';
const STILL_RUNNING_MS = 15_000;
const TEST_TIMEOUT_MS = 120_000;

interface Outcome {
  readonly name: string;
  readonly nesting: number;
  readonly details: { readonly type?: string; readonly duration_ms: number };
}

interface Failure extends Outcome {
  readonly details: Outcome['details'] & { readonly error: Error };
}

function testFiles(): string[] {
  const folder = process.env.SESSION_FORKS_HOST_TESTS;
  if (!folder) throw new Error('SESSION_FORKS_HOST_TESTS does not name the folder of the tests.');
  const names = readdirSync(folder).filter((name) => name.endsWith('.test.js'));
  return [...names.sort(), 'runner.last.js'].map((name) => join(folder, name));
}

/** The mark tells our lines from all else that VS Code prints. */
export function print(text: string): void {
  for (const line of text.split('\n')) console.log(`[test] ${line}`);
}

function show(mark: string, { name, nesting, details }: Outcome): void {
  print(`${'  '.repeat(nesting)}${mark} ${name} (${Math.round(details.duration_ms)} ms)`);
}

function explain({ error }: Failure['details']): string {
  const cause = error.cause ?? error;
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
}

class Tally {
  passed = 0;
  failed = 0;
  readonly #running = new Set<string>();

  started(name: string): void {
    this.#running.add(name);
  }

  pass(outcome: Outcome): void {
    this.#running.delete(outcome.name);
    if (outcome.details.type !== 'suite') this.passed += 1;
    show('✔', outcome);
  }

  fail(failure: Failure): void {
    this.#running.delete(failure.name);
    show('✖', failure);
    if (failure.details.type === 'suite') return;
    this.failed += 1;
    print(explain(failure.details));
  }

  nag(): void {
    print(`still running: ${[...this.#running].join(' > ')}`);
  }

  /** Where the caller reads how many tests passed and failed. */
  save(): void {
    const { passed, failed } = this;
    const file = process.env.SESSION_FORKS_COUNTS;
    if (file) writeFileSync(file, JSON.stringify({ passed, failed }));
  }
}

function runAll(tally: Tally): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const tests = runTests({ files: testFiles(), isolation: 'none', concurrency: 1, timeout: TEST_TIMEOUT_MS });
  tests.on('test:dequeue', ({ name }) => tally.started(name));
  tests.on('test:pass', (outcome) => (outcome.name === LAST ? resolve() : tally.pass(outcome)));
  tests.on('test:fail', (failure) => tally.fail(failure));
  tests.resume();
  return promise;
}

export async function run(): Promise<void> {
  const tally = new Tally();
  const nagging = setInterval(() => tally.nag(), STILL_RUNNING_MS);
  await runAll(tally);
  clearInterval(nagging);
  tally.save();
  if (tally.failed > 0) throw new Error(`${tally.failed} failed`);
}
