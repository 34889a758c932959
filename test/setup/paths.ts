import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export const root = resolve(import.meta.dirname, '..', '..');
/** Programs that are fetched once and kept; git ignores it. */
export const cache = join(root, '.vscode-test');
/** Pictures and logs of the last run; git ignores it. */
export const results = join(root, 'test-results');

/**
 * A folder that goes when this process ends. Its path is short on purpose: the server keeps sockets in such a
 * folder, and a socket's path has about 100 characters.
 */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sf-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}

export function ensureFolder(...path: readonly string[]): string {
  const folder = join(...path);
  mkdirSync(folder, { recursive: true });
  return folder;
}
