import { recordOf, recordsOf, textOf, timeOf } from '../common/fields.ts';
import type { JsonRecord } from '../common/jsonl.ts';
import { isCommand, isCommandOutput, isInterruption, promptText } from './prompts.ts';

/**
 * What a record on the chain is to a reader. `command`: a slash command; whether the model was asked is known only
 * from what follows. `output`: what a local command printed. `boundary`: where a compaction begins.
 */
export type EntryKind =
  | 'prompt'
  | 'command'
  | 'reply'
  | 'results'
  | 'output'
  | 'interruption'
  | 'boundary'
  | 'other';

/** A record on the chain, as light as listing needs it. `record` is kept only when messages are to be read. */
export interface Entry {
  readonly line: number;
  readonly uuid: string;
  readonly parent?: string;
  readonly kind: EntryKind;
  readonly at?: number;
  /** Joins the records of one reply: the id of the model's response. */
  readonly reply?: string;
  readonly hasText?: boolean;
  /** Ids of tool calls that it makes, and of those whose results it holds. */
  readonly calls: readonly string[];
  readonly results: readonly string[];
  readonly stop?: string;
  /** How a prompt begins, for titles and previews. */
  readonly text?: string;
  readonly copiedFrom?: string;
  readonly requester?: string;
  readonly compaction?: Compaction;
  /** It bears a session id itself, not only something within it. */
  readonly named?: boolean;
  /** A record of the model's response, whatever a reader sees of it. */
  readonly byModel?: boolean;
  /** Of a type that the program passes over when it looks for the end of the chain. */
  readonly inert?: boolean;
  readonly record?: JsonRecord;
}

/** What a compaction kept word for word, in order, and the record before it. */
export interface Compaction {
  readonly preserved: readonly string[];
  readonly before?: string;
}

const chainTypes: ReadonlySet<unknown> = new Set(['user', 'assistant', 'system', 'attachment']);
const textLimit = 2000;
/** What the program puts where the model never answered a prompt. */
const placeholder = 'No response requested.';

/**
 * The entry of a record; undefined for what does not stand on the session's chain: records without a place in it,
 * and those of subagents (`isSidechain`). Format: Claude Code 2.1.329.
 */
export function entryOf(line: number, record: JsonRecord, keepRecord: boolean): Entry | undefined {
  const uuid = textOf(record.uuid);
  if (!uuid || !('parentUuid' in record) || record.isSidechain === true) {
    return undefined;
  }
  const parent = textOf(record.parentUuid);
  const at = timeOf(record.timestamp);
  const copiedFrom = textOf(recordOf(record.forkedFrom)?.sessionId);
  const requester = textOf(record.requestSessionId);
  return {
    line,
    uuid,
    ...(parent && { parent }),
    ...(at !== undefined && { at }),
    ...(copiedFrom && { copiedFrom }),
    ...(requester && { requester }),
    ...contentOf(record, uuid),
    ...(typeof record.sessionId === 'string' && { named: true }),
    ...(record.type === 'assistant' && { byModel: true }),
    ...(!chainTypes.has(record.type) && { inert: true }),
    ...(keepRecord && { record }),
  };
}

type Content = Pick<
  Entry,
  'kind' | 'calls' | 'results' | 'reply' | 'hasText' | 'stop' | 'text' | 'compaction'
>;

const other: Content = { kind: 'other', calls: [], results: [] };

function contentOf(record: JsonRecord, uuid: string): Content {
  switch (record.type) {
    case 'assistant':
      return replyContent(record, uuid);
    case 'user':
      return userContent(record);
    case 'system':
      return systemContent(record);
    default:
      return other;
  }
}

function replyContent(record: JsonRecord, uuid: string): Content {
  const message = recordOf(record.message);
  const blocks = recordsOf(message?.content);
  if (message?.model === '<synthetic>' && blocks[0]?.text === placeholder) {
    return other;
  }
  const stop = textOf(message?.stop_reason);
  return {
    kind: 'reply',
    reply: textOf(message?.id) ?? uuid,
    hasText: typeof message?.content === 'string' || blocks.some((block) => block.type === 'text'),
    calls: blocks.flatMap((block) => (block.type === 'tool_use' ? (textOf(block.id) ?? []) : [])),
    results: [],
    ...(stop && { stop }),
  };
}

function userContent(record: JsonRecord): Content {
  if (record.isMeta === true || record.isCompactSummary === true || record.promptSource === 'system') {
    return other;
  }
  const results = recordsOf(recordOf(record.message)?.content).flatMap((block) =>
    block.type === 'tool_result' ? (textOf(block.tool_use_id) ?? []) : [],
  );
  return results.length > 0 ? { kind: 'results', calls: [], results } : spokenContent(record);
}

function spokenContent(record: JsonRecord): Content {
  const text = promptText(record);
  if (isInterruption(text)) {
    return { ...other, kind: 'interruption' };
  }
  if (isCommandOutput(text)) {
    return { ...other, kind: 'output' };
  }
  const spoken = text !== '' || hasAttachment(record);
  return spoken
    ? { ...other, kind: isCommand(record) ? 'command' : 'prompt', text: text.slice(0, textLimit) }
    : other;
}

const hasAttachment = (record: JsonRecord): boolean =>
  recordsOf(recordOf(record.message)?.content).some(
    (block) => block.type === 'image' || block.type === 'document',
  );

function systemContent(record: JsonRecord): Content {
  if (record.subtype === 'compact_boundary') {
    return boundaryContent(record);
  }
  const isOutput = isCommandOutput(textOf(record.content) ?? '');
  return isOutput ? { ...other, kind: 'output' } : other;
}

function boundaryContent(record: JsonRecord): Content {
  const kept = recordOf(recordOf(record.compactMetadata)?.preservedMessages)?.uuids;
  const preserved = Array.isArray(kept) ? kept.filter((uuid) => typeof uuid === 'string') : [];
  const before = textOf(record.logicalParentUuid);
  return { ...other, kind: 'boundary', compaction: { preserved, ...(before && { before }) } };
}
