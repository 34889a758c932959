import {
  type Attachment,
  type Message,
  messageId,
  type Prompt,
  type Reply,
  type ReplyPart,
  type TokenUsage,
} from '../../core/model.ts';
import { recordOf, recordsOf, textOf, timeOf } from '../common/fields.ts';
import type { JsonRecord } from '../common/jsonl.ts';
import type { Placed } from '../common/placed.ts';
import { joinTexts } from '../common/transcript.ts';
import { modelAndUsage, partialUsage } from '../common/usage.ts';
import { type GeminiRecord, partsOf } from './records.ts';
import { responsesIn, toolCall } from './tools.ts';

/** The messages of a conversation. What the agent tells the model of itself, and notices, are passed over. */
export function readMessages(records: readonly GeminiRecord[]): readonly Placed[] {
  const heads = records.flatMap((record, start) =>
    isPrompt(record) || isReply(record) ? [{ record, start }] : [],
  );
  return heads.map(({ record, start }, index): Placed => {
    const next = heads[index + 1];
    return isReply(record)
      ? placeReply(record, start, records.slice(start + 1, next?.start), next?.record)
      : { message: prompt(record), start, end: start + 1 };
  });
}

// Put before the person's words by the agent itself (0.61.0), and not shown by it.
const ownContext = /^\s*<(session|hook)_context>/;

function isPrompt({ json }: GeminiRecord): boolean {
  const text = promptText(json);
  const hasMore = partsOf(json.content).some((part) => part.inlineData || part.fileData);
  return json.type === 'user' && !ownContext.test(text) && (text.trim() !== '' || hasMore);
}

function isReply({ json }: GeminiRecord): boolean {
  const hasContent = partsOf(json.content).some((part) => part.functionCall || textOf(part.text)?.trim());
  return json.type === 'gemini' && (hasContent || [json.toolCalls, json.thoughts].some(isFilled));
}

const isFilled = (value: unknown): boolean => Array.isArray(value) && value.length > 0;

/** As the person typed it, where the agent keeps that apart from what it made of it. */
const promptText = ({ displayContent, content }: JsonRecord): string =>
  textIn(displayContent) || textIn(content);

const textIn = (content: unknown): string =>
  partsOf(content)
    .flatMap((part) => textOf(part.text) ?? [])
    .join('');

function prompt(record: GeminiRecord): Prompt {
  return {
    kind: 'prompt',
    id: messageId(record.id),
    ...timeAndLines([record]),
    text: promptText(record.json),
    attachments: partsOf(record.json.content).flatMap(attachment),
  };
}

function attachment(part: JsonRecord): readonly Attachment[] {
  const inline = recordOf(part.inlineData);
  const source = inline ?? recordOf(part.fileData);
  if (!source) {
    return [];
  }
  const mimeType = textOf(source.mimeType);
  const data = textOf(inline?.data);
  const path = textOf(source.fileUri);
  const name = textOf(source.displayName) ?? path?.split('/').at(-1) ?? mimeType ?? 'attachment';
  return [{ name, ...(mimeType ? { mimeType } : {}), ...(data ? { data } : {}), ...(path ? { path } : {}) }];
}

/** `rest`: the records up to the next message. `next`: the record of that message, absent at the end. */
function placeReply(
  record: GeminiRecord,
  start: number,
  rest: readonly GeminiRecord[],
  next: GeminiRecord | undefined,
): Placed {
  const { json } = record;
  const calls = callsOf(json);
  const resultRecords = rest.filter(
    ({ json: { type, content } }) => type === 'user' && responsesIn(content).length > 0,
  );
  const later = resultRecords.flatMap(({ json: { content } }) => responsesIn(content));
  const results = calls.map((call) => resultsOf(call, later));
  const end = start + 1 + Math.max(0, ...resultRecords.map((result) => rest.indexOf(result) + 1));
  const finished = results.every((found) => found.length > 0);
  const message: Reply = {
    kind: 'reply',
    id: messageId(record.id),
    ...timeAndLines([record, ...resultRecords.slice(0, 1)]),
    parts: joinTexts([
      ...thinkingOf(json),
      ...partsOf(json.content).flatMap(textPart),
      ...calls.map((call, index) => toolCall(call, results[index] ?? [])),
    ]),
    ...modelAndUsage(json.model, usageOf(recordOf(json.tokens))),
    finished,
    endsTurn: finished && (next ? !isReply(next) : calls.length === 0),
  };
  return { message, start, end };
}

/** The agent keeps calls beside the content; after a resume they stand in it too. */
function callsOf(json: JsonRecord): readonly JsonRecord[] {
  const told = recordsOf(json.toolCalls);
  const known = new Set(told.map(({ id }) => id));
  const inContent = partsOf(json.content).flatMap((part) => {
    const call = recordOf(part.functionCall);
    return call && !known.has(call.id) ? [call] : [];
  });
  return [...told, ...inContent];
}

/** A later record repeats the result that stands in the call, or is the only one that tells it. */
function resultsOf(call: JsonRecord, later: readonly JsonRecord[]): readonly JsonRecord[] {
  const own = responsesIn(call.result).filter(({ id }) => id === undefined || id === call.id);
  return own.length > 0 ? own : later.filter(({ id }) => id === call.id).slice(0, 1);
}

function thinkingOf(json: JsonRecord): readonly ReplyPart[] {
  if (partsOf(json.content).some((part) => part.thought === true)) {
    return [];
  }
  return recordsOf(json.thoughts).map(({ subject, description }) => ({
    kind: 'thinking',
    text: [textOf(subject), textOf(description)].filter((text) => text).join('\n'),
  }));
}

function textPart(part: JsonRecord): readonly ReplyPart[] {
  const text = textOf(part.text);
  return text ? [{ kind: part.thought === true ? 'thinking' : 'text', text }] : [];
}

const usageOf = (tokens: JsonRecord | undefined): TokenUsage | undefined =>
  partialUsage({ input: tokens?.input, output: tokens?.output, cacheRead: tokens?.cached });

function timeAndLines(records: readonly [GeminiRecord, ...GeminiRecord[]]): Pick<Message, 'at' | 'lines'> {
  const at = timeOf(records[0].json.timestamp);
  return {
    ...(at === undefined ? {} : { at }),
    lines: {
      first: Math.min(...records.map(({ first }) => first)),
      last: Math.max(...records.map(({ last }) => last)),
    },
  };
}
