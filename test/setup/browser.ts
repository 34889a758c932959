import { existsSync } from 'node:fs';
import { type Browser, chromium, type LaunchOptions } from 'playwright-core';
import { findOnPath, mustRun, succeeds } from './processes.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const MAC_PATHS = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];
const HELP = 'Install Chromium or Google Chrome, or set CHROME_PATH to its program.';

/** No test may reach beyond this machine, and none needs a graphics card. */
const FLAGS = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-gpu',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
];

export async function launchBrowser(options: LaunchOptions = {}): Promise<Browser> {
  return chromium.launch({ args: FLAGS, ...options, executablePath: await ensureBrowser() });
}

export async function ensureBrowser(): Promise<string> {
  const found = findBrowser();
  if (found) return found;
  await installChromium();
  const installed = findBrowser();
  if (!installed) throw new Error(`Chromium was installed, but its program was not found. ${HELP}`);
  return installed;
}

function findBrowser(): string | undefined {
  const chosen = process.env.CHROME_PATH;
  if (chosen && !existsSync(chosen)) throw new Error(`CHROME_PATH is ${chosen}, and there is no such file.`);
  return chosen || findOnPath(NAMES) || MAC_PATHS.find((path) => existsSync(path));
}

async function installChromium(): Promise<void> {
  const prefix = rootPrefix();
  if (!prefix || !findOnPath(['apt-get'])) throw new Error(`The tests need a Chromium browser. ${HELP}`);
  console.log('Installing Chromium with apt-get, once…');
  await runAptGet(prefix, ['update', '-qq']);
  await runAptGet(prefix, [
    'install',
    '-y',
    '-qq',
    '--no-install-recommends',
    'chromium',
    'fonts-dejavu-core',
  ]);
}

/** How to run a command as root without a password, if that can be done. */
function rootPrefix(): readonly string[] | undefined {
  if (process.getuid?.() === 0) return [];
  return succeeds('sudo', ['-n', 'true']) ? ['sudo', '-n'] : undefined;
}

function runAptGet(prefix: readonly string[], args: readonly string[]): Promise<void> {
  const [command = 'env', ...rest] = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', ...args];
  return mustRun(command, rest, { stdio: ['ignore', 'ignore', 'inherit'] });
}
