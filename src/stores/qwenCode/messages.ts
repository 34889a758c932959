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
import { isMessage, type RecordNode } from './chain.ts';
import { type ToolResult, toolCall } from './tools.ts';

/**
 * The messages of a chain. Every user record is a prompt (background notices too: the model receives them as one), every
 * assistant record a reply. `isLive`: an agent works on the session, so that calls at its end still run.
 */
export function readMessages(chain: readonly RecordNode[], isLive = false): readonly Placed[] {
  const heads = chain.flatMap((record, start) => (isMessage(record) ? [{ record, start }] : []));
  return heads.map(({ record, start }, index): Placed => {
    const next = heads[index + 1];
    const before = chain.slice((heads[index - 1]?.start ?? -1) + 1, start);
    const placed =
      record.type === 'user'
        ? { message: prompt(record), start, end: start + 1 }
        : placeReply(record, start, chain.slice(start + 1, next?.start), next?.record, isLive);
    const message = before.some(isCompaction) ? { ...placed.message, afterCompaction: true } : placed.message;
    return { ...placed, message };
  });
}

/** Whether the record puts a summary in place of all before it. */
export const isCompaction = (record: RecordNode): boolean =>
  record.type === 'system' &&
  record.subtype === 'chat_compression' &&
  recordOf(record.json.systemPayload)?.compressedHistory !== undefined;

function prompt(record: RecordNode): Prompt {
  const parts = partsOf(record);
  const shown = textOf(recordOf(record.json.systemPayload)?.displayText);
  return {
    kind: 'prompt',
    id: messageId(record.uuid),
    ...timeAndLines([record]),
    text: shown || parts.flatMap((part) => textOf(part.text) ?? []).join('\n'),
    attachments: parts.flatMap(attachment),
  };
}

/** The text of a user record as a person reads it. */
export const promptText = (record: RecordNode): string => prompt(record).text;

function attachment(part: JsonRecord): readonly Attachment[] {
  const inline = recordOf(part.inlineData);
  const file = recordOf(part.fileData);
  const source = inline ?? file;
  if (!source) {
    return [];
  }
  const mimeType = textOf(source.mimeType);
  const data = textOf(inline?.data);
  const path = textOf(file?.fileUri);
  const name = textOf(source.displayName) ?? path?.split('/').at(-1) ?? mimeType ?? 'attachment';
  return [{ name, ...(mimeType ? { mimeType } : {}), ...(data ? { data } : {}), ...(path ? { path } : {}) }];
}

/** `rest`: the records up to the next message. `next`: the record of that message, absent at the end of the chain. */
function placeReply(
  record: RecordNode,
  start: number,
  rest: readonly RecordNode[],
  next: RecordNode | undefined,
  isLive: boolean,
): Placed<Reply> {
  const parts = partsOf(record);
  const calls = parts.flatMap((part) => some(recordOf(part.functionCall)));
  const results = matchResults(calls, rest);
  const length = Math.max(0, ...results.map((result) => (result ? result.offset + 1 : 0)));
  const matched = new Map(calls.map((call, index) => [call, results[index]]));
  const isOpen = isLive && next === undefined;
  const finished = results.every((result) => result !== undefined);
  const message: Reply = {
    kind: 'reply',
    id: messageId(record.uuid),
    ...timeAndLines([record, ...rest.slice(0, length)]),
    parts: joinTexts(parts.flatMap((part) => replyPart(part, matched, isOpen))),
    ...modelAndUsage(record.json.model, usageOf(recordOf(record.json.usageMetadata))),
    finished,
    endsTurn: finished && isTurnOver(calls.length > 0, next),
  };
  return { message, start, end: start + 1 + length };
}

/** Without calls the agent is done. With calls only a later prompt says that it was stopped there. */
function isTurnOver(hasCalls: boolean, next: RecordNode | undefined): boolean {
  return next === undefined
    ? !hasCalls
    : next.type === 'user' && !(hasCalls && next.subtype === 'mid_turn_user_message');
}

type FoundResult = ToolResult & { readonly offset: number };

/** For each call its result: by id, else (older versions wrote none) the next one of the same name. */
function matchResults(
  calls: readonly JsonRecord[],
  records: readonly RecordNode[],
): readonly (FoundResult | undefined)[] {
  const open = records.flatMap((record, offset) =>
    record.type === 'tool_result' ? responsesOf(record, offset) : [],
  );
  return calls.map((call) => {
    const key = call.id === undefined ? 'name' : 'id';
    const index = open.findIndex((result) => result.response[key] === call[key]);
    return index < 0 ? undefined : open.splice(index, 1)[0];
  });
}

function responsesOf(record: RecordNode, offset: number): readonly FoundResult[] {
  const outcome = recordOf(record.json.toolCallResult);
  return partsOf(record)
    .flatMap((part) => some(recordOf(part.functionResponse)))
    .map((response) => ({ response, offset, ...(outcome ? { outcome } : {}) }));
}

function replyPart(
  part: JsonRecord,
  results: ReadonlyMap<JsonRecord, ToolResult | undefined>,
  isOpen: boolean,
): readonly ReplyPart[] {
  const call = recordOf(part.functionCall);
  if (call) {
    return [toolCall(call, results.get(call), isOpen)];
  }
  const text = textOf(part.text);
  return text ? [{ kind: part.thought === true ? 'thinking' : 'text', text }] : [];
}

const usageOf = (usage: JsonRecord | undefined): TokenUsage | undefined =>
  partialUsage({
    input: usage?.promptTokenCount,
    output: usage?.candidatesTokenCount,
    cacheRead: usage?.cachedContentTokenCount,
  });

const partsOf = (record: RecordNode): readonly JsonRecord[] =>
  record.fragments.flatMap((fragment) => recordsOf(recordOf(fragment.json.message)?.parts));

const some = <Value>(value: Value | undefined): readonly Value[] => (value === undefined ? [] : [value]);
