import { writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { hugeLine, mutated } from './mutations.ts';
import type { Random } from './random.ts';

/** Changes bytes of the database `bytes` at `path`, or what its rows hold; `isHuge`: one text becomes 100 MB long. */
export function mutateDatabase(path: string, bytes: Buffer, isHuge: boolean, random: Random): void {
  if (isHuge) {
    lengthenText(path, random);
  } else if (random.below(3) === 0) {
    const copy = Buffer.from(bytes);
    for (let count = random.below(30); count >= 0; count--) {
      copy[random.below(copy.length)] = random.below(256);
    }
    writeFileSync(path, random.below(4) === 0 ? copy.subarray(0, random.below(copy.length)) : copy);
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
      ? mutated(Buffer.from(value), random, '/etc/passwd').toString('utf8')
      : (others[random.below(others.length)] ?? null);
  database.prepare(`UPDATE "${table}" SET "${column}" = ? WHERE rowid = ?`).run(other, row);
}

/** A text of the person's or the model's, in the table where the agent keeps messages. */
function lengthenText(path: string, random: Random): void {
  using database = new DatabaseSync(path, { enableForeignKeyConstraints: false });
  const [table, column] = textColumns.find(([name]) =>
    database.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?').get(name),
  ) ?? ['', ''];
  const rows = database.prepare(`SELECT rowid AS row, "${column}" AS value FROM "${table}"`).all();
  const { row, value } = rows[random.below(rows.length)] ?? {};
  if (typeof row === 'number' && typeof value === 'string') {
    const huge = hugeLine(Buffer.from(value), random).toString('utf8');
    database.prepare(`UPDATE "${table}" SET "${column}" = ? WHERE rowid = ?`).run(huge, row);
  }
  database.exec('PRAGMA journal_mode=delete');
}

/** Where goose and OpenCode keep long texts. */
const textColumns = [
  ['messages', 'content_json'],
  ['part', 'data'],
] as const;
