import { numberOf, recordOf, textOf } from '../common/fields.ts';
import { type JsonRecord, parseRecord } from '../common/jsonl.ts';
import type { ForeignDatabase } from '../common/sqlite.ts';

/** A row of `session` (1.18.33). Times are ms since 1970. */
export interface SessionRow {
  readonly id: string;
  readonly title: string;
  readonly directory?: string;
  readonly created: number;
  readonly updated: number;
  readonly archived: boolean;
  /** The session that started this one as a subagent's run. */
  readonly startedBy?: string;
  readonly metadata?: JsonRecord;
  /** The message from which on all is taken back with the next prompt, and its part when some of it stays. */
  readonly revert?: { readonly message: string; readonly part?: string };
  /** Changes when a message is added, updated or removed. */
  readonly mark: string;
}

/** What listing needs of a row of `message`. */
export interface MessageRow {
  readonly id: string;
  readonly role: 'user' | 'assistant';
  readonly created: number;
  /** For a reply: the program was done with it, however it ended. */
  readonly completed: boolean;
  readonly failed: boolean;
  readonly finish?: string;
}

/** The row, all that `data` holds, and how many parts it has. */
export interface FullMessageRow extends MessageRow {
  readonly parts: number;
  readonly data: JsonRecord;
}

const needed: Readonly<Record<string, readonly string[]>> = {
  session: ['id', 'title', 'time_created', 'time_updated'],
  message: ['id', 'session_id', 'time_created', 'data'],
  part: ['id', 'message_id', 'session_id', 'time_created', 'data'],
};

/** Throws when the database lacks what every known version has. */
export function checkSchema(database: ForeignDatabase): void {
  for (const [table, names] of Object.entries(needed)) {
    const columns = database.columns(table);
    const missing = names.filter((name) => !columns.has(name));
    if (missing.length > 0) {
      throw new Error(`its table “${table}” lacks ${missing.join(', ')}, which OpenCode 1.18.33 has`);
    }
  }
}

/** All sessions, the runs of subagents among them, oldest first. A column that a version lacks counts as empty. */
export function sessionRows(database: ForeignDatabase): readonly SessionRow[] {
  const marks = messageMarks(database);
  return database
    .rows('SELECT * FROM session ORDER BY time_created, id')
    .flatMap((row) => sessionRow(row, marks.get(String(row.id)) ?? ''));
}

function messageMarks(database: ForeignDatabase): ReadonlyMap<string, string> {
  const changed = database.columns('message').has('time_updated') ? 'time_updated' : 'time_created';
  const rows = database.rows(
    `SELECT session_id, count(*) AS count, max(${changed}) AS changed FROM message GROUP BY session_id`,
  );
  return new Map(rows.map((row) => [String(row.session_id), `${row.count}:${row.changed}`]));
}

function sessionRow(row: JsonRecord, messages: string): readonly SessionRow[] {
  const id = textOf(row.id);
  if (id === undefined) {
    return [];
  }
  const created = numberOf(row.time_created) ?? 0;
  const updated = numberOf(row.time_updated) ?? created;
  const directory = textOf(row.directory);
  const startedBy = textOf(row.parent_id);
  const metadata = parseRecord(textOf(row.metadata) ?? '');
  const revert = revertOf(row);
  return [
    {
      id,
      title: textOf(row.title) ?? '',
      ...(directory ? { directory } : {}),
      created,
      updated,
      archived: Boolean(row.time_archived),
      ...(startedBy ? { startedBy } : {}),
      ...(metadata ? { metadata } : {}),
      ...(revert ? { revert } : {}),
      mark: `${messages}:${revert?.message ?? ''}`,
    },
  ];
}

function revertOf(row: JsonRecord): SessionRow['revert'] {
  const revert = parseRecord(textOf(row.revert) ?? '');
  const message = textOf(revert?.messageID);
  const part = textOf(revert?.partID);
  return message === undefined ? undefined : { message, ...(part === undefined ? {} : { part }) };
}

// By time and never by id: OpenCode's ids began anew on 2026-08-14.
const inOrder = 'ORDER BY time_created, id';

const valueAt = (path: string): string =>
  `CASE WHEN json_valid(data) THEN json_extract(data, '$.${path}') END`;

/** The messages of a session in the program's order, taken-back ones included. */
export function messageRows(database: ForeignDatabase, session: string): readonly MessageRow[] {
  const sql = `SELECT id, time_created, ${valueAt('role')} AS role, ${valueAt('time.completed')} AS completed,
    ${valueAt('finish')} AS finish, ${valueAt('error.name')} AS error FROM message WHERE session_id = ? ${inOrder}`;
  return database.rows(sql, session).map((row) => messageRow(row, row));
}

/** The same with all data. */
export function fullMessageRows(database: ForeignDatabase, session: string): readonly FullMessageRow[] {
  const sql = `SELECT id, time_created, data, (SELECT count(*) FROM part WHERE message_id = message.id) AS parts
    FROM message WHERE session_id = ? ${inOrder}`;
  return database.rows(sql, session).map((row) => {
    const data = parseRecord(textOf(row.data) ?? '') ?? {};
    const said = {
      role: data.role,
      completed: recordOf(data.time)?.completed,
      finish: data.finish,
      error: recordOf(data.error)?.name,
    };
    return { ...messageRow(row, said), data, parts: numberOf(row.parts) ?? 0 };
  });
}

function messageRow(row: JsonRecord, said: JsonRecord): MessageRow {
  const finish = textOf(said.finish);
  return {
    id: String(row.id),
    role: said.role === 'user' ? 'user' : 'assistant',
    created: numberOf(row.time_created) ?? 0,
    completed: numberOf(said.completed) !== undefined,
    failed: textOf(said.error) !== undefined,
    ...(finish === undefined ? {} : { finish }),
  };
}

/** The parts of a message, in order; what is no JSON object is left out. */
export function partsOf(database: ForeignDatabase, message: string): readonly JsonRecord[] {
  return database
    .rows('SELECT data FROM part WHERE message_id = ? ORDER BY time_created, id', message)
    .map((row) => parseRecord(textOf(row.data) ?? ''))
    .filter((part) => part !== undefined);
}

/** How many parts the messages of a session have. */
export function partCount(database: ForeignDatabase, session: string): number {
  const sql = 'SELECT count(*) AS count FROM part WHERE session_id = ?';
  return numberOf(database.rows(sql, session)[0]?.count) ?? 0;
}

/** Bytes of all that the session's messages and parts hold. */
export function sizeOf(database: ForeignDatabase, session: string): number {
  const sum = (table: string): number =>
    numberOf(
      database.rows(`SELECT sum(octet_length(data)) AS size FROM ${table} WHERE session_id = ?`, session)[0]
        ?.size,
    ) ?? 0;
  return sum('message') + sum('part');
}
