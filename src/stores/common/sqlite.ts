import { copyFile, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { v4 as uuid } from 'uuid';
import { errorText } from '../../core/errors.ts';
import type { Problem } from '../../core/model.ts';
import { leadsOut, leadsOutText } from './inside.ts';
import type { JsonRecord } from './jsonl.ts';
import { clearLeftovers } from './leftovers.ts';
import { hasCode } from './publish.ts';
import { stampOf } from './stamp.ts';
import { temporaryName } from './temporaries.ts';

type Sqlite = typeof import('node:sqlite');

/** An open database of another program. Queries throw what SQLite says. */
export interface ForeignDatabase {
  rows(sql: string, ...values: readonly (string | number)[]): readonly JsonRecord[];
  /** The names of a table's columns; none when there is no such table. */
  columns(table: string): ReadonlySet<string>;
}

/** What was read, that there is no such file, or why it cannot be read. */
export type DatabaseRead<Value> =
  | { readonly kind: 'read'; readonly value: Value; readonly stamp: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'problem'; readonly problem: Problem };

/** How the files around a database say that it must be opened. */
type Mode = 'immutable' | 'locking' | 'shared' | 'copy';

const lockWaitMs = 1_000;
const attempts = 3;
const changeWaitMs = 5_000;
const changeLookMs = 20;
/** SQLITE_READONLY_RECOVERY: the log's index is not whole, and who may write has to make it anew. */
const recoveryCode = 264;

/**
 * Reads a database that belongs to another program, which may be writing to it. Nothing in its folder changes: a
 * database without a log is opened as immutable, since SQLite would leave a log beside it; with one, the log's index is
 * mapped read-only. `read` must be short and is called again when the file changed meanwhile. Never throws.
 */
export async function readDatabase<Value>(
  path: string,
  read: (database: ForeignDatabase) => Value,
): Promise<DatabaseRead<Value>> {
  try {
    const size = await sizeOf(path);
    if (size === undefined) {
      return { kind: 'missing' };
    }
    // SQLite keeps the log of a link beside what it leads to, where nobody looks for it here.
    if (leadsOut(path, dirname(path))) {
      return problem(leadsOutText(path));
    }
    const sqlite = loadSqlite();
    if (!sqlite) {
      return problem(
        `${path} cannot be read: that needs Node 22.13 or later, which came with VS Code 1.101.`,
      );
    }
    return size === 0 ? problem(`${path} is empty.`) : await readSettled(sqlite, path, read);
  } catch (error) {
    return problem(`${path} cannot be read: ${errorText(error)}.`);
  }
}

/** A text that changes whenever the database or its log does; undefined when there is no database. */
export async function databaseStamp(path: string): Promise<string | undefined> {
  const [main, log] = await Promise.all([statsOf(path), statsOf(logOf(path))]);
  return main && `${stampOf(main)}|${log?.size ? stampOf(log) : ''}`;
}

const logOf = (path: string): string => `${path}-wal`;
const indexOf = (path: string): string => `${path}-shm`;

const problem = (text: string): { readonly kind: 'problem'; readonly problem: Problem } => ({
  kind: 'problem',
  problem: { text },
});

/** Loaded on the first read, and absent before Node 22.13. */
const loadSqlite = (): Sqlite | undefined => process.getBuiltinModule('node:sqlite');

async function readSettled<Value>(
  sqlite: Sqlite,
  path: string,
  read: (database: ForeignDatabase) => Value,
): Promise<DatabaseRead<Value>> {
  for (let attempt = 1; ; attempt++) {
    const { mode, stamp, value } = await readThrough(sqlite, path, read);
    // An immutable database is read without locks: it holds together only if nobody wrote meanwhile.
    if (mode !== 'immutable' || attempt === attempts || (await databaseStamp(path)) === stamp) {
      return { kind: 'read', value, stamp };
    }
  }
}

/**
 * A program makes the log and its index when it starts and removes them when it ends: what fails in such a moment is
 * done again.
 */
async function readThrough<Value>(
  sqlite: Sqlite,
  path: string,
  read: (database: ForeignDatabase) => Value,
): Promise<{ readonly mode: Mode; readonly stamp: string; readonly value: Value }> {
  for (const late = Date.now() + changeWaitMs; ; await sleep(changeLookMs)) {
    const stamp = (await databaseStamp(path)) ?? '';
    const mode = await modeOf(path);
    try {
      return { mode, stamp, value: await readOnce(sqlite, path, mode, read) };
    } catch (error) {
      const isChanging = isRecovery(error) || ((await databaseStamp(path)) ?? '') !== stamp;
      if (!isChanging || Date.now() > late) {
        throw error;
      }
    }
  }
}

const isRecovery = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && error.errcode === recoveryCode;

async function modeOf(path: string): Promise<Mode> {
  if (await sizeOf(`${path}-journal`)) {
    return 'locking';
  }
  if (!(await sizeOf(logOf(path)))) {
    return 'immutable';
  }
  return (await sizeOf(indexOf(path))) === undefined ? 'copy' : 'shared';
}

const options: Readonly<Record<Exclude<Mode, 'copy'>, string>> = {
  immutable: '?immutable=1',
  locking: '',
  shared: '?readonly_shm=1',
};

async function readOnce<Value>(
  sqlite: Sqlite,
  path: string,
  mode: Mode,
  read: (database: ForeignDatabase) => Value,
): Promise<Value> {
  if (mode === 'copy') {
    return readCopy(sqlite, path, read);
  }
  const url = new URL(`${pathToFileURL(path).href}${options[mode]}`);
  const database = new sqlite.DatabaseSync(url, { readOnly: true, timeout: lockWaitMs });
  try {
    return read(foreign(database));
  } finally {
    database.close();
  }
}

/** A log without its index was left by a crash. SQLite would make the index anew, so it does that elsewhere. */
async function readCopy<Value>(
  sqlite: Sqlite,
  path: string,
  read: (database: ForeignDatabase) => Value,
): Promise<Value> {
  const places = tmpdir();
  await clearLeftovers(places, await readdir(places));
  const folder = join(places, temporaryName(uuid()));
  await mkdir(folder, { mode: 0o700 });
  try {
    const copy = join(folder, 'copy.db');
    await copyFile(path, copy);
    await copyFile(logOf(path), logOf(copy));
    return await readOnce(sqlite, copy, 'locking', read);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const foreign = (database: DatabaseSync): ForeignDatabase => ({
  rows: (sql, ...values) => database.prepare(sql).all(...values),
  columns: (table) => {
    const rows = database.prepare('SELECT name FROM pragma_table_info(?)').all(table);
    return new Set(rows.map((row) => String(row.name)));
  },
});

const sizeOf = async (path: string): Promise<number | undefined> => (await statsOf(path))?.size;

async function statsOf(path: string) {
  try {
    return await stat(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR')) {
      return undefined;
    }
    throw error;
  }
}
