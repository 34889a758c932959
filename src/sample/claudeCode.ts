import { join } from 'node:path';
import {
  diffLines,
  field,
  type JsonRecord,
  leafOf,
  type RecordContext,
  type SampleFormat,
  type TranscriptFacts,
  textField,
  tokensOf,
} from './format.ts';
import type { SampleReply, SampleTool } from './notation.ts';

/** Records as Claude Code 2.1.329 writes them: one record a content block, all of one reply share `message.id`. */
export const claudeCode: SampleFormat = {
  agent: 'claude-code',
  agentName: 'Claude Code',
  model: { id: 'claude-sonnet-4-5', name: 'Sonnet 4.5' },
  projects: ['.claude', 'projects'],
  file: (session) => [`${session}.jsonl`],
  recordsOf: (message, parent, context) =>
    message.kind === 'prompt'
      ? [promptRecord(message.text, message.at, parent, context)]
      : replyRecords(message, message.at, parent, context),
  copied: (record, from, to) => ({
    ...record,
    sessionId: to,
    ...(record.type === 'assistant' ? { requestSessionId: record.requestSessionId ?? from } : {}),
    forkedFrom: { sessionId: from, messageUuid: record.uuid },
  }),
  closing: (title, all, lastPrompt, isFork, { session }) => [
    isFork
      ? { type: 'custom-title', customTitle: title, sessionId: session }
      : { type: 'ai-title', aiTitle: title, sessionId: session },
    { type: 'last-prompt', lastPrompt, leafUuid: leafOf(all), sessionId: session },
  ],
  facts,
};

function common(at: number, parent: string | null, { session, cwd, newId }: RecordContext): JsonRecord {
  return {
    parentUuid: parent,
    isSidechain: false,
    uuid: newId(),
    timestamp: new Date(at).toISOString(),
    userType: 'external',
    entrypoint: 'cli',
    cwd,
    sessionId: session,
    version: '2.1.329',
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
  message: { role: 'user', content: text },
  permissionMode: 'default',
});

/** Blocks hang one from another; the result of a call hangs from its call, the next message from the last result. */
function replyRecords(
  reply: SampleReply,
  at: number,
  parent: string | null,
  context: RecordContext,
): readonly JsonRecord[] {
  const id = `msg_sample_${context.newId().slice(0, 13)}`;
  const calls = reply.tools.map((tool) => ({ tool, id: `toolu_sample_${context.newId().slice(0, 13)}` }));
  const blocks = [
    ...(!reply.thinking ? [] : [{ type: 'thinking', thinking: reply.thinking, signature: 'c2FtcGxl' }]),
    ...(!reply.text ? [] : [{ type: 'text', text: reply.text }]),
    ...calls.map((call) => toolUse(call.id, call.tool, context.cwd)),
  ];
  let leaf = parent;
  const said = blocks.map((block, index) => {
    const record = blockRecord(block, id, reply, at + index * 40, leaf, context);
    leaf = textField(record, 'uuid') ?? leaf;
    return record;
  });
  const uses = said.slice(said.length - calls.length);
  const results = calls.map((call, index) =>
    resultRecord(call.id, call.tool, at + 800 * (index + 1), textField(uses[index], 'uuid') ?? '', context),
  );
  return [...said, ...results];
}

function blockRecord(
  block: JsonRecord,
  id: string,
  reply: SampleReply,
  at: number,
  parent: string | null,
  context: RecordContext,
): JsonRecord {
  return {
    ...common(at, parent, context),
    type: 'assistant',
    message: {
      id,
      type: 'message',
      role: 'assistant',
      model: claudeCode.model.id,
      content: [block],
      stop_reason: reply.tools.length > 0 ? 'tool_use' : 'end_turn',
      stop_sequence: null,
      usage: usage(reply),
    },
    ...(block.type === 'thinking' ? { thinkingDurationMs: 60 * tokensOf(reply.thinking ?? '') } : {}),
    requestId: `req_${id}`,
  };
}

const usage = (reply: SampleReply): JsonRecord => ({
  input_tokens: 1_200,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 17_000,
  output_tokens: tokensOf(`${reply.thinking ?? ''}${reply.text ?? ''}`) + 60 * reply.tools.length,
});

