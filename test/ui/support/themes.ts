import { changeFolderSettings } from './folderSettings.ts';
import type { Workbench } from './workbench.ts';

/** VS Code's own themes of each kind, and the classes that the window and a webview's body have in them. */
export const themeKinds = {
  dark: { theme: 'Dark Modern', window: 'vs-dark', body: 'vscode-dark' },
  light: { theme: 'Light Modern', window: 'vs', body: 'vscode-light' },
  'high contrast dark': {
    theme: 'Default High Contrast',
    window: 'hc-black',
    body: 'vscode-high-contrast:not(.vscode-high-contrast-light)',
  },
  'high contrast light': {
    theme: 'Default High Contrast Light',
    window: 'hc-light',
    body: 'vscode-high-contrast-light',
  },
} as const;

export type ThemeKind = keyof typeof themeKinds;

/** Sets the theme for the folder and waits until the window, and the panel that is shown, follow. */
export async function switchTheme(workbench: Workbench, kind: ThemeKind): Promise<void> {
  const { theme, window, body } = themeKinds[kind];
  changeFolderSettings(workbench, { 'workbench.colorTheme': theme });
  await workbench.page.locator(`.monaco-workbench.${window}`).waitFor();
  if ((await workbench.page.locator('iframe.webview.ready').count()) > 0) {
    await workbench.webview().locator(`body.${body}`).waitFor();
  }
}

const pictured = { dark: 'dark', light: 'light', hc: 'high contrast dark' } as const;

/**
 * Takes a picture of the window in three themes: `<name>-dark`, `-light`, `-hc`, each once `holds` is done. The dark one
 * stays, and its path is given.
 */
export async function takePictures(
  workbench: Workbench,
  name: string,
  holds: () => Promise<void> = async () => undefined,
): Promise<string> {
  let path = '';
  for (const suffix of ['light', 'hc', 'dark'] as const) {
    await switchTheme(workbench, pictured[suffix]);
    await holds();
    path = await workbench.screenshot(`${name}-${suffix}`);
  }
  return path;
}
