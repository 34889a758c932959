import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Message, SessionId, SessionInfo, Transcript } from '../../../src/core/model.ts';
import { sessionId } from '../../../src/core/model.ts';
import type { SessionStore } from '../../../src/core/store.ts';
import { qwenCode } from '../../../src/stores/qwenCode/index.ts';

const fixtures = join(import.meta.dirname, '../../fixtures');
const project = '-srv-dev-qwen-ws1';

/** A throwaway copy of Qwen Code's folder and the store on it. */
export interface QwenHome extends Disposable {
  readonly folder: string;
  readonly chats: string;
  readonly store: SessionStore;
}

export type Line = Readonly<Record<string, unknown>>;

export function emptyHome(): QwenHome {
  const folder = mkdtempSync(join(tmpdir(), 'session-forks-qwen-'));
  const chats = join(folder, 'projects', project, 'chats');
  mkdirSync(chats, { recursive: true });
  const store = qwenCode({ home: folder, variables: {}, folders: { 'qwen-code': folder } });
  return { folder, chats, store, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}

/** The sessions that the agent's own program and our own hands made, all of which it resumed. */
export function fixtureHome(): QwenHome {
  const home = emptyHome();
  cpSync(join(fixtures, 'qwen-code'), home.folder, { recursive: true });
  return home;
}

/** The damaged sessions, each under its own id; returns what is wrong with each by id. */
export function damagedHome(): QwenHome & { readonly damage: ReadonlyMap<string, string> } {
  const home = emptyHome();
  const damage = new Map<string, string>();
  const folder = join(fixtures, 'qwen-code-damaged');
  for (const name of readdirSync(folder)) {
    const [what = '', id = ''] = name.split('.');
    const own =
      id === 'jsonl' ? (idInside(join(folder, name)) ?? '00000000-0000-4000-8000-000000000000') : id;
    damage.set(own, what);
    cpSync(join(folder, name), join(home.chats, `${own}.jsonl`));
  }
  return { ...home, damage };
}

const idInside = (path: string): string | undefined =>
  /"sessionId":"([^"]+)"/.exec(readFileSync(path, 'utf8'))?.[1];

/** Puts a transcript of these records into the home, linked in a row where they name no parent. */
export function writeSession(home: QwenHome, id: string, lines: readonly Line[]): string {
  const path = join(home.chats, `${id}.jsonl`);
  let parent: unknown = null;
  const linked = lines.map((line, index) => {
    const record = {
      uuid: `${index + 1}`.padStart(8, '0'),
      parentUuid: parent,
      sessionId: id,
      timestamp: new Date(1_795_226_000_000 + index * 1000).toISOString(),
      cwd: '/srv/dev/qwen/ws1',
      version: '0.24.4',
      ...line,
    };
    parent = record.uuid;
    return JSON.stringify(record);
  });
  writeFileSync(path, `${linked.join('\n')}\n`);
  return path;
}

export const ask = (text: string, more: Line = {}): Line => ({
  type: 'user',
  message: { role: 'user', parts: [{ text }] },
  ...more,
});

export const answer = (text: string, more: Line = {}): Line => ({
  type: 'assistant',
  model: 'stub-model',
  message: { role: 'model', parts: [{ text }] },
  ...more,
});

export const call = (...calls: readonly Line[]): Line => ({
  type: 'assistant',
  message: { role: 'model', parts: calls.map((functionCall) => ({ functionCall })) },
});

export const result = (
  id: string,
  name: string,
  response: Line,
  outcome: Line = { status: 'success' },
): Line => ({
  type: 'tool_result',
  message: { role: 'user', parts: [{ functionResponse: { id, name, response } }] },
  toolCallResult: { callId: id, ...outcome },
});

/** The full id of the only session that begins with `start`. */
export async function idOf(store: SessionStore, start: string): Promise<SessionId> {
  const { sessions } = await store.list();
  const found = sessions.filter((info) => info.ref.id.startsWith(start) && !info.ref.id.includes('~'));
  return found[0]?.ref.id ?? sessionId(start);
}

export async function infoOf(store: SessionStore, id: string): Promise<SessionInfo> {
  const info = (await store.list()).sessions.find((candidate) => candidate.ref.id === id);
  if (!info) {
    throw new Error(`${id} is not listed`);
  }
  return info;
}

/** Forks so that `keep` messages of what was just read stay. */
export function forkAt(
  store: SessionStore,
  read: Transcript,
  keep: number,
  title = 'Child',
): Promise<SessionId> {
  const last = read.messages[keep - 1]?.id;
  const next = read.messages[keep]?.id;
  return store.fork(read.info.ref.id, { keep, ...(last ? { last } : {}), ...(next ? { next } : {}) }, title);
}

export const linesOf = (path: string): readonly Line[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((text) => text !== '')
    .map((text) => JSON.parse(text) as Line);

export const pathOf = (home: QwenHome, id: string): string => join(home.chats, `${id}.jsonl`);

export const sha256 = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

/** The hashes of all files below a folder, by path. */
export function hashesIn(folder: string): ReadonlyMap<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return new Map(
    files.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [path, sha256(path)];
    }),
  );
}

/** Messages without where they stand in their file. */
export const withoutLines = (messages: readonly Message[]): readonly Message[] =>
  messages.map(({ lines: _lines, ...message }) => message);

/** One message as a word, for readable expectations. */
export const word = (message: Message | undefined): string =>
  message?.kind === 'prompt'
    ? `> ${message.text}`
    : (message?.parts.map((part) => (part.kind === 'tool' ? `[${part.name}]` : part.text)).join('') ?? '');

/**
 * What the model receives when Qwen Code 0.24.4 resumes this file, by the agent's own rule and by nothing of ours: the
 * last record leads up the parents, and a compaction puts its summary in place of all before it.
 */
export function modelHistory(lines: readonly Line[]): readonly unknown[] {
  const side = /^(session_artifact_|session_sources_snapshot|managed_session_)/;
  const records = lines.filter((line) => !side.test(String(line.subtype ?? '')));
  const byUuid = new Map([...records].reverse().map((line) => [line.uuid, line]));
  const chain: Line[] = [];
  for (let line = records.at(-1); line; line = byUuid.get(line.parentUuid)) {
    chain.unshift(line);
  }
  let history: unknown[] = [];
  for (const { type, subtype, message, systemPayload } of chain) {
    const summary = (systemPayload as Line | undefined)?.compressedHistory;
    if (type === 'system' && subtype === 'chat_compression' && Array.isArray(summary)) {
      history = [...summary];
    } else if (type !== 'system' && message !== undefined) {
      history.push(message);
    }
  }
  return history;
}

export const nameOf = (path: string): string => basename(path);
