import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SessionStore } from '../../../src/core/store.ts';
import { pi } from '../../../src/stores/pi/index.ts';
import type { Line } from './qwenCodeHome.ts';

const project = '--srv-dev-ws1--';

/** A throwaway copy of pi's folder and the store on it. */
export interface PiHome extends Disposable {
  readonly folder: string;
  readonly sessions: string;
  readonly store: SessionStore;
}

export function emptyPiHome(): PiHome {
  const folder = mkdtempSync(join(tmpdir(), 'session-forks-pi-'));
  const sessions = join(folder, 'sessions', project);
  mkdirSync(sessions, { recursive: true });
  const store = pi({ home: folder, variables: {}, folders: { pi: folder } });
  return {
    folder,
    sessions,
    store,
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The sessions that the agent's own program and our own hands made, two of them damaged on purpose. */
export function piFixtureHome(): PiHome {
  const home = emptyPiHome();
  cpSync(join(import.meta.dirname, '../../fixtures/pi'), home.folder, { recursive: true });
  return home;
}

/** Puts a transcript of these records into the home, linked in a row where they name no parent. */
export function writePiSession(home: PiHome, id: string, lines: readonly Line[], header: Line = {}): string {
  const path = join(home.sessions, `2026-11-21T02-00-00-000Z_${id}.jsonl`);
  const first = {
    type: 'session',
    version: 3,
    id,
    timestamp: '2026-11-21T02:00:00.000Z',
    cwd: '/srv/dev/ws1',
    ...header,
  };
  let parentId: unknown = null;
  const linked = lines.map((line, index) => {
    const timestamp = new Date(1_795_226_400_000 + index * 1000).toISOString();
    const record = { id: `${index + 1}`.padStart(8, '0'), parentId, timestamp, ...line };
    parentId = record.id;
    return JSON.stringify(record);
  });
  writeFileSync(path, `${[JSON.stringify(first), ...linked].join('\n')}\n`);
  return path;
}

const message = (body: Line): Line => ({ type: 'message', message: body });

export const ask = (text: string): Line => message({ role: 'user', content: [{ type: 'text', text }] });

export const answer = (text: string, more: Line = {}): Line =>
  message({
    role: 'assistant',
    content: [{ type: 'text', text }],
    model: 'stub-model',
    stopReason: 'stop',
    ...more,
  });

export const call = (...ids: readonly string[]): Line =>
  message({
    role: 'assistant',
    content: ids.map((id) => ({ type: 'toolCall', id, name: 'bash', arguments: { command: `echo ${id}` } })),
    stopReason: 'toolUse',
  });

export const result = (toolCallId: string, text = 'ok', more: Line = {}): Line =>
  message({
    role: 'toolResult',
    toolCallId,
    toolName: 'bash',
    content: [{ type: 'text', text }],
    isError: false,
    ...more,
  });

/**
 * What the model receives when pi 1.5.2 resumes this file, by the agent's own rule and by nothing of ours: the last
 * record leads up the parents, and the last compaction puts its summary in place of what it did not keep.
 */
export function piHistory(lines: readonly Line[]): readonly unknown[] {
  const records = lines.filter(({ type }) => type !== 'session');
  const byId = new Map(records.map((line) => [line.id, line]));
  const path: Line[] = [];
  for (let line = records.at(-1); line; line = byId.get(line.parentId)) {
    path.unshift(line);
  }
  const compaction = path.findLastIndex(({ type }) => type === 'compaction');
  const first = path.findIndex(({ id }) => id === path[compaction]?.firstKeptEntryId);
  const kept =
    compaction < 0
      ? path
      : [...path.slice(first < 0 ? compaction : first, compaction), ...path.slice(compaction + 1)];
  const summary = compaction < 0 ? [] : [path[compaction]?.summary];
  return [...summary, ...kept.flatMap((line) => (line.type === 'message' ? [line.message] : []))];
}
