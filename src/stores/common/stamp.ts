import type { Stats } from 'node:fs';
import type { SessionInfo } from '../../core/model.ts';

/** A text that changes whenever the file does. */
export const stampOf = (stats: Stats): string => `${stats.ino}:${stats.size}:${stats.mtimeMs}`;

/** Earlier answers by the file they came from, for reuse while its stamp is the same. */
export function byFile(previous: readonly SessionInfo[] = []): ReadonlyMap<string, readonly SessionInfo[]> {
  const files = new Map<string, SessionInfo[]>();
  for (const info of previous) {
    if (info.file) {
      const known = files.get(info.file.path);
      if (known) {
        known.push(info);
      } else {
        files.set(info.file.path, [info]);
      }
    }
  }
  return files;
}
