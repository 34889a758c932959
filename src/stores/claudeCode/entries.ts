import { recordOf, recordsOf, textOf, timeOf } from '../common/fields.ts';
import type { JsonRecord, TextLine } from '../common/jsonl.ts';
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

/**
 * A record on the chain, as light as listing needs it. All members always stand there, in one order: there are
 * hundreds of thousands.
 */
export interface Entry extends Content {
  readonly line: number;
  /** The bytes of the file before its line, and before its line's end. */
  readonly start: number;
  readonly end: number;
  readonly uuid: string;
  readonly parent: string | undefined;
  readonly at: number | undefined;
  readonly copiedFrom: string | undefined;
  readonly requester: string | undefined;
  /** It bears a session id itself, not only something within it. */
  readonly named: boolean;
  /** A record of the model's response, whatever a reader sees of it. */
  readonly byModel: boolean;
  /** Of a type that the program passes over when it looks for the end of the chain. */
  readonly inert: boolean;
  /** Kept only when messages are to be read. */
  readonly record: JsonRecord | undefined;
}

/** What a record says. */
interface Content {
  readonly kind: EntryKind;
  /** Joins the records of one reply: the id of the model's response. */
  readonly reply: string | undefined;
  readonly hasText: boolean;
  /** Ids of tool calls that it makes, and of those whose results it holds. */
  readonly calls: readonly string[];
  readonly results: readonly string[];
  readonly stop: string | undefined;
  /** How a prompt begins, for titles and previews. */
  readonly text: string | undefined;
  readonly compaction: Compaction | undefined;
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
 * and those of subagents (`isSidechain`). `previous` is the entry before it in the file. Format: Claude Code 2.1.329.
 */
export function entryOf(
  { number, start, end }: TextLine,
  record: JsonRecord,
  keepRecord: boolean,
  previous: Entry | undefined,
): Entry | undefined {
  const uuid = textOf(record.uuid);
  if (!uuid || !('parentUuid' in record) || record.isSidechain === true) {
    return undefined;
  }
  const content = contentOf(record, uuid);
  return {
    line: number,
    start,
    end,
    uuid,
    parent: shared(textOf(record.parentUuid), previous?.uuid) || undefined,
    at: timeOf(record.timestamp),
    kind: content.kind,
    reply: shared(content.reply, previous?.reply),
    hasText: content.hasText,
    calls: content.calls,
    results: content.results,
    stop: content.stop,
    text: content.text,
    compaction: content.compaction,
    copiedFrom: textOf(recordOf(record.forkedFrom)?.sessionId) || undefined,
    requester: textOf(record.requestSessionId) || undefined,
    named: typeof record.sessionId === 'string',
    byModel: record.type === 'assistant',
    inert: !chainTypes.has(record.type),
    record: keepRecord ? record : undefined,
  };
}

/** The same text; of two equal ones the known one, so that one of them takes memory. */
const shared = (text: string | undefined, known: string | undefined): string | undefined =>
  text === known ? known : text;

const nothing: readonly string[] = [];
const other: Content = {
  kind: 'other',
  reply: undefined,
  hasText: false,
  calls: nothing,
  results: nothing,
  stop: undefined,
  text: undefined,
  compaction: undefined,
};

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
  return {
    kind: 'reply',
    reply: textOf(message?.id) ?? uuid,
    hasText: typeof message?.content === 'string' || blocks.some((block) => block.type === 'text'),
    calls: idsOf(blocks, 'tool_use', 'id'),
    results: nothing,
    stop: textOf(message?.stop_reason) || undefined,
    text: undefined,
    compaction: undefined,
  };
}

function idsOf(blocks: readonly JsonRecord[], type: string, member: string): readonly string[] {
  const ids: string[] = [];
  for (const block of blocks) {
    const id = block.type === type ? textOf(block[member]) : undefined;
    if (id !== undefined) {
      ids.push(id);
    }
  }
  return ids.length > 0 ? ids : nothing;
}

function userContent(record: JsonRecord): Content {
  if (record.isMeta === true || record.isCompactSummary === true || record.promptSource === 'system') {
    return other;
  }
  const results = idsOf(recordsOf(recordOf(record.message)?.content), 'tool_result', 'tool_use_id');
  return results.length > 0 ? { ...other, kind: 'results', results } : spokenContent(record);
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
