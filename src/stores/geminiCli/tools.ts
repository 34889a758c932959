import type { ToolAction, ToolCall } from '../../core/model.ts';
import { recordOf, textOf } from '../common/fields.ts';
import { editsOf, responseText } from '../common/geminiTools.ts';
import type { JsonRecord } from '../common/jsonl.ts';
import { actionOf, firstText, inputText } from '../common/tools.ts';
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
  const action = actionOf(actions, name);
  const args = recordOf(call.args) ?? {};
  const edits = action === 'edit' ? editsOf(name, args, call.resultDisplay) : [];
  return {
    kind: 'tool',
    id: textOf(call.id) ?? name,
    name,
    action,
    target: firstText(args, targetFields[action]) ?? name,
    input: inputText(action, args),
    output: responses.map(responseText).join('\n'),
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

function statusOf(call: JsonRecord, responses: readonly JsonRecord[]): ToolCall['status'] {
  if (call.status === 'error') {
    return 'failed';
  }
  if (call.status === 'cancelled' || responses.length === 0) {
    return 'stopped';
  }
  return responses.some((response) => recordOf(response.response)?.error !== undefined) ? 'failed' : 'done';
}
