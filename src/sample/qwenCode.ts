import { basename, join } from 'node:path';
import {
  diffLines,
  field,
  type Group,
  type JsonRecord,
  leafOf,
  type RecordContext,
  type SampleFormat,
  type TranscriptFacts,
  textField,
  tokensOf,
} from './format.ts';
import type { SampleReply, SampleTool } from './notation.ts';

/** Records as Qwen Code 0.24.4 writes them: one record a reply, one a tool result. */
export const qwenCode: SampleFormat = {
  agent: 'qwen-code',
  agentName: 'Qwen Code',
  model: { id: 'qwen3-coder-plus', name: 'Qwen3 Coder Plus' },
  projects: ['.qwen', 'projects'],
  file: (session) => ['chats', `${session}.jsonl`],
  recordsOf: (message, parent, context) =>
    message.kind === 'prompt'
      ? [promptRecord(message.text, message.at, parent, context)]
      : replyRecords(message, message.at, parent, context),
  copied: (record, from, to) => ({
    ...record,
    sessionId: to,
    forkedFrom: { sessionId: from, messageUuid: record.uuid },
  }),
  closing: (title, all, _lastPrompt, isFork, context) => [titleRecord(title, all, isFork, context)],
  facts,
};

function common(at: number, parent: string | null, { session, cwd, newId }: RecordContext): JsonRecord {
  return {
    uuid: newId(),
    parentUuid: parent,
    sessionId: session,
    timestamp: new Date(at).toISOString(),
    cwd,
    version: '0.24.4',
    gitBranch: 'main',
  };
}

const promptRecord = (
  text: string,
  at: number,
  parent: string | null,
  context: RecordContext,
): JsonRecord => ({
  ...common(at, parent, context),
  type: 'user',
  provenance: 'real_user',
  message: { role: 'user', parts: [{ text }] },
});

function replyRecords(
  reply: SampleReply,
  at: number,
  parent: string | null,
  context: RecordContext,
): readonly JsonRecord[] {
  const calls = reply.tools.map((tool) => ({ tool, id: `call_${context.newId().slice(0, 13)}` }));
  const parts = [
    ...(!reply.thinking ? [] : [{ text: reply.thinking, thought: true }]),
    ...(!reply.text ? [] : [{ text: reply.text }]),
    ...calls.map(({ id, tool }) => ({ functionCall: { id, ...functionCall(tool, context.cwd) } })),
  ];
  const said = {
    ...common(at, parent, context),
    type: 'assistant',
    provenance: 'assistant_output',
    model: qwenCode.model.id,
    message: { role: 'model', parts },
    usageMetadata: usage(reply),
  };
  let leaf = textField(said, 'uuid') ?? null;
  const results = calls.map((call, index) => {
    const record = resultRecord(call.id, call.tool, at + 800 * (index + 1), leaf, context);
    leaf = textField(record, 'uuid') ?? leaf;
    return record;
  });
  return [said, ...results];
}

function usage(reply: SampleReply): JsonRecord {
  const output = tokensOf(`${reply.thinking ?? ''}${reply.text ?? ''}`) + 60 * reply.tools.length;
  return {
    promptTokenCount: 18_200,
    candidatesTokenCount: output,
    thoughtsTokenCount: 0,
    totalTokenCount: 18_200 + output,
    cachedContentTokenCount: 17_000,
  };
}

function functionCall(tool: SampleTool, cwd: string): { readonly name: string; readonly args: JsonRecord } {
  switch (tool.kind) {
    case 'read':
      return { name: 'read_file', args: { file_path: join(cwd, tool.path) } };
    case 'edit':
      return {
        name: 'edit',
        args: { file_path: join(cwd, tool.path), old_string: tool.before, new_string: tool.after },
      };
    case 'write':
      return { name: 'write_file', args: { file_path: join(cwd, tool.path), content: tool.text } };
    case 'run':
      return { name: 'run_shell_command', args: { command: tool.command } };
    case 'search':
      return { name: 'grep_search', args: { pattern: tool.query } };
  }
}

function resultRecord(
  id: string,
  tool: SampleTool,
  at: number,
  parent: string | null,
  context: RecordContext,
): JsonRecord {
  const failed = tool.kind === 'run' && tool.failed === true;
  const { name } = functionCall(tool, context.cwd);
  const output = resultText(tool, context.cwd);
  const response = failed ? { error: output } : { output };
  return {
    ...common(at, parent, context),
    type: 'tool_result',
    provenance: 'tool_result',
    message: { role: 'user', parts: [{ functionResponse: { id, name, response } }] },
    toolCallResult: {
      callId: id,
      status: failed ? 'error' : 'success',
      resultDisplay: display(tool, context.cwd),
      executionStatus: failed ? 'error' : 'success',
    },
  };
}

function resultText(tool: SampleTool, cwd: string): string {
  switch (tool.kind) {
    case 'edit':
      return `The file ${join(cwd, tool.path)} has been updated.`;
    case 'write':
      return `Successfully created and wrote to new file: ${join(cwd, tool.path)}.`;
    default:
      return tool.output;
  }
}

function display(tool: SampleTool, cwd: string): JsonRecord | string {
  switch (tool.kind) {
    case 'edit':
      return fileDiff(join(cwd, tool.path), tool.before, tool.after);
    case 'write':
      return fileDiff(join(cwd, tool.path), '', tool.text);
    case 'run':
      return tool.output;
    default:
      return '';
  }
}

function fileDiff(path: string, before: string, after: string): JsonRecord {
  const name = basename(path);
  const diff = ['--- Original', '+++ Written', '@@', ...diffLines(before, after)].join('\n');
  return { fileDiff: diff, fileName: name, filePath: path, originalContent: before, newContent: after };
}

/** The title hangs from the last record: beside the chain it would cut the history off when the agent resumes. */
function titleRecord(
  title: string,
  all: readonly Group[],
  isFork: boolean,
  context: RecordContext,
): JsonRecord {
  const last = all.at(-1)?.at(-1);
  return {
    ...common(Date.parse(textField(last, 'timestamp') ?? ''), leafOf(all), context),
    type: 'system',
    provenance: 'system',
    subtype: 'custom_title',
    systemPayload: { customTitle: title, titleSource: isFork ? 'manual' : 'auto' },
  };
}

function facts(records: readonly JsonRecord[]): TranscriptFacts {
  const chain = records.filter((record) => typeof record.uuid === 'string');
  const texts = chain.flatMap((record) => saidIn(record));
  const titles = chain.flatMap((record) => textField(record.systemPayload, 'customTitle') ?? []);
  return {
    leaf: textField(chain.at(-1), 'uuid') ?? null,
    cwd: textField(chain[0], 'cwd') ?? '',
    title: titles.at(-1) ?? texts[0]?.text ?? '',
    texts,
  };
}

function saidIn(record: JsonRecord): TranscriptFacts['texts'] {
  const role = record.type === 'user' ? 'user' : record.type === 'assistant' ? 'agent' : undefined;
  const parts = field(record.message, 'parts');
  if (role === undefined || !Array.isArray(parts)) {
    return [];
  }
  return parts.flatMap((part: unknown) => {
    const text = textField(part, 'text');
    return text === undefined || field(part, 'thought') === true ? [] : [{ role, text }];
  });
}
