import {
  type Attachment,
  messageId,
  type Prompt,
  type Reply,
  type ReplyPart,
  type TokenUsage,
} from '../../core/model.ts';
import { recordOf, recordsOf, textOf } from '../common/fields.ts';
import type { JsonRecord } from '../common/jsonl.ts';
import { type Placed, timeAndLines } from '../common/placed.ts';
import { joinTexts } from '../common/transcript.ts';
import { modelAndUsage, partialUsage } from '../common/usage.ts';
import { isMessage, roleOf } from './chain.ts';
import type { PiRecord } from './records.ts';
import { contentText, toolCall } from './tools.ts';

/** The messages of a chain, labels and settings passed over. */
export function readMessages(chain: readonly PiRecord[]): readonly Placed[] {
  const heads = chain.flatMap((record, start) => (isMessage(record) ? [{ record, start }] : []));
  return heads.map(({ record, start }, index): Placed => {
    const next = heads[index + 1];
    const before = chain.slice((heads[index - 1]?.start ?? -1) + 1, start);
    const placed = isReply(record)
      ? placeReply(record, start, chain.slice(start + 1, next?.start), next?.record)
      : { message: prompt(record), start, end: start + 1 };
    const message = before.some(isCompaction) ? { ...placed.message, afterCompaction: true } : placed.message;
    return { ...placed, message };
  });
}

const isReply = (record: PiRecord): boolean => roleOf(record) === 'assistant';

/** Whether the record puts a summary in place of what is before it. */
export const isCompaction = (record: PiRecord): boolean => record.type === 'compaction';

const bodyOf = (record: PiRecord): JsonRecord => recordOf(record.json.message) ?? record.json;

function prompt(record: PiRecord): Prompt {
  const body = bodyOf(record);
  return {
    kind: 'prompt',
    id: messageId(record.id),
    ...timeAndLines([record]),
    text: body.role === 'bashExecution' ? shellText(body) : contentText(body.content),
    attachments: recordsOf(body.content).flatMap(attachment),
  };
}

/** A command that the person ran: pi tells the model of it with the next prompt. */
function shellText(body: JsonRecord): string {
  const mark = body.excludeFromContext === true ? '!!' : '!';
  return [`${mark}${textOf(body.command) ?? ''}`, textOf(body.output) ?? ''].join('\n').trim();
}

function attachment(block: JsonRecord, index: number): readonly Attachment[] {
  if (block.type !== 'image') {
    return [];
  }
  const mimeType = textOf(block.mimeType);
  const data = textOf(block.data);
  return [{ name: `image ${index + 1}`, ...(mimeType ? { mimeType } : {}), ...(data ? { data } : {}) }];
}

/** `rest`: the records up to the next message. `next`: the record of that message, absent at the end of the chain. */
function placeReply(
  record: PiRecord,
  start: number,
  rest: readonly PiRecord[],
  next: PiRecord | undefined,
): Placed {
  const body = bodyOf(record);
  const results = new Map(
    rest.flatMap((candidate, offset) =>
      roleOf(candidate) === 'toolResult'
        ? [[bodyOf(candidate).toolCallId, { body: bodyOf(candidate), offset }] as const]
        : [],
    ),
  );
  const blocks = recordsOf(body.content);
  const calls = blocks.filter(({ type }) => type === 'toolCall');
  const found = calls.flatMap((call) => results.get(call.id) ?? []);
  const length = Math.max(0, ...found.map(({ offset }) => offset + 1));
  const finished = found.length === calls.length && !isCutOff(body);
  const message: Reply = {
    kind: 'reply',
    id: messageId(record.id),
    ...timeAndLines([record, ...rest.slice(0, length)]),
    parts: [
      ...joinTexts(blocks.flatMap((block) => replyPart(block, results.get(block.id)?.body))),
      ...errorPart(body),
    ],
    ...modelAndUsage(body.model, usageOf(recordOf(body.usage))),
    finished,
    endsTurn: finished && (next ? !isReply(next) : calls.length === 0),
  };
  return { message, start, end: start + 1 + length };
}

/** pi sends no reply to the model again that broke off. */
const isCutOff = ({ stopReason }: JsonRecord): boolean => stopReason === 'error' || stopReason === 'aborted';

const errorPart = ({ stopReason, errorMessage }: JsonRecord): readonly ReplyPart[] =>
  stopReason === 'error' && textOf(errorMessage) ? [{ kind: 'text', text: textOf(errorMessage) ?? '' }] : [];

function replyPart(block: JsonRecord, result: JsonRecord | undefined): readonly ReplyPart[] {
  if (block.type === 'toolCall') {
    return [toolCall(block, result)];
  }
  const text = block.type === 'thinking' ? textOf(block.thinking) : textOf(block.text);
  return text ? [{ kind: block.type === 'thinking' ? 'thinking' : 'text', text }] : [];
}

const usageOf = (usage: JsonRecord | undefined): TokenUsage | undefined =>
  partialUsage({ input: usage?.input, output: usage?.output, cacheRead: usage?.cacheRead });
