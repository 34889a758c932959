import type { FileEdit, ToolAction, ToolCall } from '../../core/model.ts';
import { numberOf, recordOf, recordsOf, textOf } from '../common/fields.ts';
import type { JsonRecord } from '../common/jsonl.ts';
import { actionOf, firstText, inputText } from '../common/tools.ts';

// The tools of @earendil-works/pi-coding-agent 1.5.2.
const actions: Readonly<Record<string, ToolAction>> = {
  read: 'read',
  ls: 'read',
  edit: 'edit',
  write: 'edit',
  bash: 'run',
  powershell: 'run',
  grep: 'search',
  find: 'search',
};

const targetFields: Readonly<Record<ToolAction, readonly string[]>> = {
  read: ['path'],
  edit: ['path'],
  run: ['command'],
  search: ['pattern'],
  fetch: ['url'],
  other: ['path', 'query', 'name', 'description'],
};

/** A call of a reply with its result message when there is one. A call without a result was stopped. */
export function toolCall(call: JsonRecord, result: JsonRecord | undefined): ToolCall {
  const name = textOf(call.name) ?? 'tool';
  const action = actionOf(actions, name);
  const input = recordOf(call.arguments) ?? {};
  const edits = action === 'edit' ? editsOf(input) : [];
  const durationMs = numberOf(result?.durationMs);
  return {
    kind: 'tool',
    id: textOf(call.id) ?? name,
    name,
    action,
    target: firstText(input, targetFields[action]) ?? name,
    input: inputText(action, input),
    output: result ? contentText(result.content) : '',
    status: result === undefined ? 'stopped' : result.isError === true ? 'failed' : 'done',
    ...(durationMs === undefined ? {} : { durationMs }),
    ...(edits.length > 0 ? { edits } : {}),
  };
}

/** The text of a message's content, which is a text or a list of blocks. */
export const contentText = (content: unknown): string =>
  textOf(content) ??
  recordsOf(content)
    .flatMap((block) => (block.type === 'text' ? (textOf(block.text) ?? []) : []))
    .join('\n');

function editsOf(input: JsonRecord): readonly FileEdit[] {
  const path = textOf(input.path);
  if (path === undefined) {
    return [];
  }
  const written = textOf(input.content);
  const changes = [input, ...recordsOf(input.edits)].flatMap(({ oldText, newText }) => {
    const before = textOf(oldText);
    const after = textOf(newText);
    return before === undefined || after === undefined ? [] : [{ path, before, after }];
  });
  return written === undefined ? changes : [{ path, before: '', after: written }];
}
