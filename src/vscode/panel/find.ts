import { stripVTControlCharacters } from 'node:util';
import type { FileEdit, Message, ReplyPart, ToolCall } from '../../core/model.ts';
import type { Hit } from '../../protocol.ts';

/** What is looked for. */
export interface Query {
  readonly text: string;
  readonly matchCase: boolean;
}

export interface Found {
  readonly hits: readonly Hit[];
  /** There are more than `mostHits`. */
  readonly more: boolean;
}

/** More hits than these are not told. */
export const mostHits = 5000;
/** So many messages are searched before others may run. */
const batch = 500;

/** Looks through the words of all messages, in their order. Gives up with what it has when `signal` is aborted. */
export async function findIn(
  messages: readonly Message[],
  query: Query,
  signal: AbortSignal,
): Promise<Found> {
  const hits: Hit[] = [];
  for (let at = 0; at < messages.length && hits.length <= mostHits && !signal.aborted; at += batch) {
    for (const [index, message] of messages.slice(at, at + batch).entries()) {
      hits.push(...hitsOf(message, at + index, query));
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { hits: hits.slice(0, mostHits), more: hits.length > mostHits };
}

/** The index of the next prompt after the message at `from`, or of the one before it; -1 where there is none. */
export function promptBeside(messages: readonly Message[], from: number, back: boolean): number {
  return back
    ? messages.slice(0, from).findLastIndex(({ kind }) => kind === 'prompt')
    : messages.findIndex(({ kind }, index) => index > from && kind === 'prompt');
}

function hitsOf(message: Message, index: number, query: Query): readonly Hit[] {
  const texts =
    message.kind === 'prompt' ? [message.text] : message.parts.map((part) => wordsOf(part, query));
  return texts.flatMap((text, part) => countOf(text, query, (nth) => ({ message: index, part, nth })));
}

function countOf(text: string, query: Query, hit: (nth: number) => Hit): readonly Hit[] {
  const [words, wanted] = query.matchCase
    ? [text, query.text]
    : [text.toLowerCase(), query.text.toLowerCase()];
  const hits: Hit[] = [];
  for (let at = words.indexOf(wanted); at >= 0; at = words.indexOf(wanted, at + wanted.length)) {
    hits.push(hit(hits.length));
    if (hits.length > mostHits) {
      break;
    }
  }
  return hits;
}

/** The words of a part as the page shows them, folded ones included. */
function wordsOf(part: ReplyPart, query: Query): string {
  switch (part.kind) {
    case 'text':
      // The page shows no marks of bold or code, so that they do not part words there.
      return /[*`]/.test(query.text) ? part.text : part.text.replace(/[*`]/g, '');
    case 'thinking':
      return part.text;
    case 'tool':
      return toolWords(part);
  }
}

function toolWords({ action, target, name, input, output, status, edits = [] }: ToolCall): string {
  const plain = stripVTControlCharacters(output);
  const row = target || name;
  if (edits.length > 0) {
    return [row, ...edits.map(editWords), status === 'failed' ? plain : ''].join('\n');
  }
  return [row, action === 'other' || output === '' ? input : '', plain].join('\n');
}

/** The new text, and the old lines that are not in it. */
function editWords({ before, after }: FileEdit): string {
  const kept = new Set(after.split('\n'));
  return [...before.split('\n').filter((line) => !kept.has(line)), after].join('\n');
}
