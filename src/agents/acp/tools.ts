import type { LiveToolCall } from '../../core/liveAgent.ts';
import type { FileEdit, ToolAction } from '../../core/model.ts';
import type { AcpToolCall, AcpToolContent } from './schema.ts';

const actions: Readonly<Record<string, ToolAction>> = {
  read: 'read',
  edit: 'edit',
  delete: 'edit',
  move: 'edit',
  execute: 'run',
  search: 'search',
  fetch: 'fetch',
};

const statuses = { pending: 'running', in_progress: 'running', completed: 'done', failed: 'failed' } as const;

/** Inputs by which a person knows a call, the most telling first: a search names its query, not its folder. */
const telling = [
  'command',
  'pattern',
  'query',
  'url',
  'file_path',
  'absolute_path',
  'filePath',
  'path',
] as const;

/** One tool call of ACP, whole or as it changed. Fields that it does not mention are absent. */
export function toLiveToolCall(call: AcpToolCall): LiveToolCall {
  const name = call.name ?? metaToolName(call) ?? call.title;
  const target = targetOf(call);
  const input = inputText(call.rawInput);
  const output = outputText(call);
  const edits = editsOf(call.content ?? []);
  return {
    id: call.toolCallId,
    ...(name ? { name } : {}),
    ...(call.kind ? { action: actions[call.kind] ?? 'other' } : {}),
    ...(target ? { target } : {}),
    ...(input ? { input } : {}),
    ...(output ? { output } : {}),
    ...(call.status ? { status: statuses[call.status] } : {}),
    ...(edits.length > 0 ? { edits } : {}),
  };
}

/** The agent's own name of a tool stands in `_meta.toolName` or `_meta.<agent>.toolName`. */
function metaToolName({ _meta: meta }: AcpToolCall): string | undefined {
  return [meta, ...Object.values(meta ?? {})]
    .map((value) => field(value, 'toolName'))
    .find((name) => name !== undefined);
}

function targetOf(call: AcpToolCall): string | undefined {
  const named = telling.map((key) => field(call.rawInput, key)).find((value) => value !== undefined);
  const diff = call.content?.find((part) => part.type === 'diff');
  return named ?? diff?.path ?? call.locations?.[0]?.path ?? titleTarget(call);
}

function titleTarget(call: AcpToolCall): string | undefined {
  return call.title?.replace(/^`([\s\S]*)`$/, '$1');
}

function inputText(input: unknown): string | undefined {
  if (typeof input === 'string') {
    return input;
  }
  if (typeof input !== 'object' || input === null || Object.keys(input).length === 0) {
    return undefined;
  }
  return JSON.stringify(input, undefined, 2);
}

/** Until a call runs, its content is what it is about to do (Claude Code: the command's description), not its output. */
function outputText(call: AcpToolCall): string | undefined {
  if (!call.status || call.status === 'pending') {
    return rawOutputText(call.rawOutput);
  }
  const texts = (call.content ?? []).flatMap((part) =>
    part.type === 'content' && 'text' in part.content ? [unfenced(part.content.text)] : [],
  );
  return texts.length > 0 ? texts.join('\n') : rawOutputText(call.rawOutput);
}

function rawOutputText(output: unknown): string | undefined {
  if (typeof output === 'string') {
    return output;
  }
  return field(output, 'output') ?? field(output, 'stdout');
}

/** Adapters wrap a command's output in a code fence; the row shows it as it was printed. */
function unfenced(text: string): string {
  const match = /^\s*(`{3,})[^\n`]*\n([\s\S]*?)\n?\1\s*$/.exec(text);
  return match?.[2] ?? text;
}

function editsOf(content: readonly AcpToolContent[]): readonly FileEdit[] {
  return content.flatMap((part) =>
    part.type === 'diff' ? [{ path: part.path, before: part.oldText ?? '', after: part.newText }] : [],
  );
}

function field(value: unknown, key: string): string | undefined {
  if (typeof value !== 'object' || value === null) {
    return undefined;
  }
  const found: unknown = Reflect.get(value, key);
  return typeof found === 'string' && found !== '' ? found : undefined;
}
