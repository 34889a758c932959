import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, FrameLocator, Locator, Page } from 'playwright-core';
import { until } from '../../agents/support/until.ts';
import { launchBrowser } from '../../setup/browser.ts';
import { ensureFolder, results, root, temporaryFolder } from '../../setup/paths.ts';
import { makeSampleWorkspace } from '../../setup/sampleWorkspace.ts';
import { startVscode, throwawayEnv, type Vscode } from '../../setup/vscodeHost.ts';
import { makeVsix } from '../../setup/vsix.ts';
import { changeFolderSettings } from './folderSettings.ts';

const THEMES = { dark: 'Dark Modern', light: 'Light Modern', hc: 'Default High Contrast' } as const;
/** Trust is asked for nowhere but where a person looks for it. */
const UNTRUSTED = {
  'security.workspace.trust.enabled': true,
  'security.workspace.trust.startupPrompt': 'never',
  'security.workspace.trust.banner': 'never',
} as const;
const CONTAINER = 'Session Forks';
const CLOSE_MS = 10_000;
const PALETTE_MS = 20_000;
const PALETTE_ATTEMPTS = 5;
const KEY_MS = 1_500;
const READY_MS = 60_000;
const SELECTED_MS = 3_000;
/** How long a step may take: a machine that does much else is slow, and no test here is about speed. */
const PATIENCE_MS = 120_000;

/** What the web host itself reports as errors, and no fault of ours. */
const HARMLESS = [
  /Failed to load resource/,
  /when fetching the script/,
  /ResizeObserver loop/,
  /Activating extension 'vscode\./,
  // Two of the host's own packages are compiled when it is installed, and it does without them.
  /Could not locate the bindings file|Cannot find module '\.\/build\/Release/,
  /allow-scripts and allow-same-origin/,
];
/** VS Code's own log; its errors about accounts and reloads matter here only when they name the extension. */
const LOG_LINE = /^%c *ERR /;
const OURS = /session-forks\.session-forks|sessionForks/;

function isHarmless(text: string): boolean {
  if (HARMLESS.some((pattern) => pattern.test(text))) return true;
  return LOG_LINE.test(text) && !OURS.test(text);
}

export interface Folders {
  readonly home: string;
  readonly workspace: string;
}

export interface WorkbenchOptions {
  readonly theme?: keyof typeof THEMES;
  /** Shows the sample sessions; without them the tree is empty, as the home is a throwaway one. */
  readonly samples?: boolean;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly env?: NodeJS.ProcessEnv;
  /** Fills the throwaway home, or the workspace folder, before VS Code starts. */
  readonly prepare?: (folders: Folders) => void | Promise<void>;
  /** Variables that depend on what `prepare` made. */
  readonly envIn?: (folders: Folders) => NodeJS.ProcessEnv;
  /** Opens the folder without trust. */
  readonly untrusted?: boolean;
  /** Runs from the checkout instead of the packed extension. VS Code then shows no notifications. */
  readonly development?: boolean;
}

export interface Workbench {
  readonly page: Page;
  readonly home: string;
  readonly workspace: string;
  /** Errors of the page and its webviews since the start; VS Code's own harmless ones are left out. */
  readonly errors: readonly string[];
  readonly tree: Tree;
  reload(): Promise<void>;
  /** Ends VS Code and starts it again with the same window. */
  restart(): Promise<void>;
  /** Writes test-results/<name>.png and gives its path. */
  screenshot(name: string): Promise<string>;
  /** Opens the palette and runs the command of this title, such as "Session Forks: Refresh". */
  runCommand(title: string): Promise<void>;
  /** Closes every editor. */
  closeEditors(): Promise<void>;
  /** Closes the editor that floats over the others. */
  closeModal(): Promise<void>;
  /** The inside of the webview that is shown, or of the one at `index`. */
  webview(index?: number): FrameLocator;
  dispose(): Promise<void>;
}

export interface Tree {
  /** Shows our view by its icon in the activity bar. */
  open(): Promise<void>;
  /** All rows that are drawn, as a locator. */
  rows(): Locator;
  /** The first row whose accessible name has this text. */
  row(name: string | RegExp): Locator;
  /** Clicks the first row whose accessible name has this text, which opens its session. */
  click(name: string | RegExp): Promise<void>;
  /** Opens a row's context menu and chooses the entry. */
  choose(row: Locator, entry: string | RegExp): Promise<void>;
  /** The accessible names of the rows, top to bottom. */
  names(): Promise<string[]>;
}

