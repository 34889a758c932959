import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Folders } from './folders.ts';

const lockEnd = '.lock';

/**
 * The ids of sessions that a Codex process has open: it holds a lock on `thread-writer-locks/<id>.lock` (0.169.0).
 * A process that was killed leaves the file behind; where the system tells its locks, such a file counts for nothing.
 */
export async function liveSessions({ locks }: Folders): Promise<ReadonlySet<string>> {
  const names = (await readdir(locks).catch(() => [])).filter((name) => name.endsWith(lockEnd));
  if (names.length === 0) {
    return new Set();
  }
  const held = await heldInodes();
  const ids = await Promise.all(
    names.map(async (name) => {
      const inode = (await stat(join(locks, name)).catch(() => undefined))?.ino;
      return inode !== undefined && (held?.has(inode) ?? true) ? [name.slice(0, -lockEnd.length)] : [];
    }),
  );
  return new Set(ids.flat());
}

/** The inodes of all locked files on Linux; undefined where the system does not tell. */
async function heldInodes(): Promise<ReadonlySet<number> | undefined> {
  const text = await readFile('/proc/locks', 'utf8').catch(() => undefined);
  return text === undefined
    ? undefined
    : new Set([...text.matchAll(/:(\d+) \S+ \S+$/gm)].map(([, inode]) => Number(inode)));
}
