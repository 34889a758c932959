import {
  type Attachment,
  messageId,
  type Prompt,
  type Reply,
  type ReplyPart,
  type TokenUsage,
} from '../../core/model.ts';
import { numberOf, recordOf, textOf } from '../common/fields.ts';
import type { JsonRecord } from '../common/jsonl.ts';
import type { Placed } from '../common/placed.ts';
import { joinTexts } from '../common/transcript.ts';
import { modelAndUsage, wholeUsage } from '../common/usage.ts';
import { isSent, isShown, type MessageRow } from './rows.ts';
import { callTypes, resultsIn, toolCall } from './tools.ts';

interface Group {
  readonly start: number;
  /** Index of its last row. */
  readonly last: number;
  readonly rows: readonly MessageRow[];
}

/**
 * The messages that a person reads. goose writes one row for each answer of the model, but splits it at its second tool
 * call, and writes the results as the user's (1.52.0).
 */
export function readMessages(rows: readonly MessageRow[]): readonly Placed[] {
  const groups = groupRows(rows);
  const ids = uniqueIds(groups);
  return groups.map((group, index): Placed => {
    const next = groups[index + 1];
    const before = groups[index - 1];
    const placed = place(group, ids[index] ?? '', rows, next);
    const isCompacted = before !== undefined && isSentGroup(group) && !isSentGroup(before);
    const message = isCompacted ? { ...placed.message, afterCompaction: true } : placed.message;
    return { ...placed, message };
  });
}

const isSentGroup = ({ rows }: Group): boolean => rows.every(isSent);

function groupRows(rows: readonly MessageRow[]): readonly Group[] {
  const groups: Group[] = [];
  for (const [index, row] of rows.entries()) {
    const group = groups.at(-1);
    if (!isShown(row) || !isMessage(row)) {
      continue;
    }
    if (group && continues(row, index, group)) {
      groups[groups.length - 1] = { ...group, last: index, rows: [...group.rows, row] };
    } else {
      groups.push({ start: index, last: index, rows: [row] });
    }
  }
  return groups;
}

/** Rows of results and notices are no messages of their own. */
const isMessage = ({ role, content }: MessageRow): boolean =>
  content.some(({ type }) => typeof type === 'string' && shownTypes[role].includes(type));

const shownTypes: Readonly<Record<MessageRow['role'], readonly string[]>> = {
  user: ['text', 'image'],
  assistant: ['text', 'thinking', 'redactedThinking', 'reasoning', 'image', ...callTypes],
};

/** Whether an assistant's row is the rest of the answer before it: a later call of it, or its next row. */
function continues(row: MessageRow, index: number, { last, rows: [first] }: Group): boolean {
  if (row.role !== 'assistant' || first?.role !== 'assistant') {
    return false;
  }
  const call = row.content.find(({ type }) => type === 'toolRequest');
  const place = numberOf(recordOf(call?._meta)?.['goose.toolCall.providerIndex']) ?? 0;
  return place > 0 || (index === last + 1 && row.id !== undefined && row.id === first.id);
}

/** goose's ids, numbered where one comes twice: some model services give all answers the same. */
function uniqueIds(groups: readonly Group[]): readonly string[] {
  const counts = new Map<string, number>();
  return groups.map(({ start, rows }) => {
    const id = rows[0]?.id ?? `row-${start + 1}`;
    const count = (counts.get(id) ?? 0) + 1;
    counts.set(id, count);
    return count === 1 ? id : `${id}~${count}`;
  });
}

function place(group: Group, id: string, rows: readonly MessageRow[], next: Group | undefined): Placed {
  const { start } = group;
  const [head] = group.rows;
  const at = head && atOf(head.created);
  const base = { id: messageId(id), ...(at === undefined ? {} : { at }) };
  if (head?.role === 'user') {
    return { message: { ...base, ...prompt(head) }, start, end: start + 1 };
  }
  const rest = rows.slice(start, next?.start);
  const length = 1 + rest.findLastIndex((row) => group.rows.includes(row) || resultsIn(row).length > 0);
  const message = reply(group, resultsIn(...rest), next);
  return { message: { ...base, ...message }, start, end: start + length };
}

/** Seconds in all known versions, though goose itself allows for milliseconds. */
const atOf = (created: number): number => (created > 1e11 ? created : created * 1_000);

function prompt({ content }: MessageRow): Omit<Prompt, 'id'> {
  const texts = content.filter(({ type }) => type === 'text').flatMap(({ text }) => textOf(text) ?? []);
  return { kind: 'prompt', text: texts.join('\n'), attachments: content.flatMap(attachment) };
}

function attachment(item: JsonRecord): readonly Attachment[] {
  if (item.type !== 'image') {
    return [];
  }
  const mimeType = textOf(item.mimeType);
  const data = textOf(item.data);
  return [{ name: 'image', ...(mimeType ? { mimeType } : {}), ...(data ? { data } : {}) }];
}

function reply(
  { rows }: Group,
  results: ReadonlyArray<JsonRecord>,
  next: Group | undefined,
): Omit<Reply, 'id'> {
  const content = rows.flatMap((row) => row.content);
  const byCall = new Map(results.map((result) => [textOf(result.id), result]));
  const calls = content.filter(({ type }) => callTypes.includes(textOf(type) ?? ''));
  const finished = calls.every((call) => byCall.has(textOf(call.id)));
  const isOver = next !== undefined;
  const metadata = rows[0]?.metadata;
  return {
    kind: 'reply',
    parts: joinTexts(content.flatMap((item) => replyPart(item, byCall, isOver))),
    ...modelAndUsage(recordOf(metadata?.inference)?.requestedModel, usageOf(recordOf(metadata?.usage))),
    finished,
    endsTurn: finished && (isOver ? next.rows[0]?.role === 'user' : calls.length === 0),
  };
}

function replyPart(
  item: JsonRecord,
  results: ReadonlyMap<string | undefined, JsonRecord>,
  isOver: boolean,
): readonly ReplyPart[] {
  if (callTypes.includes(textOf(item.type) ?? '')) {
    return [toolCall(item, results.get(textOf(item.id)), isOver)];
  }
  const thinking = textOf(item.thinking);
  const text = textOf(item.text);
  if (thinking || item.type === 'reasoning') {
    return [{ kind: 'thinking', text: thinking ?? text ?? '' }];
  }
  return item.type === 'text' && text ? [{ kind: 'text', text }] : [];
}

const usageOf = (usage: JsonRecord | undefined): TokenUsage | undefined =>
  wholeUsage({ input: usage?.inputTokens, output: usage?.outputTokens, cacheRead: usage?.cacheReadTokens });
