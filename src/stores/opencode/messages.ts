import {
  type Attachment,
  type Message,
  messageId,
  type Prompt,
  type Reply,
  type ReplyPart,
  type TokenUsage,
} from '../../core/model.ts';
import { recordOf, textOf } from '../common/fields.ts';
import type { JsonRecord } from '../common/jsonl.ts';
import type { ForeignDatabase } from '../common/sqlite.ts';
import { modelAndUsage, wholeUsage } from '../common/usage.ts';
import { type FullMessageRow, type MessageRow, partsOf, type SessionRow } from './rows.ts';
import { durationOf, toolCall } from './tools.ts';

/** The rows that are not taken back: OpenCode deletes the others with the next prompt. */
export function standingRows<Row extends MessageRow>(
  rows: readonly Row[],
  { revert }: SessionRow,
): readonly Row[] {
  const index = revert ? rows.findIndex((row) => row.id === revert.message) : -1;
  return index === -1 ? rows : rows.slice(0, revert?.part === undefined ? index : index + 1);
}

/** The messages of a session, one a row: OpenCode writes one assistant message for each answer of the model. */
export function readMessages(
  database: ForeignDatabase,
  rows: readonly FullMessageRow[],
  { revert }: SessionRow,
): readonly Message[] {
  return rows.map((row, index) => {
    const parts = partsOf(database, row.id);
    const isCompacted = index > 0 && rows[index - 1]?.data.summary === true;
    const message =
      row.role === 'user'
        ? prompt(row, parts)
        : reply(row, parts, rows[index + 1], row.id === revert?.message);
    return isCompacted ? { ...message, afterCompaction: true } : message;
  });
}

function prompt(row: FullMessageRow, parts: readonly JsonRecord[]): Prompt {
  return {
    kind: 'prompt',
    id: messageId(row.id),
    at: row.created,
    text: promptText(parts),
    attachments: parts.filter((part) => part.type === 'file').map(attachment),
  };
}

/** What the person typed. Synthetic texts are what OpenCode puts beside it: files, reminders. */
export function promptText(parts: readonly JsonRecord[]): string {
  const texts = parts.filter((part) => part.type === 'text');
  const typed = texts.filter((part) => part.synthetic !== true);
  const text = textsOf(typed.length > 0 ? typed : texts);
  if (text !== '') {
    return text;
  }
  const task = parts.find((part) => part.type === 'subtask');
  const isCompaction = parts.some((part) => part.type === 'compaction');
  return textOf(task?.prompt) ?? (isCompaction ? '/compact' : '');
}

const textsOf = (parts: readonly JsonRecord[]): string =>
  parts.flatMap((part) => textOf(part.text) ?? []).join('\n');

function attachment(part: JsonRecord): Attachment {
  const mimeType = textOf(part.mime);
  const url = textOf(part.url) ?? '';
  const data = /^data:[^,]*;base64,(.*)$/s.exec(url)?.[1];
  const path = textOf(recordOf(part.source)?.path);
  const name = textOf(part.filename) ?? path?.split(/[/\\]/).at(-1) ?? mimeType ?? 'attachment';
  return { name, ...(mimeType ? { mimeType } : {}), ...(data ? { data } : {}), ...(path ? { path } : {}) };
}

function reply(
  row: FullMessageRow,
  parts: readonly JsonRecord[],
  next: MessageRow | undefined,
  isTakenBack: boolean,
): Reply {
  const shown = parts.flatMap((part) => replyPart(part, row.completed || next !== undefined));
  const runs = shown.some((part) => part.kind === 'tool' && part.status === 'running');
  const finished = row.completed && !runs && !isTakenBack;
  return {
    kind: 'reply',
    id: messageId(row.id),
    at: row.created,
    parts: shown,
    ...modelAndUsage(row.data.modelID, usageOf(recordOf(row.data.tokens))),
    finished,
    endsTurn: finished && endsTurn(row, next),
  };
}

/** Before a prompt the turn is over whatever the reply says; at the end, unless it asks for tools. */
export const endsTurn = (row: MessageRow, next: MessageRow | undefined): boolean =>
  row.completed && (next ? next.role === 'user' : row.failed || !wantsMore(row));

const wantsMore = ({ finish }: MessageRow): boolean =>
  finish === undefined || finish === 'tool-calls' || finish === 'unknown';

function replyPart(part: JsonRecord, isOver: boolean): readonly ReplyPart[] {
  if (part.type === 'tool') {
    return [toolCall(part, isOver)];
  }
  const text = textOf(part.text);
  if (!text || (part.type !== 'text' && part.type !== 'reasoning')) {
    return [];
  }
  const duration = durationOf(recordOf(part.time));
  return part.type === 'text'
    ? [{ kind: 'text', text }]
    : [{ kind: 'thinking', text, ...(duration === undefined ? {} : { durationMs: duration }) }];
}

const usageOf = (tokens: JsonRecord | undefined): TokenUsage | undefined =>
  wholeUsage({ input: tokens?.input, output: tokens?.output, cacheRead: recordOf(tokens?.cache)?.read });
