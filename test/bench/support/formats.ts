import { join } from 'node:path';
import { type Format, filler, type Link } from './sessions.ts';

const encoded = (path: string): string => path.replaceAll(/[^a-zA-Z0-9]/g, '-');
const tail = { userType: 'external', entrypoint: 'cli', version: '2.1.329', gitBranch: 'main' };
const usage = { input_tokens: 12, cache_read_input_tokens: 9000, output_tokens: 310 };

/** Claude Code 2.1.329: a prompt, a thought, a tool call and its result, an answer, a note of its length. */
export const claudeCode: Format = {
  path: (folder, project, session) => join(folder, 'projects', encoded(project), `${session}.jsonl`),
  cwd: (project) => project,
  record: ({ parentUuid, ...place }, fields) => ({ parentUuid, ...fields, ...place }),
  turn: (link, number) => {
    const call = `toolu_${link.session.slice(0, 8)}_${number}`;
    const output = filler(3_000);
    return [
      user(link, `Please look at part ${number} and mend what is wrong there`),
      user(link, [{ type: 'text', text: '<system-reminder>the tree is clean</system-reminder>' }], {
        isMeta: true,
      }),
      reply(link, `a${number}`, { type: 'thinking', thinking: filler(400), signature: 'c2ln' }, 'tool_use'),
      reply(
        link,
        `a${number}`,
        { type: 'tool_use', id: call, name: 'Bash', input: { command: 'npm test' } },
        'tool_use',
      ),
      user(link, [{ tool_use_id: call, type: 'tool_result', content: output, is_error: false }], {
        toolUseResult: { stdout: output, stderr: '', interrupted: false },
      }),
      reply(link, `b${number}`, { type: 'text', text: filler(900) }, 'end_turn'),
      link.next({ isSidechain: false, type: 'system', subtype: 'turn_duration', durationMs: 560, ...tail }),
    ];
  },
  title: (link, customTitle) => ({ type: 'custom-title', customTitle, sessionId: link.session }),
};

const user = (link: Link, content: unknown, more: object = {}) =>
  link.next({ isSidechain: false, type: 'user', message: { role: 'user', content }, ...more, ...tail });

const reply = (link: Link, response: string, block: object, stop: string) =>
  link.next({
    isSidechain: false,
    message: {
      id: `msg_${link.session.slice(0, 8)}_${response}`,
      type: 'message',
      role: 'assistant',
      model: 'claude-opus-5-5',
      content: [block],
      stop_reason: stop,
      usage,
    },
    requestId: `req_${response}`,
    type: 'assistant',
    ...tail,
  });

/** Qwen Code 0.24.4: a prompt, a call with its result, an answer. */
export const qwenCode: Format = {
  path: (folder, project, session) => join(folder, 'projects', encoded(project), 'chats', `${session}.jsonl`),
  cwd: (project) => project,
  record: ({ uuid, parentUuid, sessionId, timestamp, ...place }, { type, ...fields }) => {
    const { cwd, ...origin } = place;
    return { uuid, parentUuid, sessionId, timestamp, type, cwd, ...fields, ...origin };
  },
  turn: (link, number) => {
    const call = { id: `call_${number}`, name: 'run_shell_command', args: { command: 'npm test' } };
    const response = { id: call.id, name: call.name, response: { output: filler(3_000) } };
    return [
      said(link, 'user', [{ text: `Please look at part ${number} and mend what is wrong there` }]),
      said(link, 'assistant', [{ text: filler(300), thought: true }, { functionCall: call }]),
      said(link, 'tool_result', [{ functionResponse: response }], {
        toolCallResult: { callId: call.id, status: 'success', resultDisplay: filler(3_000) },
      }),
      said(link, 'assistant', [{ text: filler(900) }]),
    ];
  },
  title: (link, customTitle) =>
    link.next({
      type: 'system',
      subtype: 'custom_title',
      version: '0.24.4',
      systemPayload: { customTitle, titleSource: 'manual' },
    }),
};

const said = (link: Link, type: string, parts: readonly object[], more: object = {}) =>
  link.next({
    type,
    version: '0.24.4',
    message: { role: type === 'assistant' ? 'model' : 'user', parts },
    ...(type === 'assistant' && { model: 'qwen3-coder-plus' }),
    ...more,
  });

