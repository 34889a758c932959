import {
  type Message,
  messageId,
  type Prompt,
  type Reply,
  type ReplyPart,
  type TokenUsage,
  type ToolCall,
} from '../../core/model.ts';
import { numberOf, recordOf, recordsOf, textOf } from '../common/fields.ts';
import type { JsonRecord } from '../common/jsonl.ts';
import type { Entry } from './entries.ts';
import type { Group } from './groups.ts';
import { attachmentsOf, promptText } from './prompts.ts';
import { toolRow } from './tools.ts';

/**
 * A message as people read it, from entries that were scanned with their records. `running` says whether the
 * program may still be at work on calls without a result.
 */
export function messageOf(group: Group, running: boolean): Message {
  return group.kind === 'prompt' ? promptOf(group) : replyOf(group, running);
}

function promptOf(group: Group): Prompt {
  const record = group.entries[0]?.record ?? {};
  return { ...base(group), kind: 'prompt', text: promptText(record), attachments: attachmentsOf(record) };
}

function replyOf(group: Group, running: boolean): Reply {
  const messages = group.entries.map(({ record }) => recordOf(record?.message));
  const model = textOf(messages[0]?.model);
  const usage = usageOf(recordOf(messages.at(-1)?.usage));
  return {
    ...base(group),
    kind: 'reply',
    parts: group.entries.flatMap((entry) => partsOf(entry, group, running)),
    ...(model && { model }),
    ...(usage && { usage }),
    finished: group.finished,
    endsTurn: group.endsTurn,
  };
}

function base(group: Group) {
  const at = group.entries[0]?.at;
  const lines = [...group.entries, ...group.results].map(({ line }) => line);
  return {
    id: messageId(group.id),
    ...(at !== undefined && { at }),
    lines: { first: Math.min(...lines), last: Math.max(...lines) },
    ...(group.afterCompaction && { afterCompaction: true }),
  };
}

/** `input` counts all that the model read, `cacheRead` the share of it that came from the prompt cache. */
function usageOf(usage: JsonRecord | undefined): TokenUsage | undefined {
  const fresh = numberOf(usage?.input_tokens);
  const output = numberOf(usage?.output_tokens);
  if (fresh === undefined || output === undefined) {
    return undefined;
  }
  const cacheRead = numberOf(usage?.cache_read_input_tokens) ?? 0;
  const written = numberOf(usage?.cache_creation_input_tokens) ?? 0;
  return { input: fresh + written + cacheRead, output, ...(cacheRead > 0 && { cacheRead }) };
}

function partsOf(entry: Entry, group: Group, running: boolean): readonly ReplyPart[] {
  const content = recordOf(entry.record?.message)?.content;
  if (typeof content === 'string') {
    return [{ kind: 'text', text: content }];
  }
  return recordsOf(content).flatMap((block) => partOf(block, entry, group, running) ?? []);
}

function partOf(block: JsonRecord, entry: Entry, group: Group, running: boolean): ReplyPart | undefined {
  switch (block.type) {
    case 'text':
      return { kind: 'text', text: textOf(block.text) ?? '' };
    case 'thinking': {
      const durationMs = numberOf(entry.record?.thinkingDurationMs);
      const text = textOf(block.thinking) ?? '';
      return text === ''
        ? undefined
        : { kind: 'thinking', text, ...(durationMs !== undefined && { durationMs }) };
    }
    case 'tool_use':
      return toolCall(block, entry, group, running);
    default:
      return undefined;
  }
}

function toolCall(block: JsonRecord, call: Entry, group: Group, running: boolean): ToolCall {
  const id = textOf(block.id) ?? '';
  const name = textOf(block.name) ?? '';
  const holder = group.results.find((entry) => entry.results.includes(id));
  const result = recordsOf(recordOf(holder?.record?.message)?.content).find(
    (candidate) => candidate.tool_use_id === id,
  );
  const details = recordOf(holder?.record?.toolUseResult);
  const durationMs = durationOf(call, holder, details);
  return {
    kind: 'tool',
    id,
    name,
    ...toolRow(name, recordOf(block.input) ?? {}, details),
    output: outputOf(result?.content),
    status: statusOf(result, details, running),
    ...(durationMs !== undefined && { durationMs }),
  };
}

function outputOf(content: unknown): string {
  if (typeof content === 'string') {
    return content;
  }
  return recordsOf(content)
    .map((block) => textOf(block.text) ?? `[${textOf(block.type) ?? 'data'}]`)
    .join('\n');
}

const refusal = /^(?:The user doesn't want to (?:proceed|take this action)|\[Request interrupted by user)/;

function statusOf(
  result: JsonRecord | undefined,
  details: JsonRecord | undefined,
  running: boolean,
): ToolCall['status'] {
  if (!result) {
    return running ? 'running' : 'stopped';
  }
  if (details?.interrupted === true || refusal.test(outputOf(result.content))) {
    return 'stopped';
  }
  return result.is_error === true ? 'failed' : 'done';
}

/** As the tool itself says, else from when it was called to when its result was written. */
function durationOf(
  call: Entry,
  holder: Entry | undefined,
  details: JsonRecord | undefined,
): number | undefined {
  const told = numberOf(details?.durationMs) ?? numberOf(details?.totalDurationMs);
  if (told !== undefined || call.at === undefined || holder?.at === undefined) {
    return told;
  }
  return Math.max(0, holder.at - call.at);
}
