import { changeFolderSettings } from './folderSettings.ts';
import type { Workbench } from './workbench.ts';

/** VS Code's own themes of each kind, and the class that a webview's body has in them. */
export const themeKinds = {
  dark: { theme: 'Dark Modern', body: 'vscode-dark' },
  light: { theme: 'Light Modern', body: 'vscode-light' },
  'high contrast dark': {
    theme: 'Default High Contrast',
    body: 'vscode-high-contrast:not(.vscode-high-contrast-light)',
  },
  'high contrast light': { theme: 'Default High Contrast Light', body: 'vscode-high-contrast-light' },
} as const;

export type ThemeKind = keyof typeof themeKinds;

/** Sets the theme for the folder and waits until the panel that is shown follows. */
export async function switchTheme(workbench: Workbench, kind: ThemeKind): Promise<void> {
  const { theme, body } = themeKinds[kind];
  changeFolderSettings(workbench, { 'workbench.colorTheme': theme });
  await workbench.webview().locator(`body.${body}`).waitFor();
}

const pictured = { dark: 'dark', light: 'light', hc: 'high contrast dark' } as const;

/** Takes a picture of the window in three themes: `<name>-dark`, `-light`, `-hc`. The dark one stays. */
export async function takePictures(workbench: Workbench, name: string): Promise<void> {
  for (const suffix of ['light', 'hc', 'dark'] as const) {
    await switchTheme(workbench, pictured[suffix]);
    await workbench.screenshot(`${name}-${suffix}`);
  }
}
