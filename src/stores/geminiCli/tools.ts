import type { FileEdit, ToolAction, ToolCall } from '../../core/model.ts';
import { recordOf, textOf } from '../shared/fields.ts';
import type { JsonRecord } from '../shared/jsonl.ts';
import { partsOf } from './records.ts';

// The tools of @google/gemini-cli 0.61.0, and their names in earlier versions.
const actions: Readonly<Record<string, ToolAction>> = {
  read_file: 'read',
  read_many_files: 'read',
  list_directory: 'read',
  edit: 'edit',
  replace: 'edit',
  write_file: 'edit',
  run_shell_command: 'run',
  grep_search: 'search',
  search_file_content: 'search',
  glob: 'search',
  google_web_search: 'search',
  web_fetch: 'fetch',
};

const targetFields: Readonly<Record<ToolAction, readonly string[]>> = {
  read: ['file_path', 'absolute_path', 'dir_path', 'path'],
  edit: ['file_path', 'absolute_path', 'path'],
  run: ['command'],
  search: ['pattern', 'query'],
  fetch: ['url', 'prompt'],
  other: ['description', 'name', 'title', 'prompt'],
};

/** A tool call: as its record tells it, or as it stands among the reply's parts. `responses` are its results. */
export function toolCall(call: JsonRecord, responses: readonly JsonRecord[]): ToolCall {
  const name = textOf(call.name) ?? 'tool';
  const action = actions[name] ?? 'other';
  const args = recordOf(call.args) ?? {};
  const edits = action === 'edit' ? editsOf(call, args) : [];
  return {
    kind: 'tool',
    id: textOf(call.id) ?? name,
    name,
    action,
    target: targetOf(action, args, name),
    input: action === 'run' ? (textOf(args.command) ?? pretty(args)) : pretty(args),
    output: responses.map(outputOf).join('\n'),
    status: statusOf(call, responses),
    ...(edits.length > 0 ? { edits } : {}),
  };
}

/** The function responses of a result: a text, a part, or a list of parts. */
export function responsesIn(result: unknown): readonly JsonRecord[] {
  if (typeof result === 'string') {
    return [{ response: { output: result } }];
  }
  return partsOf(result).flatMap((part) => {
    const response = recordOf(part.functionResponse);
    return response ? [response] : [];
  });
}

function targetOf(action: ToolAction, args: JsonRecord, name: string): string {
  const values = targetFields[action].map((field) => textOf(args[field]));
  return values.find((value) => value) ?? name;
}

function statusOf(call: JsonRecord, responses: readonly JsonRecord[]): ToolCall['status'] {
  if (call.status === 'error') {
    return 'failed';
  }
  if (call.status === 'cancelled' || responses.length === 0) {
    return 'stopped';
  }
  return responses.some((response) => recordOf(response.response)?.error !== undefined) ? 'failed' : 'done';
}

function outputOf(response: JsonRecord): string {
  const body = recordOf(response.response);
  return textOf(body?.output) ?? textOf(body?.error) ?? (body ? pretty(body) : '');
}

function editsOf(call: JsonRecord, args: JsonRecord): readonly FileEdit[] {
  const path = textOf(args.file_path) ?? textOf(args.absolute_path) ?? textOf(args.path);
  if (path === undefined) {
    return [];
  }
  if (call.name === 'write_file') {
    const before = textOf(recordOf(call.resultDisplay)?.originalContent);
    return [{ path, before: before ?? '', after: textOf(args.content) ?? '' }];
  }
  const before = textOf(args.old_string);
  const after = textOf(args.new_string);
  return before === undefined || after === undefined ? [] : [{ path, before, after }];
}

const pretty = (value: JsonRecord): string => JSON.stringify(value, undefined, 2);
