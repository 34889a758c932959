// One run of the extension's tests in VS Code; test/setup/suites.ts starts it as a program of its own, to bound it.
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { runTests } from '@vscode/test-electron';
import { root, temporaryFolder } from './paths.ts';
import { chooseHost } from './vscodeHost.ts';

function executable(): { readonly vscodeExecutablePath?: string } {
  if (chooseHost() === 'web') return { vscodeExecutablePath: join(import.meta.dirname, 'hostExecutable.ts') };
  const chosen = process.env.VSCODE_EXECUTABLE;
  // Without one, @vscode/test-electron fetches VS Code.
  return chosen ? { vscodeExecutablePath: chosen } : {};
}

/** A folder of installed extensions with the one that calls our API. */
function extensionsWithCaller(): string {
  const folder = temporaryFolder();
  const caller = join(root, 'test', 'fixtures', 'callerExtension');
  cpSync(caller, join(folder, 'session-forks-test.caller-1.0.0'), { recursive: true });
  return folder;
}

const [tests, workspace] = process.argv.slice(2);
if (!tests || !workspace) throw new Error('Give the folder of the bundled tests and a workspace folder.');
await runTests({
  ...executable(),
  extensionDevelopmentPath: root,
  extensionTestsPath: join(tests, 'runner.js'),
  launchArgs: [workspace, `--extensions-dir=${extensionsWithCaller()}`],
  extensionTestsEnv: { SESSION_FORKS_HOST_TESTS: tests },
}).catch(() => {
  // Its message is only the exit code, which stands in the output already.
  process.exitCode = 1;
});
