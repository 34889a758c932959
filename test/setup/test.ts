import { buildExtension } from './build.ts';
import { add, broken, type Counts, none } from './counts.ts';
import { runProgram } from './processes.ts';
import { runAgents, runHost, runUi, runUnit } from './suites.ts';

const MINUTE = 60_000;
const ok: Counts = { passed: 1, failed: 0 };

async function runTool(name: string): Promise<Counts> {
  const { code } = await runProgram('npm', ['run', '--silent', name], { timeoutMs: 5 * MINUTE });
  return code === 0 ? ok : broken;
}

async function runBuild(): Promise<Counts> {
  await buildExtension();
  return none;
}

const steps: readonly (readonly [string, () => Promise<Counts>])[] = [
  ['types', () => runTool('types')],
  ['lint', () => runTool('lint')],
  ['unit', runUnit],
  ['build', runBuild],
  ['host', runHost],
  ['ui', runUi],
  ['agents', runAgents],
];

/** One step that cannot run must not hide what the others would say. */
async function runStep(name: string, step: () => Promise<Counts>): Promise<Counts> {
  console.log(`\n== ${name}`);
  try {
    return await step();
  } catch (error) {
    console.error(error);
    return broken;
  }
}

let total = none;
for (const [name, step] of steps) {
  const counts = await runStep(name, step);
  if (counts.failed > 0) console.log(`${name}: ${counts.failed} failed`);
  total = add(total, counts);
}
console.log(`\n${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed > 0 ? 1 : 0;
