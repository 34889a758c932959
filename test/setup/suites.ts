import { join } from 'node:path';
import { claimTable, forgetClaims } from '../agents/support/claims.ts';
import { program } from '../agents/support/programs.ts';
import { installRealAgents } from '../ui/support/realAgents.ts';
import { ensureBrowser } from './browser.ts';
import { buildExtension } from './build.ts';
import { broken, type Counts, readCounts } from './counts.ts';
import { bundleHostTests } from './hostTests.ts';
import { runNodeTests } from './nodeTests.ts';
import { temporaryFolder } from './paths.ts';
import { runProgram } from './processes.ts';
import { makeSampleWorkspace } from './sampleWorkspace.ts';
import { chooseHost, installVscodeHost, throwawayEnv } from './vscodeHost.ts';
import { makeVsix } from './vsix.ts';

const MINUTE = 60_000;

export function runUnit(): Promise<Counts> {
  return runNodeTests({
    pattern: 'test/unit/**/*.test.ts',
    suiteTimeoutMs: 10 * MINUTE,
    flags: ['--test-isolation=none'],
  });
}

export async function runHost(): Promise<Counts> {
  await buildExtension();
  const tests = await bundleHostTests();
  if (chooseHost() === 'web') await prepareWebHost();
  // A test has it fork; the tests themselves run without the person's settings for npm.
  await program('claude-code');
  const folder = temporaryFolder();
  const counts = join(folder, 'counts.json');
  const args = [
    join(import.meta.dirname, 'hostRun.ts'),
    tests,
    makeSampleWorkspace(join(folder, 'workspace')),
  ];
  const env = throwawayEnv(folder, { ...hostChoice(), SESSION_FORKS_COUNTS: counts });
  const { code, timedOut } = await runProgram(process.execPath, args, { env, timeoutMs: 5 * MINUTE });
  if (timedOut) console.error('Stopped: the tests in VS Code took more than 5 minutes.');
  const found = readCounts(counts);
  return code !== 0 && found.failed === 0 ? broken : found;
}

function hostChoice(): NodeJS.ProcessEnv {
  const names = [
    'VSCODE_HOST',
    'VSCODE_EXECUTABLE',
    'CHROME_PATH',
    'DISPLAY',
    'XAUTHORITY',
    'WAYLAND_DISPLAY',
  ];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}

async function prepareWebHost(): Promise<void> {
  await Promise.all([installVscodeHost(), ensureBrowser()]);
}

export async function runUi(): Promise<Counts> {
  await Promise.all([prepareWebHost(), installRealAgents()]);
  const vsix =
    process.env.SESSION_FORKS_VSIX || (await makeVsix(join(temporaryFolder(), 'extension.vsix'))).path;
  return runNodeTests({
    pattern: 'test/ui/**/*.test.ts',
    suiteTimeoutMs: 30 * MINUTE,
    // Holds for a whole file, too: agents' real programs are slow to start on a busy machine.
    flags: ['--test-concurrency=1', `--test-timeout=${10 * MINUTE}`],
    env: { SESSION_FORKS_VSIX: vsix },
  });
}

/**
 * The agents' programs share ports and accounts of this machine, so one file runs at a time. At the end stands what was
 * shown of each agent; a cell that was not shown fails the run.
 */
export async function runAgents(): Promise<Counts> {
  forgetClaims();
  const counts = await runNodeTests({
    pattern: 'test/agents/**/*.test.ts',
    suiteTimeoutMs: 25 * MINUTE,
    flags: ['--test-concurrency=1'],
  });
  const { text, open } = claimTable();
  console.log(`\nWhat was shown of each agent\n\n${text}\n`);
  return { ...counts, failed: counts.failed + open };
}
