import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Home } from './homes.ts';
import { mutations } from './mutations.ts';
import type { Random } from './random.ts';

/** How many sessions stand in a case, one of them mutated: its parent may be among the others. */
const sessionsInCase = 3;

/** Writes a mutated home below `folder`. `outside` is a file that nothing may change. */
export function writeCase(home: Home, folder: string, outside: string, random: Random): void {
  for (const [path, bytes] of home.beside) {
    write(join(folder, home.root, path), bytes);
  }
  const transcripts = [...home.transcripts];
  if (transcripts.length > 0) {
    writeTranscripts(transcripts, join(folder, home.root), outside, random);
  }
  for (const path of home.beside.keys()) {
    if (path.endsWith('.db') && (transcripts.length === 0 || random.below(3) === 0)) {
      mutateDatabase(join(folder, home.root, path), home.beside.get(path) ?? Buffer.alloc(0), random);
    }
  }
}

function writeTranscripts(
  transcripts: readonly (readonly [string, Buffer])[],
  root: string,
  outside: string,
  random: Random,
): void {
  const first = random.below(transcripts.length);
  for (let number = 0; number < Math.min(sessionsInCase, transcripts.length); number++) {
    const [path, bytes] = transcripts[(first + number) % transcripts.length] ?? ['', Buffer.alloc(0)];
    write(join(root, path), number === 0 ? mutated(bytes, random) : bytes);
  }
  if (random.below(12) === 0) {
    replaceFile(join(root, transcripts[first]?.[0] ?? ''), outside, random);
  }
}

function mutated(bytes: Buffer, random: Random): Buffer {
  let result = bytes;
  for (let count = random.below(3); count >= 0; count--) {
    result = random.pick(mutations)(result, random);
  }
  return result;
}

/** Puts something else where a file was. */
function replaceFile(path: string, outside: string, random: Random): void {
  rmSync(path);
  const others: readonly [() => void, ...(() => void)[]] = [
    () => mkdirSync(path),
    () => symlinkSync(path, path),
    () => symlinkSync(outside, path),
    () => symlinkSync(dirname(dirname(path)), path),
    () => symlinkSync(join(dirname(path), 'nothing'), path),
  ];
  random.pick(others)();
}

function mutateDatabase(path: string, bytes: Buffer, random: Random): void {
  if (random.below(3) === 0) {
    const copy = Buffer.from(bytes);
    for (let count = random.below(30); count >= 0; count--) {
      copy[random.below(copy.length)] = random.below(256);
    }
    write(path, random.below(4) === 0 ? copy.subarray(0, random.below(copy.length)) : copy);
  } else {
    mutateRows(path, random);
  }
}

function mutateRows(path: string, random: Random): void {
  using database = new DatabaseSync(path, { enableForeignKeyConstraints: false });
  const tables = database.prepare(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%'",
  );
  const names = tables.all().map(({ name }) => String(name));
  for (let count = random.below(4); count >= 0; count--) {
    const table = names[random.below(names.length)] ?? '';
    const columns = database.prepare(`PRAGMA table_info("${table}")`).all();
    const column = String(columns[random.below(columns.length)]?.name ?? '');
    try {
      mutateValue(database, table, column, random);
    } catch (error) {
      // A constraint of the table refuses the value: then this case is a milder one.
      if (!(error instanceof Error && 'code' in error && error.code === 'ERR_SQLITE_ERROR')) {
        throw error;
      }
    }
  }
  database.exec('PRAGMA journal_mode=delete');
}

function mutateValue(database: DatabaseSync, table: string, column: string, random: Random): void {
  const rows = database.prepare(`SELECT rowid AS row, "${column}" AS value FROM "${table}" LIMIT 200`).all();
  const { row, value } = rows[random.below(rows.length)] ?? {};
  if (typeof row !== 'number') {
    return;
  }
  const others = [
    null,
    -1,
    1e300,
    '',
    '../../x',
    new Uint8Array([0, 255]),
    rows[random.below(rows.length)]?.value ?? null,
  ];
  const other =
    typeof value === 'string' && random.below(3) > 0
      ? mutated(Buffer.from(value), random).toString('utf8')
      : (others[random.below(others.length)] ?? null);
  database.prepare(`UPDATE "${table}" SET "${column}" = ? WHERE rowid = ?`).run(other, row);
}

function write(path: string, bytes: Buffer): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
}