function toolUse(id: string, tool: SampleTool, cwd: string): JsonRecord {
  const use = (name: string, input: JsonRecord): JsonRecord => ({ type: 'tool_use', id, name, input });
  switch (tool.kind) {
    case 'read':
      return use('Read', { file_path: join(cwd, tool.path) });
    case 'edit':
      return use('Edit', {
        file_path: join(cwd, tool.path),
        old_string: tool.before,
        new_string: tool.after,
      });
    case 'write':
      return use('Write', { file_path: join(cwd, tool.path), content: tool.text });
    case 'run':
      return use('Bash', { command: tool.command });
    case 'search':
      return use('Grep', { pattern: tool.query });
  }
}

function resultRecord(
  id: string,
  tool: SampleTool,
  at: number,
  parent: string,
  context: RecordContext,
): JsonRecord {
  const failed = tool.kind === 'run' && tool.failed === true;
  const content = resultText(tool, context.cwd);
  return {
    ...common(at, parent, context),
    type: 'user',
    message: {
      role: 'user',
      content: [{ tool_use_id: id, type: 'tool_result', content, is_error: failed }],
    },
    toolUseResult: failed ? `Error: ${content}` : outcome(tool, context.cwd),
    sourceToolAssistantUUID: parent,
  };
}

function resultText(tool: SampleTool, cwd: string): string {
  switch (tool.kind) {
    case 'edit':
      return `The file ${join(cwd, tool.path)} has been updated.`;
    case 'write':
      return `File created successfully at: ${join(cwd, tool.path)}`;
    case 'run':
      return tool.failed ? `Exit code 1\n${tool.output}` : tool.output;
    default:
      return tool.output;
  }
}

function outcome(tool: SampleTool, cwd: string): JsonRecord {
  switch (tool.kind) {
    case 'edit':
      return {
        filePath: join(cwd, tool.path),
        oldString: tool.before,
        newString: tool.after,
        structuredPatch: [{ oldStart: 1, newStart: 1, lines: diffLines(tool.before, tool.after) }],
      };
    case 'write':
      return { type: 'create', filePath: join(cwd, tool.path), content: tool.text, structuredPatch: [] };
    case 'run':
      return { stdout: tool.output, stderr: '', interrupted: false };
    case 'read':
      return { type: 'text', file: { filePath: join(cwd, tool.path), content: tool.output } };
    case 'search':
      return { mode: 'content', content: tool.output };
  }
}

function facts(records: readonly JsonRecord[]): TranscriptFacts {
  const chain = records.filter((record) => typeof record.uuid === 'string' && record.isSidechain !== true);
  const titles = records.flatMap(
    (record) => textField(record, 'customTitle') ?? textField(record, 'aiTitle') ?? [],
  );
  const texts = chain.flatMap((record) => saidIn(record));
  return {
    leaf: namedLeaf(records) ?? textField(chain.at(-1), 'uuid') ?? null,
    cwd: chain.map((record) => textField(record, 'cwd')).findLast((cwd) => cwd !== undefined) ?? '',
    title: titles.at(-1) ?? texts[0]?.text ?? '',
    texts,
  };
}

/** A tip that `last-prompt` names is the leaf even when another branch ends the file. */
function namedLeaf(records: readonly JsonRecord[]): string | undefined {
  const named = textField(
    records.findLast((record) => record.type === 'last-prompt'),
    'leafUuid',
  );
  const isTip = records.every((record) => record.parentUuid !== named);
  return isTip && records.some((record) => record.uuid === named) ? named : undefined;
}

function saidIn(record: JsonRecord): TranscriptFacts['texts'] {
  const content = field(record.message, 'content');
  if (record.type === 'user') {
    return typeof content === 'string' ? [{ role: 'user', text: content }] : [];
  }
  const blocks: readonly unknown[] = record.type === 'assistant' && Array.isArray(content) ? content : [];
  return blocks.flatMap((block) => {
    const text = textField(block, 'text');
    return text === undefined ? [] : [{ role: 'agent' as const, text }];
  });
}
