import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { type Message, type SessionId, type SessionInfo, sessionId } from '../../../src/core/model.ts';
import type { ForkCut, SessionStore } from '../../../src/core/store.ts';
import { codex } from '../../../src/stores/codex/index.ts';

const fixtures = join(import.meta.dirname, '../../fixtures/codex');

/** A throwaway CODEX_HOME with its store. Without `program` no Codex is found, so that forks are copies. */
export interface CodexHome extends Disposable {
  readonly path: string;
  readonly store: SessionStore;
  info(id: string): Promise<SessionInfo>;
}

export function emptyHome(variables: Readonly<Record<string, string>> = {}): CodexHome {
  const path = mkdtempSync(join(tmpdir(), 'session-forks-codex-'));
  const store = codex({ home: path, variables: { CODEX_HOME: path, PATH: '', ...variables }, folders: {} });
  return {
    path,
    store,
    info: async (id) => {
      const { sessions } = await store.list();
      const found = sessions.find(({ ref }) => ref.id === id);
      if (!found) throw new Error(`${id} is not listed`);
      return found;
    },
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}

export function fixtureHome(
  name: 'native' | 'rewound',
  variables?: Readonly<Record<string, string>>,
): CodexHome {
  const home = emptyHome(variables);
  cpSync(join(fixtures, name), home.path, { recursive: true });
  return home;
}

export const fixtureText = (path: string): string => readFileSync(join(fixtures, path), 'utf8');

/** Every file of sessions below the home -> its bytes. */
export function bytesOf(home: CodexHome): Map<string, Buffer> {
  const names = readdirSync(home.path, { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => name.endsWith('.jsonl') && !name.endsWith('session_index.jsonl'));
  return new Map(files.map((name) => [name, readFileSync(join(home.path, name))]));
}

export const relativeTo = (home: CodexHome, path: string): string => relative(home.path, path);

/** The session of the fixtures whose id has this piece. */
export async function idOf(home: CodexHome, piece: string): Promise<SessionId> {
  const { sessions } = await home.store.list();
  const found = sessions.find(({ ref }) => ref.id.includes(piece) && !ref.id.includes('~'));
  if (!found) throw new Error(`No session ${piece}`);
  return found.ref.id;
}

/** `P:text` for a prompt, `R:text` for a reply (`T` stands for a tool call), `.` behind a reply that ends its turn. */
export const shown = (messages: readonly Message[]): string[] =>
  messages.map((message) =>
    message.kind === 'prompt'
      ? `P:${message.text}`
      : `R:${message.parts.map((part) => (part.kind === 'tool' ? 'T' : part.kind === 'text' ? part.text : '')).join('')}${message.endsTurn ? '.' : ''}`,
  );

export const cutAt = (messages: readonly Message[], keep: number): ForkCut => {
  const last = messages[keep - 1]?.id;
  const next = messages[keep]?.id;
  return { keep, ...(last && { last }), ...(next && { next }) };
};

type Json = Readonly<Record<string, unknown>>;
export type Line = Readonly<{ type: string; payload: Json }>;

const event = (type: string, more: Json = {}): Line => ({ type: 'event_msg', payload: { type, ...more } });
const item = (type: string, more: Json): Line => ({ type: 'response_item', payload: { type, ...more } });

export const started = (turn: string): Line => event('task_started', { turn_id: turn });
export const complete = (turn: string): Line => event('task_complete', { turn_id: turn });
export const aborted = (turn: string): Line => event('turn_aborted', { turn_id: turn });
export const asked = (id: string, text: string): Line =>
  item('message', {
    id,
    role: 'user',
    content: [{ type: 'input_text', text }],
    internal_chat_message_metadata_passthrough: { content_item_kinds: ['user.text'] },
  });
export const said = (id: string, text: string): Line =>
  item('message', { id, role: 'assistant', content: [{ type: 'output_text', text }] });
export const called = (id: string, name: string, args: Json): Line =>
  item('function_call', { id: `fc_${id}`, call_id: id, name, arguments: JSON.stringify(args) });
export const patched = (id: string, patch: string): Line =>
  item('custom_tool_call', { id: `ctc_${id}`, call_id: id, name: 'apply_patch', input: patch });
export const gave = (id: string, output: unknown): Line =>
  item('function_call_output', { call_id: id, output });
export const used = (): Line => ({
  type: 'token_usage_record',
  payload: { usage: { input_tokens: 10, cached_input_tokens: 4, output_tokens: 2 } },
});
export const injected = (text: string): Line =>
  item('message', { role: 'user', content: [{ type: 'input_text', text }] });
export const legacySaid = (message: string): Line => event('user_message', { message });
export const rolledBack = (turns: number): Line => event('thread_rolled_back', { num_turns: turns });

/** One whole turn: a prompt and its answer. */
export const turn = (name: string): readonly Line[] => [
  started(`turn-${name}`),
  asked(`p-${name}`, `ask ${name}`),
  said(`r-${name}`, `answer ${name}`),
  used(),
  complete(`turn-${name}`),
];

export interface Written {
  readonly id: SessionId;
  readonly path: string;
  readonly size: number;
}

export interface WriteOptions {
  readonly header?: Json;
  readonly segment?: string;
  readonly legacy?: boolean;
  readonly archived?: boolean;
}

/** Writes a file of a session as Codex names and numbers it. */
export function writeRollout(
  home: CodexHome,
  id: string,
  lines: readonly Line[],
  { header = {}, segment, legacy = false, archived = false }: WriteOptions = {},
): Written {
  const name = `rollout-2026-01-02T03-04-05-${id}${segment ? `_${segment}` : ''}.jsonl`;
  const path = archived
    ? join(home.path, 'archived_sessions', name)
    : join(home.path, 'sessions/2026/01/02', name);
  const mode = legacy ? {} : { history_mode: 'paginated' };
  const meta = { id, timestamp: '2026-01-02T03:04:05.000Z', cwd: '/srv/dev/project', ...mode, ...header };
  const all = [{ type: 'session_meta', payload: meta }, ...lines];
  const text = all
    .map((line, ordinal) => ({
      timestamp: new Date(Date.UTC(2026, 0, 2, 3, 4, 5 + ordinal)).toISOString(),
      ...(legacy ? {} : { ordinal }),
      ...line,
    }))
    .map((line) => `${JSON.stringify(line)}\n`)
    .join('');
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return { id: sessionId(id), path, size: Buffer.byteLength(text) };
}

export const one = '11111111-1111-7111-8111-111111111111';
export const two = '22222222-2222-7222-8222-222222222222';
export const three = '33333333-3333-7333-8333-333333333333';
export const four = '44444444-4444-7444-8444-444444444444';
