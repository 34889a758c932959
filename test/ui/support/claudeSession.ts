import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const startMs = Date.UTC(2026, 0, 1);
const modelName = 'claude-sonnet-4-5-20250929';

/** The fields of a record that are its own; what links it to the others is added. */
export type OwnFields = Readonly<Record<string, unknown>>;

/**
 * Writes a session below a home as Claude Code 2.1.329 does: its records in their order, each the child of the one
 * before, then its title. Gives its id. `number` makes ids of different sessions different.
 */
export function writeClaudeSession(
  { home, workspace }: { readonly home: string; readonly workspace: string },
  number: number,
  title: string,
  records: readonly OwnFields[],
): string {
  const id = idOf(number, 0);
  const folder = join(home, '.claude', 'projects', workspace.replace(/[^a-zA-Z0-9]/g, '-'));
  mkdirSync(folder, { recursive: true });
  const common = {
    sessionId: id,
    cwd: workspace,
    version: '2.1.329',
    isSidechain: false,
    userType: 'external',
  };
  const linked = records.map((fields, index) => ({
    parentUuid: index === 0 ? null : idOf(number, index),
    ...common,
    uuid: idOf(number, index + 1),
    timestamp: new Date(startMs + index * 1000).toISOString(),
    ...fields,
  }));
  const lines = [...linked, { type: 'custom-title', customTitle: title, sessionId: id }];
  writeFileSync(join(folder, `${id}.jsonl`), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return id;
}

export const promptRecord = (text: string): OwnFields => ({
  type: 'user',
  message: { role: 'user', content: text },
});

export const resultRecord = (call: string, content: string, failed = false): OwnFields => ({
  type: 'user',
  message: {
    role: 'user',
    content: [{ type: 'tool_result', tool_use_id: call, content, ...(failed && { is_error: true }) }],
  },
});

/** A reply with these content blocks of the Messages API. */
export const replyRecord = (name: string, content: readonly object[]): OwnFields => ({
  type: 'assistant',
  requestId: `req_${name}`,
  message: {
    id: `msg_${name}`,
    type: 'message',
    role: 'assistant',
    model: modelName,
    content,
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: 10, output_tokens: 20 },
  },
});

const idOf = (session: number, record: number): string =>
  `${session.toString(16).padStart(8, '0')}-0000-4000-8000-${record.toString(16).padStart(12, '0')}`;
