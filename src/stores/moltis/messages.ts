import { createHash } from 'node:crypto';
import {
  type Message,
  type MessageId,
  messageId,
  type Prompt,
  type Reply,
  type ReplyPart,
  type TokenUsage,
} from '../../core/model.ts';
import { numberOf, recordsOf, textOf } from '../common/fields.ts';
import type { JsonRecord } from '../common/jsonl.ts';
import type { Placed } from '../common/placed.ts';
import { modelAndUsage, wholeUsage } from '../common/usage.ts';
import type { Entry } from './history.ts';
import { attachmentsOf, contentText } from './prompts.ts';
import { type CallRecord, toolCall } from './tools.ts';

interface Group {
  readonly kind: 'prompt' | 'reply' | 'summary';
  readonly start: number;
  end: number;
  readonly records: JsonRecord[];
  readonly results: Map<string, JsonRecord>;
}

/**
 * The messages of a history (20260820.01). A call and its result stand side by side, one pair a call; a pair is a reply
 * of its own, since nothing says which calls one answer of the model asked for. Entries of the roles `system` and
 * `notice` are no messages, but the gateway counts them.
 */
export function readMessages(entries: readonly Entry[], histories: string): readonly Placed[] {
  const groups = grouped(entries);
  return groups.map((group, index) => {
    const next = groups[index + 1];
    const message = messageOf(group, next, entries, histories);
    const isCompacted = groups[index - 1]?.kind === 'summary';
    return {
      message: isCompacted ? { ...message, afterCompaction: true } : message,
      start: group.start,
      end: group.end,
    };
  });
}

function grouped(entries: readonly Entry[]): readonly Group[] {
  const groups: Group[] = [];
  for (const [index, { record }] of entries.entries()) {
    const last = groups.at(-1);
    if (record?.role === 'tool_result' || record?.role === 'tool') {
      addResult(last, record, index);
    } else if (record && last && isMoreCalls(last, record)) {
      last.records.push(record);
      last.end = index + 1;
    } else if (record) {
      const kind = kindOf(record);
      groups.push(...(kind ? [groupOf(kind, index, record)] : []));
    }
  }
  return groups;
}

const groupOf = (kind: Group['kind'], start: number, record: JsonRecord): Group => ({
  kind,
  start,
  end: start + 1,
  records: [record],
  results: new Map(),
});

// A compaction replaces what it sums up; the summary is a record of the person's role.
const summaryMark = /^\[Conversation (Summary|Compacted)\]/;

function kindOf(record: JsonRecord): Group['kind'] | undefined {
  if (record.role === 'user' || record.role === 'assistant') {
    return summaryMark.test(contentText(record)) ? 'summary' : record.role === 'user' ? 'prompt' : 'reply';
  }
  return undefined;
}

/** A result belongs to the reply that asked for it; one that nobody asked for is shown nowhere. */
function addResult(group: Group | undefined, record: JsonRecord, index: number): void {
  const id = textOf(record.tool_call_id);
  if (group && id !== undefined && callsOf(group).some((call) => call.id === id)) {
    group.results.set(id, record);
    group.end = index + 1;
  }
}

/** Calls that are written before the result of the last one were asked for together. */
const isMoreCalls = (group: Group, record: JsonRecord): boolean =>
  record.role === 'assistant' && callsIn(record).length > 0 && hasOpenCalls(group);

const hasOpenCalls = (group: Group): boolean => callsOf(group).some(({ id }) => !group.results.has(id));

const callsOf = (group: Group): readonly CallRecord[] => group.records.flatMap(callsIn);

const callsIn = (record: JsonRecord): readonly CallRecord[] =>
  recordsOf(record.tool_calls).map((call) => ({ id: textOf(call.id) ?? '', record: call }));

function messageOf(
  group: Group,
  next: Group | undefined,
  entries: readonly Entry[],
  histories: string,
): Message {
  const [record = {}] = group.records;
  const at = numberOf(record.created_at);
  const base = {
    id: idOf(group.start, record),
    ...(at === undefined ? {} : { at }),
    lines: { first: entries[group.start]?.line ?? 1, last: entries[group.end - 1]?.line ?? 1 },
  };
  return group.kind === 'prompt'
    ? { ...base, ...promptOf(record, histories) }
    : { ...base, ...replyOf(group, next) };
}

/**
 * An index means another message once the history was replaced, so what the record says goes into the id; not its JSON,
 * since a copy has its fields in another order.
 */
function idOf(index: number, record: JsonRecord): MessageId {
  const calls = callsIn(record).map(({ id }) => id);
  const said = JSON.stringify([textOf(record.role), contentText(record), numberOf(record.created_at), calls]);
  return messageId(`${index}-${createHash('sha256').update(said).digest('hex').slice(0, 12)}`);
}

const promptOf = (record: JsonRecord, histories: string): Pick<Prompt, 'kind' | 'text' | 'attachments'> => ({
  kind: 'prompt',
  text: contentText(record),
  attachments: attachmentsOf(record, histories),
});

function replyOf(group: Group, next: Group | undefined): Omit<Reply, 'id'> {
  const last = group.records.at(-1) ?? {};
  const finished = !hasOpenCalls(group);
  const isLastWord = group.kind === 'summary' || callsOf(group).length === 0;
  return {
    kind: 'reply',
    parts: group.records.flatMap((record) => partsOf(record, group, next === undefined)),
    ...modelAndUsage(last.model, usageOf(last)),
    finished,
    endsTurn: finished && (isLastWord ? next?.kind !== 'reply' : next?.kind === 'prompt'),
  };
}

function partsOf(record: JsonRecord, group: Group, isOpen: boolean): readonly ReplyPart[] {
  const calls = callsIn(record);
  const results = calls.map(({ id }) => group.results.get(id)).filter((result) => result !== undefined);
  const text = contentText(record);
  return [
    ...[record, ...results].flatMap(thinking),
    ...(text === '' ? [] : [{ kind: 'text', text } as const]),
    ...calls.map((call) => toolCall(call, group.results.get(call.id), isOpen)),
  ];
}

/** What the model thought before a call stands in the call's result. */
function thinking({ reasoning }: JsonRecord): readonly ReplyPart[] {
  const text = textOf(reasoning);
  return text ? [{ kind: 'thinking', text }] : [];
}

const usageOf = (record: JsonRecord): TokenUsage | undefined =>
  wholeUsage({ input: record.inputTokens, output: record.outputTokens, cacheRead: record.cacheReadTokens });
