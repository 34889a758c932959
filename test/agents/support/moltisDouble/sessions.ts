import { randomUUID } from 'node:crypto';
import type { HistoryRecord, MoltisData, Row } from './database.ts';

export type Params = Readonly<Record<string, unknown>>;
type Payload = Readonly<Record<string, unknown>>;

/** How `sessions.fork` misbehaves: it copies everything without a word, or says another count than it copied. */
export type ForkFault = 'copiesAll' | 'miscounts' | 'otherRecords';

/** What the double's sessions tell to those who listen. */
export type Broadcast = (event: string, payload: Payload) => void;

/** The `sessions.*` methods of the gateway. An error thrown here becomes `INTERNAL`. */
export class SessionMethods {
  readonly #data: MoltisData;
  readonly #broadcast: Broadcast;
  forkFault: ForkFault | undefined;
  /** Sessions whose worktree holds changes that are not committed. */
  readonly dirty = new Set<string>();
  readonly replying = new Set<string>();

  constructor(data: MoltisData, broadcast: Broadcast) {
    this.#data = data;
    this.#broadcast = broadcast;
  }

  list(): readonly Payload[] {
    return this.#data
      .rows()
      .toSorted((a, b) => Number(b.key === 'main') - Number(a.key === 'main'))
      .map((row) => ({ ...entryOf(row), replying: this.replying.has(String(row.key)) }));
  }

  /** Creates a session that it does not know. */
  switch(params: Params): Payload {
    const key = textParam(params, 'key');
    if (!this.#data.row(key)) {
      this.#data.insert(key);
      this.#broadcast('session', { kind: 'created', sessionKey: key, entry: entryOf(this.#row(key)) });
    }
    const records = this.#data.read(key);
    this.#data.update(key, { last_seen_message_count: records.length });
    const { parentSessionKey: _parent, forkPoint: _point, ...entry } = entryOf(this.#row(key));
    const history = records
      .map((record, historyIndex): HistoryRecord => ({ ...record, historyIndex }))
      .filter((record) => !(record.role === 'assistant' && record.content === '' && !record.tool_calls));
    const replying = this.replying.has(key);
    return { entry, history, historyTruncated: false, historyDroppedCount: 0, replying };
  }

  /** `forkPoint` counts entries, exclusively; what is no natural number counts as absent, `at_message` is never read. */
  fork(params: Params): Payload {
    const source = textParam(params, 'key');
    const records = this.#data.read(source);
    const given = params.forkPoint;
    const point = typeof given === 'number' && Number.isInteger(given) && given >= 0 ? given : records.length;
    if (point > records.length) {
      throw new Error(`forkPoint ${point} exceeds message count ${records.length}`);
    }
    const key = `session:${randomUUID()}`;
    const label = typeof params.label === 'string' ? params.label : null;
    const copied = this.#copied(records, point);
    this.#data.replace(key, copied);
    this.#publish(source, key, label, point);
    const row = this.#row(key);
    return {
      sessionKey: key,
      id: row.id,
      label,
      forkPoint: this.forkFault === 'copiesAll' ? records.length : point,
      messageCount: this.forkFault === 'copiesAll' ? records.length : point,
      agent_id: row.agent_id ?? 'main',
      agentId: row.agent_id ?? 'main',
      node_id: null,
      version: row.version,
    };
  }

  branches(params: Params): readonly Payload[] {
    return this.#data
      .rows()
      .filter((row) => row.parent_session_key === textParam(params, 'key'))
      .toSorted((a, b) => Number(a.created_at) - Number(b.created_at))
      .map((row) => ({
        key: row.key,
        label: row.label,
        forkPoint: row.fork_point,
        messageCount: row.message_count,
        createdAt: row.created_at,
      }));
  }

  patch(params: Params): Payload {
    const key = textParam(params, 'key');
    if (!this.#data.row(key)) throw new Error(`session '${key}' not found`);
    const { label, archived } = params;
    if (archived === true && this.#row(key).channel_binding) {
      throw new Error(`session '${key}' cannot be archived`);
    }
    this.#data.update(key, {
      ...(typeof label === 'string' ? { label } : {}),
      ...(typeof archived === 'boolean' ? { archived: Number(archived) } : {}),
    });
    this.#patched(key);
    return entryOf(this.#row(key));
  }

  delete(params: Params): Payload {
    const key = textParam(params, 'key');
    if (this.dirty.has(key) && params.force !== true) {
      throw new Error('worktree has uncommitted changes; use force: true to delete anyway');
    }
    this.#data.remove(key);
    this.#broadcast('session', { kind: 'deleted', sessionKey: key });
    return { ok: true };
  }

  #copied(records: readonly HistoryRecord[], point: number): readonly HistoryRecord[] {
    switch (this.forkFault) {
      case 'copiesAll':
        return records;
      case 'miscounts':
        return records.slice(0, Math.max(0, point - 1));
      case 'otherRecords':
        return records.slice(0, point).map((record) => ({ ...record, content: 'something else' }));
      default:
        return records.slice(0, point);
    }
  }

  /** One mutation each, as Moltis does: the row, its count, what it inherits, its parent. */
  #publish(source: string, key: string, label: string | null, point: number): void {
    const parent = this.#data.row(source);
    this.#data.insert(key, { label });
    this.#broadcast('session', { kind: 'created', sessionKey: key, entry: entryOf(this.#row(key)) });
    this.#data.update(key, { message_count: point });
    for (const name of ['model', 'project_id', 'mcp_disabled', 'mode_id', 'agent_id', 'node_id']) {
      this.#data.update(key, { [name]: parent?.[name] ?? null });
    }
    this.#data.update(key, { parent_session_key: source, fork_point: point });
    this.#patched(key);
  }

  #patched(key: string): void {
    this.#broadcast('session', { kind: 'patched', sessionKey: key, entry: entryOf(this.#row(key)) });
  }

  #row(key: string): Row {
    const row = this.#data.row(key);
    if (!row) throw new Error(`session '${key}' not found`);
    return row;
  }
}

export function textParam(params: Params, name: string): string {
  const value = params[name];
  if (typeof value !== 'string') throw new Error(`missing '${name}' parameter`);
  return value;
}

const entryOf = (row: Row): Payload => ({
  id: row.id,
  key: row.key,
  label: row.label,
  model: row.model,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  messageCount: row.message_count,
  lastSeenMessageCount: row.last_seen_message_count,
  projectId: row.project_id,
  sandbox_enabled: row.sandbox_enabled,
  sandbox_image: row.sandbox_image,
  worktree_branch: row.worktree_branch,
  channelBinding: row.channel_binding,
  activeChannel: false,
  parentSessionKey: row.parent_session_key,
  forkPoint: row.fork_point,
  mcpDisabled: row.mcp_disabled,
  preview: row.preview,
  archived: row.archived === 1,
  agent_id: row.agent_id,
  agentId: row.agent_id,
  mode_id: row.mode_id,
  modeId: row.mode_id,
  node_id: row.node_id,
  external_agent_kind: row.external_agent_kind,
  externalAgentKind: row.external_agent_kind,
  externalSessionId: row.external_session_id,
  version: row.version,
});
