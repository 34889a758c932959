#!/usr/bin/env node
// Stands in for the desktop program where there is none: takes its arguments, runs the extension's tests in
// VS Code's web host with a headless browser, and ends with the code that the tests ended with.
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { launchBrowser } from './browser.ts';
import { ensureFolder, results, temporaryFolder } from './paths.ts';
import { startVscode, type Vscode } from './vscodeHost.ts';

interface Arguments {
  readonly extensionDevelopmentPath: string;
  readonly extensionTestsPath: string;
  readonly extensionsDir: string;
  readonly workspace: string;
}

function readArguments(): Arguments {
  const options = {
    extensionDevelopmentPath: { type: 'string' },
    extensionTestsPath: { type: 'string' },
    'extensions-dir': { type: 'string' },
  } as const;
  const { values, positionals } = parseArgs({ options, strict: false, allowPositionals: true });
  const { extensionDevelopmentPath, extensionTestsPath, 'extensions-dir': extensionsDir } = values;
  const [workspace] = positionals;
  if (
    typeof extensionDevelopmentPath !== 'string' ||
    typeof extensionTestsPath !== 'string' ||
    typeof extensionsDir !== 'string' ||
    !workspace
  ) {
    throw new Error(
      'Give --extensionDevelopmentPath=, --extensionTestsPath=, --extensions-dir= and a workspace folder.',
    );
  }
  return { extensionDevelopmentPath, extensionTestsPath, extensionsDir, workspace };
}

const log = join(ensureFolder(results), 'host-console.log');
writeFileSync(log, '');

/** The lines of test/host/runner.ts, which VS Code's page repeats with a level and its CSS in front. */
function showTestLine(text: string): void {
  const [, line] = text.split(/\[test\] (.*)/s);
  if (line !== undefined) console.log(line);
}

async function runInBrowser({ url }: Vscode): Promise<number> {
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage();
    page.on('console', (message) => {
      showTestLine(message.text());
      appendFileSync(log, `${message.text()}\n`);
    });
    page.on('pageerror', (error) => appendFileSync(log, `${error.stack}\n`));
    const { promise, resolve } = Promise.withResolvers<number>();
    // VS Code's page calls this when the tests have settled.
    await page.exposeFunction('codeAutomationExit', resolve);
    await page.goto(url);
    return await promise;
  } finally {
    await browser.close();
  }
}

async function main(): Promise<number> {
  const options = {
    ...readArguments(),
    serverDataDir: temporaryFolder(),
    env: process.env,
    smokeTestDriver: true,
  };
  const vscode = await startVscode(options);
  try {
    return await runInBrowser(vscode);
  } finally {
    await vscode.dispose();
  }
}

process.exitCode = await main();
