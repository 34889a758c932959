import { join } from 'node:path';
import { numberOf, textOf } from '../common/fields.ts';
import type { JsonRecord } from '../common/jsonl.ts';
import type { ForeignDatabase } from '../common/sqlite.ts';
import { isPersonal } from './keys.ts';

/** A row of `sessions` (20260820.01). Times are ms since 1970. */
export interface SessionRow {
  readonly key: string;
  /** Never used again, unlike the key. */
  readonly uuid: string;
  readonly label?: string;
  readonly created: number;
  readonly updated: number;
  /** Entries of the history, as the gateway counted them last. */
  readonly entryCount: number;
  readonly directory?: string;
  readonly archived: boolean;
  readonly parent?: string;
  /** How many entries of its parent's history a fork began with. */
  readonly forkPoint?: number;
  /** Messages of a channel come in here and are answered there. */
  readonly isBound: boolean;
}

/** False for a session that a schedule or a channel writes. */
export const isForkable = ({ key, isBound }: SessionRow): boolean => isPersonal(key) && !isBound;

/** The columns without which nothing can be listed; all others may be missing. */
const needed = ['key', 'created_at', 'updated_at'];

/** All sessions, oldest first. Throws when the database lacks what every known version has. */
export function sessionRows(database: ForeignDatabase): readonly SessionRow[] {
  const columns = database.columns('sessions');
  const missing = needed.filter((name) => !columns.has(name));
  if (missing.length > 0) {
    throw new Error(`its table “sessions” lacks ${missing.join(', ')}, which Moltis 20260820.01 has`);
  }
  const folders = projectFolders(database);
  return database
    .rows('SELECT * FROM sessions ORDER BY created_at, key')
    .flatMap((row) => sessionRow(row, folders));
}

function projectFolders(database: ForeignDatabase): ReadonlyMap<string, string> {
  const columns = database.columns('projects');
  const rows =
    columns.has('id') && columns.has('directory') ? database.rows('SELECT id, directory FROM projects') : [];
  return new Map(rows.map((row) => [String(row.id), textOf(row.directory) ?? '']));
}

function sessionRow(row: JsonRecord, folders: ReadonlyMap<string, string>): readonly SessionRow[] {
  const key = textOf(row.key);
  if (!key) {
    return [];
  }
  const created = numberOf(row.created_at) ?? 0;
  const label = textOf(row.label);
  const parent = textOf(row.parent_session_key);
  const forkPoint = numberOf(row.fork_point);
  const directory = directoryOf(row, key, folders);
  return [
    {
      key,
      uuid: textOf(row.id) ?? '',
      ...(label ? { label } : {}),
      created,
      updated: numberOf(row.updated_at) ?? created,
      entryCount: numberOf(row.message_count) ?? 0,
      ...(directory ? { directory } : {}),
      archived: Boolean(row.archived),
      ...(parent ? { parent } : {}),
      ...(forkPoint === undefined ? {} : { forkPoint }),
      isBound: Boolean(textOf(row.channel_binding)),
    },
  ];
}

/** The project's folder, or the worktree that the session has below it. */
function directoryOf(row: JsonRecord, key: string, folders: ReadonlyMap<string, string>): string | undefined {
  const folder = folders.get(textOf(row.project_id) ?? '');
  return folder && textOf(row.worktree_branch) ? join(folder, '.moltis-worktrees', key) : folder;
}
