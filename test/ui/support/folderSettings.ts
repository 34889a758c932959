import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureFolder } from '../../setup/paths.ts';
import type { Folders } from './workbench.ts';

/**
 * Sets these in the settings of the folder, beside those that are set there. A folder's, since those of the person do
 * not reach the server that VS Code's window is connected to.
 */
export function changeFolderSettings(
  { workspace }: Pick<Folders, 'workspace'>,
  settings: Readonly<Record<string, unknown>>,
): void {
  const file = join(ensureFolder(workspace, '.vscode'), 'settings.json');
  const before = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  writeFileSync(file, JSON.stringify({ ...before, ...settings }));
}
