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
