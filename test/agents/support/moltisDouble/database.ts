import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export type Row = Record<string, string | number | null>;
export type HistoryRecord = Readonly<Record<string, unknown>>;

/** Moltis 20260820.01, after all its migrations, in the order that SQLite gives the columns. */
const schema = `
CREATE TABLE projects (id TEXT PRIMARY KEY, label TEXT NOT NULL, directory TEXT NOT NULL, system_prompt TEXT,
  auto_worktree INTEGER NOT NULL DEFAULT 0, setup_command TEXT, teardown_command TEXT, branch_prefix TEXT,
  sandbox_image TEXT, detected INTEGER NOT NULL DEFAULT 0, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL);
CREATE TABLE sessions (key TEXT PRIMARY KEY, id TEXT NOT NULL, label TEXT, model TEXT, created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL, message_count INTEGER NOT NULL DEFAULT 0,
  project_id TEXT REFERENCES projects(id) ON DELETE SET NULL, archived INTEGER NOT NULL DEFAULT 0, worktree_branch TEXT,
  sandbox_enabled INTEGER, sandbox_image TEXT, channel_binding TEXT, parent_session_key TEXT, fork_point INTEGER,
  mcp_disabled INTEGER, preview TEXT, last_seen_message_count INTEGER NOT NULL DEFAULT 0,
  version INTEGER NOT NULL DEFAULT 0, agent_id TEXT, node_id TEXT, mode_id TEXT, sandbox_backend TEXT,
  external_agent_kind TEXT, external_session_id TEXT);
CREATE INDEX idx_sessions_created_at ON sessions(created_at);
CREATE INDEX idx_sessions_parent ON sessions(parent_session_key);`;

/** The shape of 2026-02-05, the oldest one. */
export const oldestSchema = `
CREATE TABLE sessions (key TEXT PRIMARY KEY, id TEXT NOT NULL, label TEXT, model TEXT, created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL, message_count INTEGER NOT NULL DEFAULT 0, project_id TEXT,
  archived INTEGER NOT NULL DEFAULT 0, worktree_branch TEXT, sandbox_enabled INTEGER, sandbox_image TEXT,
  channel_binding TEXT, parent_session_key TEXT, fork_point INTEGER);`;

/** The folder of a key's history below sessions/v1, spelt as Moltis does. */
export function encodeKey(key: string): string {
  const hex = Buffer.from(key).toString('hex');
  const parts: string[] = [];
  for (let at = 0; at < hex.length; at += 120) parts.push(hex.slice(at, at + 120));
  return ['k']
    .concat(parts[0] ?? '')
    .join('')
    .concat(
      parts
        .slice(1)
        .map((part) => `/${part}`)
        .join(''),
    );
}

/** Moltis's two stores: rows in `moltis.db`, histories as JSON lines. */
export class MoltisData {
  readonly folder: string;
  readonly database: DatabaseSync;

  constructor(folder: string, sql: string = schema) {
    this.folder = folder;
    mkdirSync(join(folder, 'sessions'), { recursive: true });
    const path = join(folder, 'moltis.db');
    const isNew = !existsSync(path);
    this.database = new DatabaseSync(path);
    if (isNew) this.database.exec(`PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON;${sql}`);
  }

  historyPath(key: string): string {
    return join(this.folder, 'sessions', 'v1', encodeKey(key), 'history.jsonl');
  }

  legacyPath(key: string): string {
    return join(this.folder, 'sessions', `${key.replaceAll(':', '_')}.jsonl`);
  }

  /** Lines that are no JSON are passed over, everything else counts. */
  read(key: string): readonly HistoryRecord[] {
    const path = [this.historyPath(key), this.legacyPath(key)].find((candidate) => existsSync(candidate));
    if (!path) return [];
    return readFileSync(path, 'utf8')
      .split('\n')
      .flatMap((line) => {
        try {
          return line.trim() === '' ? [] : [JSON.parse(line) as HistoryRecord];
        } catch {
          return [];
        }
      });
  }

  /** Fields in the order of their names: so writes serde_json. */
  replace(key: string, records: readonly HistoryRecord[]): void {
    const path = this.historyPath(key);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, records.map((record) => `${JSON.stringify(sorted(record))}\n`).join(''));
  }

  append(key: string, record: HistoryRecord): number {
    const records = [...this.read(key), record];
    this.replace(key, records);
    this.update(key, { message_count: records.length });
    return records.length;
  }

  rows(): readonly Row[] {
    return this.database
      .prepare('SELECT * FROM sessions ORDER BY updated_at DESC, created_at DESC, key')
      .all() as Row[];
  }

  row(key: string): Row | undefined {
    return this.rows().find((row) => row.key === key);
  }

  insert(key: string, more: Row = {}): Row {
    const now = Date.now();
    const row: Row = { key, id: randomUUID(), created_at: now, updated_at: now, ...more };
    const names = Object.keys(row);
    const marks = names.map(() => '?').join(', ');
    this.database
      .prepare(`INSERT INTO sessions (${names.join(', ')}) VALUES (${marks})`)
      .run(...Object.values(row));
    return row;
  }

  update(key: string, changes: Row): void {
    const names = Object.keys(changes).map((name) => `${name} = ?`);
    this.database
      .prepare(`UPDATE sessions SET ${names.join(', ')}, updated_at = ?, version = version + 1 WHERE key = ?`)
      .run(...Object.values(changes), Date.now(), key);
  }

  /** Rows, history and media of one session; never those of its forks. */
  remove(key: string): void {
    this.database.prepare('DELETE FROM sessions WHERE key = ?').run(key);
    for (const path of [
      dirname(this.historyPath(key)),
      this.legacyPath(key),
      join(this.folder, 'sessions', 'media', 'v1', encodeKey(key)),
    ]) {
      rmSync(path, { recursive: true, force: true });
    }
  }
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, item]) => [name, sorted(item)]),
  );
}
