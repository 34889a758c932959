import type { FileEdit, ToolAction, ToolCall } from '../../core/model.ts';
import { recordOf, recordsOf, textOf } from '../common/fields.ts';
import type { JsonRecord } from '../common/jsonl.ts';
import { actionOf, pretty } from '../common/tools.ts';
import type { MessageRow } from './rows.ts';

/** The kinds of content that ask for a tool. */
export const callTypes: readonly string[] = ['toolRequest', 'frontendToolRequest'];

// The tools of goose 1.52.0 and of versions before it, without their extension's name.
const actions: Readonly<Record<string, ToolAction>> = {
  read: 'read',
  read_image: 'read',
  tree: 'read',
  load: 'read',
  edit: 'edit',
  write: 'edit',
  text_editor: 'edit',
  shell: 'run',
  exec_command: 'run',
  analyze: 'search',
  search: 'search',
  rg: 'search',
  web_scrape: 'fetch',
  fetch: 'fetch',
};

const targetFields: Readonly<Record<ToolAction, readonly string[]>> = {
  read: ['path', 'file_path', 'source'],
  edit: ['path', 'file_path'],
  run: ['command', 'cmd'],
  search: ['pattern', 'query', 'path'],
  fetch: ['url'],
  other: ['description', 'name', 'title', 'instructions'],
};

/** The results in rows of the user. */
export const resultsIn = (...rows: readonly MessageRow[]): readonly JsonRecord[] =>
  rows.flatMap(({ content }) => content.filter(({ type }) => type === 'toolResponse'));

/** A tool call with its result. `isOver`: the conversation went on, so that a call without one was stopped. */
export function toolCall(request: JsonRecord, response: JsonRecord | undefined, isOver: boolean): ToolCall {
  const call = recordOf(recordOf(request.toolCall)?.value) ?? {};
  const name = textOf(call.name) ?? 'tool';
  const action = actionNamed(name, recordOf(call.arguments));
  const input = recordOf(call.arguments) ?? {};
  const target = targetFields[action].flatMap((field) => textOf(input[field]) ?? [])[0];
  const edits = action === 'edit' ? editsOf(input) : [];
  return {
    kind: 'tool',
    id: textOf(request.id) ?? name,
    name,
    action,
    target: target ?? name,
    input: action === 'run' && target !== undefined ? target : pretty(input),
    output: response ? outputOf(response) : '',
    status: response ? statusOf(response) : isOver ? 'stopped' : 'running',
    ...(edits.length > 0 ? { edits } : {}),
  };
}

function actionNamed(name: string, input: JsonRecord | undefined): ToolAction {
  const bare = name.split('__').at(-1) ?? name;
  return bare === 'text_editor' && input?.command === 'view' ? 'read' : actionOf(actions, bare);
}

function statusOf(response: JsonRecord): ToolCall['status'] {
  const result = recordOf(response.toolResult);
  return result?.status === 'error' || recordOf(result?.value)?.isError === true ? 'failed' : 'done';
}

function outputOf(response: JsonRecord): string {
  const result = recordOf(response.toolResult);
  // Before 1.20 the value was the list of contents itself.
  const content = recordOf(result?.value)?.content ?? result?.value;
  const texts = recordsOf(content).flatMap(({ text }) => textOf(text) ?? []);
  return textOf(result?.error) ?? texts.join('\n');
}

function editsOf(input: JsonRecord): readonly FileEdit[] {
  const path = textOf(input.path) ?? textOf(input.file_path);
  const before = textOf(input.before) ?? textOf(input.old_str) ?? '';
  const after =
    textOf(input.after) ?? textOf(input.new_str) ?? textOf(input.content) ?? textOf(input.file_text);
  return path === undefined || after === undefined ? [] : [{ path, before, after }];
}
