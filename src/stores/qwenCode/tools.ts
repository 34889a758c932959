import type { ToolAction, ToolCall } from '../../core/model.ts';
import { recordOf, textOf } from '../common/fields.ts';
import { editsOf, responseText } from '../common/geminiTools.ts';
import type { JsonRecord } from '../common/jsonl.ts';
import { actionOf, firstText, inputText } from '../common/tools.ts';

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
  const action = actionOf(actions, name);
  const args = recordOf(call.args) ?? {};
  const edits = action === 'edit' ? editsOf(name, args, result?.outcome?.resultDisplay) : [];
  return {
    kind: 'tool',
    id: textOf(call.id) ?? name,
    name,
    action,
    target: firstText(args, targetFields[action]) ?? name,
    input: inputText(action, args),
    output: result ? responseText(result.response) : '',
    status: result ? statusOf(result) : isOpen ? 'running' : 'stopped',
    ...(edits.length > 0 ? { edits } : {}),
  };
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
