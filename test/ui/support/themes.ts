import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureFolder } from '../../setup/paths.ts';
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
export async function switchTheme({ workspace, webview }: Workbench, kind: ThemeKind): Promise<void> {
  const { theme, body } = themeKinds[kind];
  const settings = JSON.stringify({ 'workbench.colorTheme': theme });
  writeFileSync(join(ensureFolder(workspace, '.vscode'), 'settings.json'), settings);
  await webview().locator(`body.${body}`).waitFor();
}
