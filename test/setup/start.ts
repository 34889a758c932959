import { join } from 'node:path';
import { buildExtension } from './build.ts';
import { cache, ensureFolder, root } from './paths.ts';
import { findOnPath, runProgram, startProgram } from './processes.ts';
import { makeSampleWorkspace } from './sampleWorkspace.ts';
import { findDesktopVscode, hasDisplay, startVscode } from './vscodeHost.ts';
import { makeVsix } from './vsix.ts';

const SAMPLES = { SESSION_FORKS_SAMPLES: '1' };

function desktopVscode(): string | undefined {
  const forced = process.env.VSCODE_HOST;
  if (forced === 'web') return undefined;
  const found = findDesktopVscode();
  if (forced === 'desktop' && !found) throw new Error('No VS Code on the PATH; set VSCODE_EXECUTABLE.');
  return forced === 'desktop' || process.env.VSCODE_EXECUTABLE || hasDisplay() ? found : undefined;
}

/** A profile of its own: the person's windows, settings and extensions stay as they are. */
async function startDesktop(executable: string, workspace: string): Promise<void> {
  const args = [
    '--new-window',
    '--wait',
    `--extensionDevelopmentPath=${root}`,
    `--user-data-dir=${ensureFolder(cache, 'desktop-profile')}`,
    '--disable-extensions',
    '--disable-workspace-trust',
    workspace,
  ];
  await buildExtension();
  console.log('Session Forks opens in VS Code. Ctrl+C ends it.');
  await runProgram(executable, args, { env: { ...process.env, ...SAMPLES } });
}

/**
 * The home is the person's own, so that their sessions stand beside the sample ones. The extension is installed, not
 * run from here, as VS Code's page would then show no notifications.
 */
async function startWeb(workspace: string): Promise<void> {
  const { path } = await makeVsix(join(cache, 'extension.vsix'));
  const { url } = await startVscode({
    vsix: path,
    workspace,
    serverDataDir: ensureFolder(cache, 'web-profile'),
    env: { ...process.env, ...SAMPLES },
    allBuiltinExtensions: true,
    autoShutdown: false,
  });
  console.log(`Session Forks is open at ${url}\nCtrl+C ends it.`);
  if (hasDisplay()) openInBrowser(url);
}

function openInBrowser(url: string): void {
  const opener = findOnPath(['xdg-open', 'open']);
  if (opener) startProgram(opener, [url], { stdio: 'ignore' });
}

const workspace = makeSampleWorkspace(join(cache, 'sample-workspace'));
const desktop = desktopVscode();
await (desktop ? startDesktop(desktop, workspace) : startWeb(workspace));
