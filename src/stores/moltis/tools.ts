import type { FileEdit, ToolAction, ToolCall } from '../../core/model.ts';
import { recordOf, textOf } from '../common/fields.ts';
import { type JsonRecord, parseRecord } from '../common/jsonl.ts';
import { actionOf, inputText, pretty } from '../common/tools.ts';

// The tools of Moltis 20260820.01.
const actions: Readonly<Record<string, ToolAction>> = {
  Read: 'read',
  read_file: 'read',
  list_files: 'read',
  Edit: 'edit',
  MultiEdit: 'edit',
  Write: 'edit',
  write_file: 'edit',
  apply_patch: 'edit',
  exec: 'run',
  process: 'run',
  Glob: 'search',
  Grep: 'search',
  memory_search: 'search',
  web_search: 'search',
  web_fetch: 'fetch',
  browser: 'fetch',
};

const targetFields: Readonly<Record<ToolAction, readonly string[]>> = {
  read: ['file_path', 'path'],
  edit: ['file_path', 'path'],
  run: ['command'],
  search: ['pattern', 'query'],
  fetch: ['url'],
  other: ['label', 'task', 'name', 'prompt'],
};

/** A call as a reply holds it: `{id, function: {name, arguments}}`, the arguments as JSON text. */
export interface CallRecord {
  readonly id: string;
  readonly record: JsonRecord;
}

/** A tool call with its result when there is one. `isOpen`: without a result it may still run. */
export function toolCall(
  { id, record }: CallRecord,
  result: JsonRecord | undefined,
  isOpen: boolean,
): ToolCall {
  const called = recordOf(record.function);
  const name = textOf(called?.name) ?? textOf(result?.tool_name) ?? 'tool';
  const action = actionOf(actions, name);
  const args = parseRecord(textOf(called?.arguments) ?? '') ?? recordOf(result?.arguments) ?? {};
  const edits = action === 'edit' ? editsOf(args) : [];
  return {
    kind: 'tool',
    id,
    name,
    action,
    target: targetFields[action].flatMap((field) => textOf(args[field]) ?? [])[0] ?? name,
    input: inputText(action, args),
    output: result ? outputOf(result) : '',
    status: result ? (result.success === false ? 'failed' : 'done') : isOpen ? 'running' : 'stopped',
    ...(edits.length > 0 ? { edits } : {}),
  };
}

/** What a command printed, or the result as JSON. Records of role `tool` hold a plain text. */
function outputOf(record: JsonRecord): string {
  const error = textOf(record.error);
  const content = textOf(record.content) ?? textOf(record.result);
  const result = recordOf(record.result);
  const printed = [textOf(result?.stdout), textOf(result?.stderr)].filter((text) => text);
  const shown = printed.length > 0 || result?.exit_code === 0 ? printed.join('\n') : result && pretty(result);
  return [content ?? shown, error].filter((text) => text).join('\n');
}

function editsOf(args: JsonRecord): readonly FileEdit[] {
  const path = textOf(args.file_path) ?? textOf(args.path);
  const content = textOf(args.content);
  if (path === undefined) {
    return [];
  }
  if (content !== undefined) {
    return [{ path, before: '', after: content }];
  }
  const before = textOf(args.old_string);
  const after = textOf(args.new_string);
  return before === undefined || after === undefined ? [] : [{ path, before, after }];
}
