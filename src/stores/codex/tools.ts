import type { FileEdit, ToolAction, ToolCall } from '../../core/model.ts';
import { numberOf, recordOf, recordsOf, textOf } from '../common/fields.ts';
import { type JsonRecord, parseRecord } from '../common/jsonl.ts';
import { actionOf, firstText, pretty } from '../common/tools.ts';
import { editsOf } from './patch.ts';

/** What is known of a call's end: the output that the model received, and the event that Codex wrote besides. */
export interface ToolResult {
  readonly output?: JsonRecord;
  readonly event?: JsonRecord;
}

// The tools of @openai/codex 0.169.0, and their names in earlier versions.
const actions: Readonly<Record<string, ToolAction>> = {
  exec_command: 'run',
  write_stdin: 'run',
  shell: 'run',
  shell_command: 'run',
  local_shell: 'run',
  'container.exec': 'run',
  apply_patch: 'edit',
  read_file: 'read',
  view_image: 'read',
  list_dir: 'read',
  read_mcp_resource: 'read',
  grep_files: 'search',
  tool_search: 'search',
  web_search: 'search',
};

const targetFields = ['cmd', 'command', 'path', 'file_path', 'query', 'pattern', 'chars', 'url'] as const;

/** Calls that the model's service answers itself: they come with their result. */
const answered: ReadonlySet<string> = new Set(['web_search_call', 'image_generation_call']);

export const isCall = (item: JsonRecord): boolean => /_call$/.test(textOf(item.type) ?? '');
export const isOutput = (item: JsonRecord): boolean => /_(?:call_)?output$/.test(textOf(item.type) ?? '');

/** By what a call's output names it. */
export const callId = (item: JsonRecord): string => textOf(item.call_id) ?? textOf(item.id) ?? '';

/** Whether nothing is left to come for the call. */
export const isAnswered = (call: JsonRecord, { output }: ToolResult): boolean =>
  output !== undefined || answered.has(textOf(call.type) ?? '');

/** A tool call as a person reads it. `isOver`: its turn has ended, so that a call without output was stopped. */
export function toolCall(call: JsonRecord, result: ToolResult, isOver: boolean): ToolCall {
  const name = nameOf(call);
  const action = actionOf(actions, name);
  const args = argumentsOf(call);
  const patch = patchOf(call, args);
  const edits: readonly FileEdit[] = patch === undefined ? [] : editsOf(patch);
  const durationMs = durationOf(result.event);
  return {
    kind: 'tool',
    id: callId(call),
    name,
    action: edits.length > 0 ? 'edit' : action,
    target: edits[0]?.path ?? targetOf(args, name),
    input: textOf(call.input) ?? (args ? inputOf(args) : (textOf(call.arguments) ?? '')),
    output: outputOf(result),
    status: statusOf(call, result, isOver),
    ...(durationMs === undefined ? {} : { durationMs }),
    ...(edits.length > 0 ? { edits } : {}),
  };
}

const nameOf = (call: JsonRecord): string =>
  textOf(call.name) ?? (textOf(call.type) ?? 'tool').replace(/_call$/, '');

const argumentsOf = (call: JsonRecord): JsonRecord | undefined =>
  recordOf(call.action) ?? recordOf(call.arguments) ?? parseRecord(textOf(call.arguments) ?? '');

/** The patch that a call carries: as its input, or as an argument of the command `apply_patch`. */
function patchOf(call: JsonRecord, args: JsonRecord | undefined): string | undefined {
  const candidates = [textOf(call.input), textOf(args?.input), textOf(args?.patch), commandOf(args)];
  return candidates.find((text) => text?.includes('*** Begin Patch'));
}

function commandOf(args: JsonRecord | undefined): string | undefined {
  const command = args?.cmd ?? args?.command;
  return Array.isArray(command) ? command.join(' ') : textOf(command);
}

function targetOf(args: JsonRecord | undefined, name: string): string {
  return firstText(args ?? {}, targetFields) ?? commandOf(args) ?? name;
}

const inputOf = (args: JsonRecord): string => commandOf(args) ?? pretty(args);

function outputOf({ output, event }: ToolResult): string {
  return textOf(event?.aggregated_output) ?? bodyText(output?.output);
}

/** An output is a text, an object with `content`, or a list of content items. */
function bodyText(body: unknown): string {
  const content = recordOf(body)?.content ?? body;
  return (
    textOf(content) ??
    recordsOf(content)
      .flatMap((item) => textOf(item.text) ?? [])
      .join('\n')
  );
}

function statusOf(call: JsonRecord, result: ToolResult, isOver: boolean): ToolCall['status'] {
  if (!isAnswered(call, result)) {
    return isOver ? 'stopped' : 'running';
  }
  const exitCode = numberOf(result.event?.exit_code);
  const failed =
    (exitCode !== undefined && exitCode !== 0) ||
    recordOf(result.output?.output)?.success === false ||
    /^(failed|declined)$/.test(textOf(result.event?.status) ?? '');
  return failed ? 'failed' : 'done';
}

function durationOf(event: JsonRecord | undefined): number | undefined {
  const duration = recordOf(event?.duration);
  const seconds = numberOf(duration?.secs);
  return seconds === undefined
    ? undefined
    : seconds * 1000 + Math.round((numberOf(duration?.nanos) ?? 0) / 1e6);
}