/** Codex 0.169.0: a prompt, a call with its output, an answer, and the events around them. */
export const codex: Format = {
  path: (folder, project, session) =>
    join(folder, 'sessions', '2026', '01', dayOf(project), `rollout-2026-01-01T00-00-00-${session}.jsonl`),
  cwd: (project) => project,
  head: (id, cwd, timestamp) => ({
    timestamp,
    ordinal: 0,
    type: 'session_meta',
    payload: { id, timestamp, cwd, cli_version: '0.169.0', base_instructions: { text: filler(2_000) } },
  }),
  record: ({ uuid, timestamp }, { type, payload }) => ({
    timestamp,
    ordinal: Number.parseInt(uuid.slice(-12), 16),
    type,
    payload,
  }),
  turn: (link, number) => {
    const turn = `turn-${number}`;
    const call = `call_${number}`;
    const output = filler(3_000);
    const used = { usage: { input_tokens: 9_000, output_tokens: 310 } };
    return [
      link.next({ type: 'event_msg', payload: { type: 'task_started', turn_id: turn } }),
      link.next({ type: 'turn_context', payload: { turn_id: turn, model: 'gpt-5-5-codex' } }),
      item(link, turn, { type: 'message', id: `msg_u${number}`, role: 'user', content: asked(number) }, [
        'user.text',
      ]),
      item(link, turn, { type: 'function_call', name: 'exec_command', arguments: '{}', call_id: call }),
      link.next({ type: 'token_usage_record', payload: used }),
      link.next({
        type: 'event_msg',
        payload: {
          type: 'item_completed',
          item: { type: 'CommandExecution', id: call, command: ['npm', 'test'], aggregated_output: output },
        },
      }),
      item(link, turn, { type: 'function_call_output', call_id: call, output }),
      item(link, turn, {
        type: 'message',
        id: `msg_a${number}`,
        role: 'assistant',
        content: [{ type: 'output_text', text: filler(900) }],
      }),
      link.next({ type: 'token_usage_record', payload: used }),
      link.next({ type: 'event_msg', payload: { type: 'task_complete', turn_id: turn } }),
    ];
  },
  title: (link) => link.next({ type: 'event_msg', payload: { type: 'thread_settings_applied' } }),
};

const dayOf = (project: string): string => `${1 + Number(project.split('-').at(-1))}`.padStart(2, '0');

const asked = (number: number) => [
  { type: 'input_text', text: `Please look at part ${number} and mend what is wrong there` },
];

const item = (link: Link, turn: string, payload: object, kinds?: readonly string[]) =>
  link.next({
    type: 'response_item',
    payload: {
      ...payload,
      internal_chat_message_metadata_passthrough: {
        turn_id: turn,
        ...(kinds && { content_item_kinds: kinds }),
      },
    },
  });

/** Gemini CLI 0.61.0: a prompt, an answer with a call and its result, an answer. */
export const geminiCli: Format = {
  path: (folder, project, session) =>
    join(folder, 'tmp', encoded(project), 'chats', `session-2026-01-01T00-00-${session.slice(0, 8)}.jsonl`),
  cwd: (project) => project,
  head: (sessionId, cwd, timestamp) => ({
    sessionId,
    projectHash: encoded(cwd),
    startTime: timestamp,
    lastUpdated: timestamp,
    kind: 'main',
  }),
  record: ({ uuid, timestamp }, fields) => ({ id: uuid, timestamp, ...fields }),
  turn: (link, number) => {
    const text = `Please look at part ${number} and mend what is wrong there`;
    const response = { id: `call_${number}`, name: 'run_shell_command', response: { output: filler(3_000) } };
    const call = {
      id: `call_${number}`,
      name: 'run_shell_command',
      args: { command: 'npm test' },
      result: [{ functionResponse: response }],
      resultDisplay: filler(3_000),
      status: 'success',
    };
    return [
      link.next({ type: 'user', content: [{ text }] }),
      link.next({ type: 'gemini', content: '', toolCalls: [call], thoughts: [], model: 'gemini-3-pro' }),
      link.next({ type: 'gemini', content: filler(900), model: 'gemini-3-pro' }),
    ];
  },
  title: (_link, summary) => ({ $set: { summary } }),
};

/** pi 1.5.2: a prompt, a call, its result, an answer. */
export const pi: Format = {
  path: (folder, project, session) =>
    join(folder, 'sessions', `-${encoded(project)}--`, `2026-01-01T00-00-00-000Z_${session}.jsonl`),
  cwd: (project) => project,
  head: (id, cwd, timestamp) => ({ type: 'session', version: 3, id, timestamp, cwd }),
  record: ({ uuid, parentUuid, timestamp }, { type, ...fields }) => ({
    type,
    id: uuid,
    parentId: parentUuid,
    timestamp,
    ...fields,
  }),
  turn: (link, number) => {
    const text = `Please look at part ${number} and mend what is wrong there`;
    const call = { type: 'toolCall', id: `call_${number}`, name: 'bash', arguments: { command: 'npm test' } };
    const output = [{ type: 'text', text: filler(3_000) }];
    return [
      told(link, { role: 'user', content: [{ type: 'text', text }] }),
      told(link, { role: 'assistant', content: [call], model: 'stub', usage, stopReason: 'toolUse' }),
      told(link, {
        role: 'toolResult',
        toolCallId: call.id,
        toolName: 'bash',
        content: output,
        isError: false,
      }),
      told(link, {
        role: 'assistant',
        content: [{ type: 'text', text: filler(900) }],
        model: 'stub',
        usage,
        stopReason: 'stop',
      }),
    ];
  },
  title: (link, name) => link.next({ type: 'session_info', name }),
};

const told = (link: Link, message: object) => link.next({ type: 'message', message });