export async function openWorkbench(options: WorkbenchOptions = {}): Promise<Workbench> {
  const serverDataDir = temporaryFolder();
  const home = ensureFolder(serverDataDir, 'home');
  const workspace = makeSampleWorkspace(join(serverDataDir, 'acme-api'));
  await options.prepare?.({ home, workspace });
  const env = { ...options.env, ...options.envIn?.({ home, workspace }) };
  const startAt = (port?: string) => start({ ...options, env }, serverDataDir, workspace, port);
  const vscode = await startAt();
  const browser = await launchBrowser();
  const running: Running = { browser, vscode, startAt };
  try {
    return await open(running, { home, workspace });
  } catch (error) {
    await close(running);
    throw error;
  }
}

/** What a workbench is made of. */
interface Running {
  readonly browser: Browser;
  vscode: Vscode;
  startAt(port: string): Promise<Vscode>;
}

async function start(
  options: WorkbenchOptions,
  serverDataDir: string,
  workspace: string,
  port?: string,
): Promise<Vscode> {
  const theme = {
    'workbench.colorTheme': THEMES[options.theme ?? 'dark'],
    'window.autoDetectColorScheme': false,
  };
  const samples = options.samples ? { SESSION_FORKS_SAMPLES: '1' } : {};
  const userSettings = { ...theme, ...(options.untrusted && UNTRUSTED), ...options.settings };
  // With its test driver VS Code starts with fresh user settings; a folder's own it reads.
  if (options.development) changeFolderSettings({ workspace }, userSettings);
  const extension = options.development
    ? { extensionDevelopmentPath: root, smokeTestDriver: true }
    : { vsix: await packedExtension() };
  return startVscode({
    ...extension,
    workspace,
    serverDataDir,
    userSettings,
    env: throwawayEnv(serverDataDir, { ...samples, ...options.env }),
    ...(options.untrusted && { asksForTrust: true }),
    ...(port !== undefined && { port }),
  });
}

/** `npm run ui` packs once for all files; a file that is run alone packs for itself. */
async function packedExtension(): Promise<string> {
  const packed = process.env.SESSION_FORKS_VSIX;
  if (packed && existsSync(packed)) return packed;
  const { path } = await makeVsix(join(temporaryFolder(), 'extension.vsix'));
  return path;
}

async function open(running: Running, folders: Folders): Promise<Workbench> {
  const page = await running.browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.setDefaultTimeout(PATIENCE_MS);
  const errors = collectErrors(page);
  await page.goto(running.vscode.url);
  await whenReady(page);
  return {
    ...folders,
    page,
    errors,
    tree: treeOf(page),
    reload: () => reloadWindow(page),
    restart: () => restart(page, running),
    screenshot: (name) => takeScreenshot(page, name),
    runCommand: (title) => runCommand(page, title),
    closeEditors: () => closeEditors(page),
    closeModal: () => closeModal(page),
    webview: (index = 0) =>
      page.frameLocator('iframe.webview.ready').nth(index).frameLocator('iframe#active-frame'),
    dispose: () => close(running),
  };
}

async function close({ browser, vscode }: Running): Promise<void> {
  await browser.close();
  await vscode.dispose();
}

function collectErrors(page: Page): readonly string[] {
  const errors: string[] = [];
  const collect = (text: string) => {
    if (!isHarmless(text)) errors.push(text);
  };
  page.on('console', (message) => message.type() === 'error' && collect(message.text()));
  page.on('pageerror', (error) => collect(error.stack ?? error.message));
  return errors;
}

async function whenReady(page: Page): Promise<void> {
  await page.locator('.monaco-workbench .part.statusbar').waitFor({ timeout: READY_MS });
  const started = () => performance.getEntriesByName('code/didStartWorkbench').length > 0;
  await page.waitForFunction(started, undefined, { timeout: READY_MS });
  await page.getByRole('tab', { name: CONTAINER }).first().waitFor({ timeout: READY_MS });
}

