import type { FileEdit, ToolAction, ToolCall } from '../../core/model.ts';
import { recordOf, textOf } from '../shared/fields.ts';
import type { JsonRecord } from '../shared/jsonl.ts';

/** A tool's result: the part that the model received, and what the record says besides. */
export interface ToolResult {
  readonly response: JsonRecord;
  /** `toolCallResult` of the record: status, and for a written file its text before and after. */
  readonly outcome?: JsonRecord;
}

// The tools of @qwen-code/qwen-code 0.24.4, and their names in earlier versions.
const actions: Readonly<Record<string, ToolAction>> = {
  read_file: 'read',
  read_many_files: 'read',
  list_directory: 'read',
  zoom_image: 'read',
  read_mcp_resource: 'read',
  edit: 'edit',
  replace: 'edit',
  write_file: 'edit',
  notebook_edit: 'edit',
  run_shell_command: 'run',
  exec: 'run',
  monitor: 'run',
  grep_search: 'search',
  search_file_content: 'search',
  glob: 'search',
  web_search: 'search',
  google_web_search: 'search',
  tool_search: 'search',
  web_fetch: 'fetch',
};

const targetFields: Readonly<Record<ToolAction, readonly string[]>> = {
  read: ['file_path', 'absolute_path', 'path', 'uri'],
  edit: ['file_path', 'notebook_path', 'absolute_path', 'path'],
  run: ['command'],
  search: ['pattern', 'query'],
  fetch: ['url', 'prompt'],
  other: ['description', 'skill', 'name', 'title', 'prompt'],
};

/** A tool call of a reply, with its result when there is one. A call without a result runs or was stopped. */
export function toolCall(call: JsonRecord, result: ToolResult | undefined, isOpen: boolean): ToolCall {
  const name = textOf(call.name) ?? 'tool';
  const action = actions[name] ?? 'other';
  const args = recordOf(call.args) ?? {};
  const edits = action === 'edit' ? editsOf(name, args, result) : [];
  return {
    kind: 'tool',
    id: textOf(call.id) ?? name,
    name,
    action,
    target: targetOf(action, args, name),
    input: action === 'run' ? (textOf(args.command) ?? pretty(args)) : pretty(args),
    output: result ? outputOf(result.response) : '',
    status: result ? statusOf(result) : isOpen ? 'running' : 'stopped',
    ...(edits.length > 0 ? { edits } : {}),
  };
}

function targetOf(action: ToolAction, args: JsonRecord, name: string): string {
  for (const field of targetFields[action]) {
    const value = textOf(args[field]);
    if (value) {
      return value;
    }
  }
  return name;
}

function statusOf({ response, outcome }: ToolResult): ToolCall['status'] {
  switch (outcome?.status) {
    case 'success':
      return 'done';
    case 'cancelled':
      return 'stopped';
    case 'error':
      return 'failed';
    default:
      return recordOf(response.response)?.error === undefined ? 'done' : 'failed';
  }
}

function outputOf(response: JsonRecord): string {
  const body = recordOf(response.response);
  return textOf(body?.output) ?? textOf(body?.error) ?? (body ? pretty(body) : '');
}

function editsOf(name: string, args: JsonRecord, result: ToolResult | undefined): readonly FileEdit[] {
  const path = textOf(args.file_path) ?? textOf(args.absolute_path) ?? textOf(args.path);
  if (path === undefined) {
    return [];
  }
  if (name === 'write_file') {
    const before = textOf(recordOf(result?.outcome?.resultDisplay)?.originalContent);
    return [{ path, before: before ?? '', after: textOf(args.content) ?? '' }];
  }
  const before = textOf(args.old_string);
  const after = textOf(args.new_string);
  return before === undefined || after === undefined ? [] : [{ path, before, after }];
}

const pretty = (value: JsonRecord): string => JSON.stringify(value, undefined, 2);
