import type { LiveToolCall } from '../../core/liveAgent.ts';
import type { FileEdit, ToolAction } from '../../core/model.ts';
import type { ChatEventOf } from './schema.ts';

// The tools of Moltis 20260820.01 that do more than their name says.
const actions: ReadonlyMap<string, ToolAction> = new Map([
  ['Read', 'read'],
  ['Edit', 'edit'],
  ['MultiEdit', 'edit'],
  ['Write', 'edit'],
  ['exec', 'run'],
  ['process', 'run'],
  ['Glob', 'search'],
  ['Grep', 'search'],
  ['memory_search', 'search'],
  ['web_search', 'search'],
  ['web_fetch', 'fetch'],
  ['browser', 'fetch'],
]);

/** Inputs by which a person knows a call, the most telling first. */
const telling = ['command', 'pattern', 'query', 'url', 'file_path', 'path', 'label', 'task'] as const;

export function startedCall(event: ChatEventOf<'tool_call_start'>): LiveToolCall {
  const action = actions.get(event.toolName) ?? 'other';
  const args = event.arguments;
  const edits = action === 'edit' ? editsOf(args) : [];
  return {
    id: event.toolCallId,
    name: event.toolName,
    action,
    target: telling.flatMap((key) => field(args, key) ?? [])[0] ?? event.toolName,
    input: (action === 'run' ? field(args, 'command') : undefined) ?? pretty(args),
    status: 'running',
    ...(edits.length > 0 ? { edits } : {}),
  };
}

export function endedCall(event: ChatEventOf<'tool_call_end'>): LiveToolCall {
  const failed = event.error && (event.error.detail ?? event.error.message ?? event.error.title);
  return {
    id: event.toolCallId,
    name: event.toolName,
    output: [outputOf(event.result), failed].filter((text) => text).join('\n'),
    status: event.success ? 'done' : 'failed',
  };
}

/** The call that waits for a person's word. */
export const commandCall = (id: string, command: string): LiveToolCall => ({
  id,
  name: 'exec',
  action: 'run',
  target: command,
  input: command,
  status: 'running',
});

/** What a command printed, or the result as JSON. */
function outputOf(result: unknown): string {
  if (result === undefined || typeof result === 'string') {
    return result ?? '';
  }
  const printed = [field(result, 'stdout'), field(result, 'stderr')].filter((text) => text);
  const isSilent = typeof result === 'object' && result !== null && Reflect.get(result, 'exit_code') === 0;
  return printed.length > 0 || isSilent ? printed.join('\n') : pretty(result);
}

function editsOf(args: unknown): readonly FileEdit[] {
  const path = field(args, 'file_path') ?? field(args, 'path');
  const after = field(args, 'content') ?? field(args, 'new_string');
  return path === undefined || after === undefined
    ? []
    : [{ path, before: field(args, 'old_string') ?? '', after }];
}

const pretty = (value: unknown): string => JSON.stringify(value ?? {}, undefined, 2);

function field(value: unknown, key: string): string | undefined {
  const found: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
  return typeof found === 'string' ? found : undefined;
}
