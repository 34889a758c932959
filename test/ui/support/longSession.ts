import {
  type OwnFields,
  promptRecord,
  replyRecord,
  resultRecord,
  writeClaudeSession,
} from './claudeSession.ts';

/** The title of every session that is written here. */
export const longTitle = 'A long session';
/** Stands in every thousandth message, and nowhere else. */
export const rareWord = 'Zwiebelturm';

const code = '```ts\nexport const answer = (n: number): string => "one of many";\n```';

/** Writes a session of `count` messages: a prompt and a reply by turns, some with code or a tool call. Gives its id. */
export function writeLongSession(home: string, workspace: string, count: number): string {
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  return writeClaudeSession({ home, workspace }, count, longTitle, numbers.flatMap(recordsOf));
}

function recordsOf(number: number): readonly OwnFields[] {
  const word = number % 1000 === 0 ? ` ${rareWord}` : '';
  if (number % 2 === 1) {
    return [promptRecord(`Question ${number}: what does step ${number} do?${word}`)];
  }
  const more = number % 10 === 0 ? `\n\n${code}` : '\n\n- one\n- two';
  const text = `Answer ${number}. It does **what it says**, in ${number % 7} parts.${word}`;
  const words = { type: 'text', text: text + more.repeat((number % 5) + 1) };
  if (number % 6 !== 0) {
    return [replyRecord(`${number}`, [words])];
  }
  const call = {
    type: 'tool_use',
    id: `toolu_${number}`,
    name: 'Bash',
    input: { command: `npm test -- ${number}` },
  };
  return [replyRecord(`${number}`, [words, call]), resultRecord(call.id, `ok ${number}\n`.repeat(30))];
}