/** As a person reloads: VS Code saves what is open before, which a reload of the page would cut off. */
async function reloadWindow(page: Page): Promise<void> {
  const loaded = page.waitForEvent('load');
  await runCommand(page, 'Developer: Reload Window');
  await loaded;
  await whenReady(page);
}

/** A reload comes first, with which VS Code saves what is open: a page that just goes does not always. */
async function restart(page: Page, running: Running): Promise<void> {
  await reloadWindow(page);
  await page.goto('about:blank');
  await running.vscode.dispose();
  running.vscode = await running.startAt(running.vscode.port);
  await page.goto(running.vscode.url);
  await whenReady(page);
}

async function takeScreenshot(page: Page, name: string): Promise<string> {
  const path = join(ensureFolder(results), `${name}.png`);
  await page.screenshot({ path });
  return path;
}

/** While VS Code brings editors back, one of them may take the focus, and the palette closes: then it is opened again. */
async function runCommand(page: Page, title: string, attempts = PALETTE_ATTEMPTS): Promise<void> {
  const input = page.locator('.quick-input-widget input[type=text]');
  const option = page.locator('.quick-input-list').getByRole('option', { name: title }).first();
  const timeout = PALETTE_MS;
  try {
    await openPalette(page, input);
    await input.fill(`>${title}`, { timeout });
    await option.waitFor({ timeout });
    await input.press('Enter', { timeout });
  } catch (error) {
    if (attempts === 1) throw error;
    await runCommand(page, title, attempts - 1);
  }
}

/** A page that is just being loaded and has the focus takes no key. */
async function openPalette(page: Page, input: Locator): Promise<void> {
  const end = Date.now() + PALETTE_MS;
  do {
    await page.keyboard.press('F1');
    await input.waitFor({ timeout: KEY_MS }).catch(() => undefined);
  } while (!(await input.isVisible()) && Date.now() < end);
}

/** Again and again: after a reload VS Code brings editors back when it pleases, which a command before that misses. */
async function closeEditors(page: Page): Promise<void> {
  const tabs = page.locator('.tabs-container .tab');
  do {
    await runCommand(page, 'View: Close All Editors');
    await tabs
      .first()
      .waitFor({ state: 'detached', timeout: CLOSE_MS })
      .catch(() => undefined);
  } while ((await tabs.count()) > 0);
}

async function closeModal(page: Page): Promise<void> {
  const modal = page.locator('.monaco-modal-editor-block');
  await modal.locator('.action-label.codicon-close').first().click();
  await modal.waitFor({ state: 'detached' });
}

function treeOf(page: Page): Tree {
  const view = page.locator('.part.sidebar').getByRole('tree', { name: CONTAINER });
  const rows = () => view.getByRole('treeitem');
  const row = (name: string | RegExp) => view.getByRole('treeitem', { name }).first();
  return {
    rows,
    row,
    click: (name) => clickRow(page, row(name)),
    names: () => rows().evaluateAll((items) => items.map((item) => item.getAttribute('aria-label') ?? '')),
    choose: (row, entry) => chooseInMenu(page, row, entry),
    open: () => openContainer(page),
  };
}

/** Rows move as sessions grow, and a click may meet another one: it is made again until this one is selected. */
function clickRow(page: Page, row: Locator): Promise<void> {
  const selected = row.and(page.locator('[aria-selected=true]'));
  return until(async () => {
    await row.click();
    return selected.waitFor({ timeout: SELECTED_MS }).then(
      () => true,
      () => false,
    );
  });
}

/** VS Code's menus take no click in their first 100 ms, which a person never notices. */
const MENU_GUARD_MS = 250;

async function chooseInMenu(page: Page, row: Locator, entry: string | RegExp): Promise<void> {
  await row.click({ button: 'right' });
  const item = page.locator('.monaco-menu').getByRole('menuitem', { name: entry, exact: true });
  await item.hover();
  await page.waitForTimeout(MENU_GUARD_MS);
  await item.click();
}

/** A click on the icon of a container that is open closes it, and after a reload it may open by itself. */
async function openContainer(page: Page): Promise<void> {
  const title = page.locator('.part.sidebar .title-label').getByText(CONTAINER);
  const icon = page.getByRole('tab', { name: CONTAINER }).first();
  if ((await icon.getAttribute('aria-selected')) !== 'true') await icon.click();
  await title.waitFor();
}
