#!/usr/bin/env node
// Stands in for the desktop program where there is none: takes its arguments, runs the extension's tests in
// VS Code's web host with a headless browser, and ends with the code that the tests ended with.
import { parseArgs } from 'node:util';
import type { ConsoleMessage } from 'playwright-core';
import { launchBrowser } from './browser.ts';
import { temporaryFolder } from './paths.ts';
import { startVscode, type Vscode } from './vscodeHost.ts';

interface Arguments {
  readonly extensionDevelopmentPath: string;
  readonly extensionTestsPath: string;
  readonly workspace: string;
}

function readArguments(): Arguments {
  const options = {
    extensionDevelopmentPath: { type: 'string' },
    extensionTestsPath: { type: 'string' },
  } as const;
  const { values, positionals } = parseArgs({ options, strict: false, allowPositionals: true });
  const { extensionDevelopmentPath, extensionTestsPath } = values;
  const [workspace] = positionals;
  if (typeof extensionDevelopmentPath !== 'string' || typeof extensionTestsPath !== 'string' || !workspace) {
    throw new Error('Give --extensionDevelopmentPath=, --extensionTestsPath= and a workspace folder.');
  }
  return { extensionDevelopmentPath, extensionTestsPath, workspace };
}

/** What the extension host prints arrives here with a label and its CSS in front. */
function print(message: ConsoleMessage): void {
  const label = /^%c\[Extension Host\] %c(?:color: \w* ?)*/;
  const text = message.text();
  if (label.test(text)) console.log(text.replace(label, '').trimEnd());
}

async function runInBrowser({ url }: Vscode): Promise<number> {
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage();
    page.on('console', print);
    page.on('pageerror', (error) => console.error(error));
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
