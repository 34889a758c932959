import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SessionStore } from '../../../src/core/store.ts';
import { geminiCli } from '../../../src/stores/geminiCli/index.ts';
import type { Line } from './qwenCodeHome.ts';

/** A throwaway copy of Gemini CLI's folder and the store on it. */
export interface GeminiHome extends Disposable {
  readonly folder: string;
  readonly chats: string;
  readonly store: SessionStore;
}

export function emptyGeminiHome(): GeminiHome {
  const folder = mkdtempSync(join(tmpdir(), 'session-forks-gemini-'));
  const chats = join(folder, 'tmp', 'gws', 'chats');
  mkdirSync(chats, { recursive: true });
  writeFileSync(join(folder, 'tmp', 'gws', '.project_root'), '/srv/dev/gws');
  const store = geminiCli({ home: folder, variables: {}, folders: { 'gemini-cli': folder } });
  return { folder, chats, store, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}

/** The sessions that the agent's own program and our own hands made. */
export function geminiFixtureHome(): GeminiHome {
  const home = emptyGeminiHome();
  cpSync(join(import.meta.dirname, '../../fixtures/gemini-cli'), home.folder, { recursive: true });
  return home;
}

export const headerOf = (sessionId: string, more: Line = {}): Line => ({
  sessionId,
  projectHash: 'f'.repeat(64),
  startTime: '2026-11-21T02:00:00.000Z',
  lastUpdated: '2026-11-21T02:00:00.000Z',
  kind: 'main',
  ...more,
});

/** Puts a transcript of these lines behind a header into the home. */
export function writeGeminiSession(
  home: GeminiHome,
  sessionId: string,
  lines: readonly Line[],
  minute = '2026-11-21T02-00',
): string {
  const path = join(home.chats, `session-${minute}-${sessionId.slice(0, 8)}.jsonl`);
  const all = [headerOf(sessionId), ...lines];
  writeFileSync(path, all.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return path;
}

/** Puts the transcript of a subagent where 0.61.0 keeps it: in a folder of the session that started it. */
export function writeGeminiRun(
  home: GeminiHome,
  session: string,
  run: string,
  lines: readonly Line[],
): string {
  const path = join(home.chats, session, `${run}.jsonl`);
  mkdirSync(join(home.chats, session), { recursive: true });
  const all = [headerOf(run, { kind: 'subagent' }), ...lines];
  writeFileSync(path, all.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return path;
}

const timestamp = '2026-11-21T02:00:01.000Z';

export const ask = (id: string, text: string, more: Line = {}): Line => ({
  id,
  timestamp,
  type: 'user',
  content: [{ text }],
  ...more,
});

export const answer = (id: string, content: string, more: Line = {}): Line => ({
  id,
  timestamp,
  type: 'gemini',
  content,
  thoughts: [],
  model: 'gemini-stub',
  ...more,
});

export const response = (id: string, output = 'ok'): Line => ({
  functionResponse: { id, name: 'glob', response: { output } },
});

export const call = (id: string, result: readonly Line[] = [response(id)]): Line => ({
  id,
  name: 'glob',
  args: { pattern: '*' },
  status: 'success',
  result,
});

export const results = (id: string, ...ids: readonly string[]): Line => ({
  id,
  timestamp,
  type: 'user',
  content: ids.map((callId) => response(callId)),
});

export const context = ask(
  'd04923d38bb0f6017037e74183378ef4',
  '<session_context>\nwhere\n</session_context>',
);
