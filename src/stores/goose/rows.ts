import { numberOf, recordOf, recordsOf, textOf } from '../common/fields.ts';
import { type JsonRecord, parseRecord } from '../common/jsonl.ts';
import type { ForeignDatabase } from '../common/sqlite.ts';

/** A row of `sessions` (schema 16 of goose 1.52.0). Times are ms since 1970. */
export interface SessionRow {
  readonly id: string;
  /** Its number among the rows: higher for what was made later. */
  readonly made: number;
  readonly name: string;
  readonly isNamed: boolean;
  readonly directory?: string;
  readonly created: number;
  readonly updated: number;
  readonly archived: boolean;
  /** The session that started this one as a subagent's run. */
  readonly startedBy?: string;
  /** Changes when messages are added, replaced or removed. */
  readonly mark: string;
}

/** A row of `messages`. `created` is what goose compares with a fork point: seconds since 1970. */
export interface MessageRow {
  /** goose's own id; older versions wrote none. */
  readonly id?: string;
  readonly role: 'user' | 'assistant';
  readonly created: number;
  readonly content: readonly JsonRecord[];
  readonly metadata: JsonRecord;
}

const needed: Readonly<Record<string, readonly string[]>> = {
  sessions: ['id', 'created_at', 'updated_at'],
  messages: ['id', 'session_id', 'role', 'content_json', 'created_timestamp'],
};

/** Throws when the database lacks what every known version has. */
export function checkSchema(database: ForeignDatabase): void {
  for (const [table, names] of Object.entries(needed)) {
    const columns = database.columns(table);
    const missing = names.filter((name) => !columns.has(name));
    if (missing.length > 0) {
      throw new Error(`its table “${table}” lacks ${missing.join(', ')}, which goose 1.52.0 has`);
    }
  }
}

const subagentTypes = ['sub_agent', 'subagent'];

/**
 * All sessions, the runs of subagents among them, oldest first. A column that a version lacks counts as empty; a run of
 * which nobody knows who started it is left out, as is what goose hides.
 */
export function sessionRows(database: ForeignDatabase): readonly SessionRow[] {
  const marks = messageMarks(database);
  return database.rows('SELECT rowid AS made, * FROM sessions ORDER BY created_at, rowid').flatMap((row) => {
    const id = textOf(row.id);
    return id === undefined || isHidden(row) ? [] : [sessionRow(row, id, marks.get(id) ?? '')];
  });
}

const isRun = ({ session_type }: JsonRecord): boolean => subagentTypes.includes(textOf(session_type) ?? '');

const isHidden = (row: JsonRecord): boolean =>
  row.session_type === 'hidden' || (isRun(row) && !textOf(row.parent_session_id));

function messageMarks(database: ForeignDatabase): ReadonlyMap<string, string> {
  const rows = database.rows(
    'SELECT session_id, count(*) AS count, max(id) AS last FROM messages GROUP BY session_id',
  );
  return new Map(rows.map((row) => [String(row.session_id), `${row.count}:${row.last}`]));
}

function sessionRow(row: JsonRecord, id: string, messages: string): SessionRow {
  const created = timeOf(row.created_at) ?? 0;
  const directory = textOf(row.working_dir);
  const startedBy = isRun(row) ? textOf(row.parent_session_id) : undefined;
  return {
    id,
    made: numberOf(row.made) ?? 0,
    name: textOf(row.name) || textOf(row.description) || '',
    isNamed: Boolean(row.user_set_name),
    ...(directory ? { directory } : {}),
    created,
    updated: timeOf(row.updated_at) ?? created,
    archived: Boolean(row.archived_at),
    ...(startedBy ? { startedBy } : {}),
    mark: `${messages}:${String(row.updated_at)}`,
  };
}

/** SQLite's `YYYY-MM-DD HH:MM:SS` is UTC and does not say so. */
function timeOf(value: unknown): number | undefined {
  const text = textOf(value) ?? '';
  const time = Date.parse(/[Zz]$|[+-]\d\d:\d\d$/.test(text) ? text : `${text.replace(' ', 'T')}Z`);
  return Number.isFinite(time) ? time : undefined;
}

/** The messages of a session in goose's order, hidden ones included. */
export function messageRows(database: ForeignDatabase, session: string): readonly MessageRow[] {
  return database
    .rows('SELECT * FROM messages WHERE session_id = ? ORDER BY created_timestamp, id', session)
    .map((row) => {
      const id = textOf(row.message_id);
      return {
        ...(id ? { id } : {}),
        role: row.role === 'assistant' ? 'assistant' : 'user',
        created: numberOf(row.created_timestamp) ?? 0,
        content: contentOf(textOf(row.content_json) ?? ''),
        metadata: parseRecord(textOf(row.metadata_json) ?? '') ?? {},
      };
    });
}

function contentOf(text: string): readonly JsonRecord[] {
  // Wrapped, since a record is an object and never a list.
  return recordsOf(recordOf(parseRecord(`{"items":${text || '[]'}}`))?.items);
}

export const isShown = ({ metadata }: MessageRow): boolean => metadata.userVisible !== false;
export const isSent = ({ metadata }: MessageRow): boolean => metadata.agentVisible !== false;

/** Bytes of all that the session's messages hold. */
export function sizeOf(database: ForeignDatabase, session: string): number {
  const sql = 'SELECT sum(octet_length(content_json)) AS size FROM messages WHERE session_id = ?';
  return numberOf(database.rows(sql, session)[0]?.size) ?? 0;
}
