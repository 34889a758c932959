import type { FileEdit, ToolAction, ToolCall } from '../../core/model.ts';
import { numberOf, recordOf, recordsOf, textOf } from '../common/fields.ts';
import type { JsonRecord } from '../common/jsonl.ts';
import { actionOf, inputText } from '../common/tools.ts';

// The tools of opencode-ai 1.18.33.
const actions: Readonly<Record<string, ToolAction>> = {
  read: 'read',
  list: 'read',
  edit: 'edit',
  multiedit: 'edit',
  write: 'edit',
  apply_patch: 'edit',
  patch: 'edit',
  bash: 'run',
  grep: 'search',
  glob: 'search',
  codesearch: 'search',
  websearch: 'search',
  webfetch: 'fetch',
};

const targetFields: Readonly<Record<ToolAction, readonly string[]>> = {
  read: ['filePath', 'path'],
  edit: ['filePath', 'path'],
  run: ['command'],
  search: ['pattern', 'query'],
  fetch: ['url'],
  other: ['description', 'name', 'title', 'prompt'],
};

/** A tool part. `isOver`: the reply is done, so that a call without a result was stopped. */
export function toolCall(part: JsonRecord, isOver: boolean): ToolCall {
  const name = textOf(part.tool) ?? 'tool';
  const action = actionOf(actions, name);
  const state = recordOf(part.state) ?? {};
  const input = recordOf(state.input) ?? {};
  const duration = durationOf(recordOf(state.time));
  const edits = action === 'edit' ? editsOf(input, state) : [];
  return {
    kind: 'tool',
    id: textOf(part.callID) ?? name,
    name,
    action,
    target:
      targetFields[action].flatMap((field) => textOf(input[field]) ?? [])[0] ?? textOf(state.title) ?? name,
    input: inputText(action, input),
    output: textOf(state.output) ?? textOf(state.error) ?? '',
    status: statusOf(state, isOver),
    ...(duration === undefined ? {} : { durationMs: duration }),
    ...(edits.length > 0 ? { edits } : {}),
  };
}

/** Milliseconds from `start` to `end`. */
export function durationOf(time: JsonRecord | undefined): number | undefined {
  const start = numberOf(time?.start);
  const end = numberOf(time?.end);
  return start === undefined || end === undefined ? undefined : end - start;
}

function statusOf(state: JsonRecord, isOver: boolean): ToolCall['status'] {
  switch (state.status) {
    case 'completed':
      return 'done';
    case 'error':
      return 'failed';
    default:
      return isOver ? 'stopped' : 'running';
  }
}

function editsOf(input: JsonRecord, state: JsonRecord): readonly FileEdit[] {
  const path = textOf(input.filePath);
  if (path === undefined) {
    return [];
  }
  const content = textOf(input.content);
  if (content !== undefined) {
    const before = textOf(recordOf(recordOf(state.metadata)?.filediff)?.before);
    return [{ path, before: before ?? '', after: content }];
  }
  return [input, ...recordsOf(input.edits)].flatMap((change) => {
    const before = textOf(change.oldString);
    const after = textOf(change.newString);
    return before === undefined || after === undefined ? [] : [{ path, before, after }];
  });
}
