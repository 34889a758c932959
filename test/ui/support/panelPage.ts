import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { agentId, sessionId } from '../../../src/core/model.ts';
import type { FromPage, PanelState, ToPage } from '../../../src/protocol.ts';
import { pageHtml, styleFiles } from '../../../src/vscode/panel/html.ts';
import { root } from '../../setup/paths.ts';

/** The chat panel's page by itself, in a browser that keeps the page's own policy. */

const origin = 'http://panel.test';
const contentTypes: Readonly<Record<string, string>> = {
  css: 'text/css',
  js: 'text/javascript',
  ttf: 'font/ttf',
};

/** Stands in for VS Code: keeps what the page posts and its state over a reload, and hands it to the test's host. */
const hostScript = `
  window.posted = [];
  window.violations = [];
  document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sample }) =>
    window.violations.push([violatedDirective, blockedURI, sample].join(' ')));
  window.acquireVsCodeApi = () => ({
    postMessage(message) {
      window.posted.push(message);
      window.fromPage(message).then((answers) => answers.forEach((answer) => window.postMessage(answer, '*')));
    },
    getState: () => JSON.parse(sessionStorage.getItem('state') ?? 'null') ?? undefined,
    setState: (state) => sessionStorage.setItem('state', JSON.stringify(state)),
  });`;

/** What the host says to a message of the page. */
export type Answer = (message: FromPage) => readonly ToPage[] | Promise<readonly ToPage[]>;

export interface PanelPage {
  readonly page: Page;
  /** Addresses outside of the page's own that it asked for. */
  readonly requests: readonly string[];
  /** What went wrong in it. */
  readonly errors: readonly string[];
  /** What the page's policy has blocked. */
  violations(): Promise<readonly string[]>;
  /** What the page has posted to its host, or those messages of one type. */
  posted(type?: FromPage['type']): Promise<readonly FromPage[]>;
  send(message: ToPage): Promise<void>;
}

/** Opens the page; `answer` is its host. */
export async function openPanelPage(
  browser: Browser,
  answer: Answer,
  size: { readonly width: number; readonly height: number } = { width: 1000, height: 700 },
): Promise<PanelPage> {
  const page = await browser.newPage({ viewport: size });
  const requests: string[] = [];
  const errors: string[] = [];
  page.on('pageerror', (error) => /ResizeObserver loop/.test(error.message) || errors.push(error.message));
  const html = pageHtml({
    cspSource: origin,
    script: `${origin}/main.js`,
    styles: styleFiles.map((name) => `${origin}/${name}.css`),
    title: 'Session',
    language: 'en',
  });
  await page.route('**/*', (route) => {
    const { pathname, origin: from } = new URL(route.request().url());
    if (from !== origin) {
      requests.push(route.request().url());
      return route.abort();
    }
    const body = pathname === '/' ? html : readFileSync(join(root, 'dist', 'webview', pathname));
    const contentType = contentTypes[pathname.split('.').at(-1) ?? ''] ?? 'text/html';
    return route.fulfill({ contentType, body });
  });
  await page.exposeFunction('fromPage', answer);
  await page.addInitScript(hostScript);
  await page.goto(`${origin}/`);
  return {
    page,
    requests,
    errors,
    violations: () => page.evaluate('window.violations'),
    posted: async (type) => {
      const all: readonly FromPage[] = await page.evaluate('window.posted');
      return all.filter((message) => type === undefined || message.type === type);
    },
    send: (message) => page.evaluate(sendAndDraw, message),
  };
}

/** Resolves when the page has taken the message in and drawn what it says. */
async function sendAndDraw(message: ToPage): Promise<void> {
  const text = JSON.stringify(message);
  await new Promise<void>((resolve) => {
    const listen = ({ data }: MessageEvent): void => {
      if (JSON.stringify(data) === text) {
        removeEventListener('message', listen);
        resolve();
      }
    };
    addEventListener('message', listen);
    window.postMessage(message, '*');
  });
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
}

/** A panel's state with nothing in it but `more`. */
export const panelState = (more: Partial<PanelState>): PanelState => ({
  session: { agent: agentId('fake'), id: sessionId('a') },
  title: 'Session',
  agentName: 'Fake',
  running: false,
  path: [],
  map: [],
  inherited: 0,
  total: more.messages?.length ?? 0,
  first: 0,
  messages: [],
  forksAt: {},
  canFork: true,
  forkAt: 'reply',
  emptyFork: false,
  forking: false,
  live: { status: 'none', turn: [], plan: [] },
  composer: { enabled: true, modes: [], models: [], commands: [], queue: [] },
  strings: {},
  ...more,
});
