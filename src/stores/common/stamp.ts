import { type Stats, statSync } from 'node:fs';
import type { AgentId, SessionInfo } from '../../core/model.ts';

/** A text that changes whenever the file does. */
export const stampOf = (stats: Stats): string => `${stats.ino}:${stats.size}:${stats.mtimeMs}`;

/** Undefined for a file that cannot be looked at: reading it says why. */
export function statsAt(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

/** Whether what was told of a file for this agent is still true of it. */
export function isAsTold(known: readonly SessionInfo[], agent: AgentId, stats: Stats | undefined): boolean {
  const stamp = stats && stampOf(stats);
  return known.length > 0 && known.every((info) => info.file?.stamp === stamp && info.ref.agent === agent);
}

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
