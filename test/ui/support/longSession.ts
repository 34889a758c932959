import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The title of every session that is written here. */
export const longTitle = 'A long session';
/** Stands in every thousandth message, and nowhere else. */
export const rareWord = 'Zwiebelturm';

const startMs = Date.UTC(2026, 0, 1);
const modelName = 'claude-sonnet-4-5-20250929';
const code = '```ts\nexport const answer = (n: number): string => "one of many";\n```';

/**
 * Writes a session of `count` messages below a home, as Claude Code 2.1.329 does: a prompt and a reply by turns, some
 * replies with code or a tool call. Gives its id.
 */
export function writeLongSession(home: string, cwd: string, count: number): string {
  const id = idOf(count, 0);
  const folder = join(home, '.claude', 'projects', cwd.replace(/[^a-zA-Z0-9]/g, '-'));
  mkdirSync(folder, { recursive: true });
  const common = { sessionId: id, cwd, version: '2.1.329', isSidechain: false, userType: 'external' };
  const records = [];
  let parentUuid: string | null = null;
  for (let number = 1; number <= count; number++) {
    for (const fields of number % 2 === 1 ? [promptOf(number)] : replyOf(number)) {
      const uuid = idOf(count, records.length + 1);
      const timestamp = new Date(startMs + records.length * 1000).toISOString();
      records.push({ parentUuid, ...common, uuid, timestamp, ...fields });
      parentUuid = uuid;
    }
  }
  const title = { type: 'custom-title', customTitle: longTitle, sessionId: id };
  writeFileSync(
    join(folder, `${id}.jsonl`),
    [...records, title].map((record) => `${JSON.stringify(record)}\n`).join(''),
  );
  return id;
}

const idOf = (session: number, record: number): string =>
  `${session.toString(16).padStart(8, '0')}-0000-4000-8000-${record.toString(16).padStart(12, '0')}`;

const promptOf = (number: number) => ({
  type: 'user',
  message: {
    role: 'user',
    content: `Question ${number}: what does step ${number} do? ${wordOf(number)}`.trim(),
  },
});

function replyOf(number: number): readonly object[] {
  const text = `Answer ${number}. It does **what it says**, in ${number % 7} parts. ${wordOf(number)}`.trim();
  const more = number % 10 === 0 ? `\n\n${code}` : '\n\n- one\n- two';
  const words = { type: 'text', text: text + more.repeat((number % 5) + 1) };
  if (number % 6 !== 0) {
    return [answerOf(number, [words])];
  }
  const call = {
    type: 'tool_use',
    id: `toolu_${number}`,
    name: 'Bash',
    input: { command: `npm test -- ${number}` },
  };
  const result = { type: 'tool_result', tool_use_id: call.id, content: `ok ${number}\n`.repeat(30) };
  return [answerOf(number, [words, call]), { type: 'user', message: { role: 'user', content: [result] } }];
}

const wordOf = (number: number): string => (number % 1000 === 0 ? rareWord : '');

const answerOf = (number: number, content: readonly object[]) => ({
  type: 'assistant',
  requestId: `req_${number}`,
  message: {
    id: `msg_${number}`,
    type: 'message',
    role: 'assistant',
    model: modelName,
    content,
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: 10, output_tokens: 20 },
  },
});
