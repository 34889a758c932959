import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join, sep } from 'node:path';
import sqlite from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { temporaryPrefix } from '../../../src/stores/common/temporaries.ts';

/** Functions of node:fs that open, list or change what their first arguments name, and by how many. Links are followed. */
const following: Readonly<Record<string, number>> = {
  open: 1,
  readFile: 1,
  writeFile: 1,
  appendFile: 1,
  readdir: 1,
  opendir: 1,
  truncate: 1,
  copyFile: 2,
  cp: 2,
  mkdir: 1,
  mkdtemp: 1,
  utimes: 1,
  chmod: 1,
};
/** These work on a link itself. */
const notFollowing: Readonly<Record<string, number>> = {
  unlink: 1,
  rm: 1,
  rmdir: 1,
  rename: 2,
  link: 2,
};
const streams: Readonly<Record<string, number>> = { createReadStream: 1, createWriteStream: 1 };

const { existsSync, realpathSync } = fs;
/** What is not there is not read. */
const reads: ReadonlySet<string> = new Set(['readFile', 'readFileSync', 'readdir', 'readdirSync', 'opendir']);
let roots: readonly string[] | undefined;
let seen: string[] = [];

/** Where a path leads: by the part of it that exists. */
function placeOf(path: string, followsLast: boolean): string {
  if (!followsLast) {
    return join(placeOf(dirname(path), true), basename(path));
  }
  try {
    return realpathSync(path);
  } catch {
    return dirname(path) === path ? path : join(placeOf(dirname(path), true), basename(path));
  }
}

const pathOf = (value: unknown): string | undefined =>
  typeof value === 'string'
    ? value
    : Buffer.isBuffer(value)
      ? value.toString()
      : value instanceof URL
        ? fileURLToPath(new URL(value.pathname, 'file:'))
        : undefined;

/** The copy that a database with a log is read from, and what Linux tells of processes. */
const isAllowed = (place: string): boolean =>
  place.startsWith(join(realpathSync(tmpdir()), temporaryPrefix)) || place.startsWith('/proc/');

function check(what: string, value: unknown, followsLast: boolean): void {
  const path = pathOf(value);
  if (
    roots === undefined ||
    path === undefined ||
    path.includes('\0') ||
    (reads.has(what) && !existsSync(path))
  ) {
    return;
  }
  const place = placeOf(path, followsLast);
  if (!roots.some((root) => place === root || place.startsWith(root + sep)) && !isAllowed(place)) {
    seen.push(`${what} ${path}`);
  }
}

function wrap(holder: object, name: string, paths: number, followsLast: boolean): void {
  const original: unknown = Reflect.get(holder, name);
  if (typeof original !== 'function') {
    throw new Error(`node:fs has no ${name}`);
  }
  Reflect.set(holder, name, (...args: readonly unknown[]) => {
    for (const value of args.slice(0, paths)) {
      check(name, value, followsLast);
    }
    return Reflect.apply(original, holder, args);
  });
}

/** From now on every use of a path in this process is seen, databases included. */
export function installGuard(): void {
  for (const [names, followsLast] of [
    [following, true],
    [notFollowing, false],
  ] as const) {
    for (const [name, paths] of Object.entries(names)) {
      wrap(fs, name, paths, followsLast);
      wrap(fs, `${name}Sync`, paths, followsLast);
      wrap(fs.promises, name, paths, followsLast);
    }
  }
  for (const [name, paths] of Object.entries(streams)) {
    wrap(fs, name, paths, true);
  }
  syncBuiltinESMExports();
  const { DatabaseSync } = sqlite;
  Reflect.set(
    sqlite,
    'DatabaseSync',
    new Proxy(DatabaseSync, {
      construct: (target, args: readonly unknown[]) => {
        check('database', args[0], true);
        return Reflect.construct(target, args);
      },
    }),
  );
}

/** Does `work` and gives what it opened, listed or changed outside of `folders`, links followed. */
export async function usesOutside(
  folders: readonly string[],
  work: () => Promise<void>,
): Promise<readonly string[]> {
  roots = folders.map((folder) => placeOf(folder, true));
  seen = [];
  try {
    await work();
  } finally {
    roots = undefined;
  }
  return seen;
}
