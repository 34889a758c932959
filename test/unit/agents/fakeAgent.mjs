/**
 * An agent that speaks ACP by hand, so that the client is tested against bytes and not against its own SDK.
 * argv[2] is JSON: what it offers and how it misbehaves. Prompts are scripts: one word a step.
 * Every message it receives is written to the file `script.trace`, a line each.
 */
import { appendFileSync } from 'node:fs';

const script = JSON.parse(process.argv[2] ?? '{}');
let nextId = 1;
const pending = new Map();
let cancelled = false;
let lost = script.lostAtFirst === true;
let missed = false;

const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
const update = (fields, sessionId = 's1') =>
  send({ method: 'session/update', params: { sessionId, update: fields } });
const say = (text) => update({ sessionUpdate: 'agent_message_chunk', content: { type: 'text', text } });
const ask = (method, params) =>
  new Promise((resolve) => {
    const id = `a${nextId++}`;
    pending.set(id, resolve);
    send({ id, method, params });
  });
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const modes = () =>
  script.mode && {
    currentModeId: script.mode,
    availableModes: [
      { id: 'plan', name: 'Plan' },
      { id: 'default', name: 'Ask before edits' },
      { id: 'bypassPermissions', name: 'Bypass permissions' },
    ],
  };
const opened = () => ({ modes: modes(), configOptions: script.configOptions, models: script.models });

const edit = {
  toolCallId: 't2',
  title: 'Edit src/a.ts',
  kind: 'edit',
  rawInput: { file_path: 'src/a.ts' },
  content: [{ type: 'diff', path: 'src/a.ts', oldText: 'one', newText: 'two' }],
};
const options = [
  { optionId: 'yes', name: 'Allow', kind: 'allow_once' },
  { optionId: 'always', name: 'Always allow', kind: 'allow_always' },
  { optionId: 'no', name: 'Reject', kind: 'reject_once' },
];

const steps = {
  hello: () => say('Hello'),
  world: () => say(' world'),
  nothing: () => say(''),
  think: () => update({ sessionUpdate: 'agent_thought_chunk', content: { type: 'text', text: 'Hm' } }),
  odd: () => update({ sessionUpdate: 'agent_dance', steps: 3 }),
  other: () =>
    update({ sessionUpdate: 'agent_message_chunk', content: { type: 'text', text: 'leak' } }, 's2'),
  run: () => {
    update({
      sessionUpdate: 'tool_call',
      toolCallId: 't1',
      title: 'Terminal',
      kind: 'execute',
      rawInput: {},
    });
    update({
      sessionUpdate: 'tool_call_update',
      toolCallId: 't1',
      title: '`npm test`',
      rawInput: { command: 'npm test' },
    });
    const text = '```console\n42 passed\n```';
    update({
      sessionUpdate: 'tool_call_update',
      toolCallId: 't1',
      status: 'completed',
      content: [{ type: 'content', content: { type: 'text', text } }],
    });
  },
  edit: async () => {
    const { result } = await ask('session/request_permission', { sessionId: 's1', toolCall: edit, options });
    say(JSON.stringify(result.outcome));
  },
  readfile: async () => {
    const { error } = await ask('fs/read_text_file', { sessionId: 's1', path: '/etc/hosts' });
    say(`refused ${error.code}`);
  },
  crash: () => process.exit(1),
  forever: async () => {
    while (!cancelled) {
      await pause(5);
    }
  },
  pid: () => say(String(process.pid)),
};

async function prompt(params) {
  cancelled = false;
  if (lost) {
    missed = true;
    throw { code: -32002, message: 'Resource not found', data: { sessionId: params.sessionId } };
  }
  for (const word of (params.prompt[0].text ?? '').split(' ')) {
    if (word === 'fail') {
      throw script.failure ?? { code: -32603, message: 'Internal error', data: { details: 'No such tool' } };
    }
    await steps[word]();
  }
  const usage = { totalTokens: 12, inputTokens: 10, outputTokens: 2, cachedReadTokens: 7 };
  return { stopReason: cancelled ? 'cancelled' : (script.stopReason ?? 'end_turn'), usage };
}

function reopen() {
  lost = lost && !missed;
  if (script.unknownSession) {
    throw { code: -32002, message: 'Resource not found' };
  }
  if (script.replay) {
    say('an old answer');
  }
  return opened();
}

const handlers = {
  initialize: () =>
    script.hang
      ? new Promise(() => undefined)
      : {
          protocolVersion: 1,
          agentCapabilities: {
            loadSession: script.load === true,
            promptCapabilities: { image: script.images === true },
            sessionCapabilities: script.resume ? { resume: {} } : {},
          },
          authMethods: script.authMethods ?? [
            { id: 'login', name: 'Log in with a browser', description: null },
          ],
        },
  authenticate: () => {
    script.signedOut = false;
    return {};
  },
  'session/new': () => {
    if (script.signedOut) {
      throw { code: -32000, message: 'Authentication required' };
    }
    return { sessionId: 's1', ...opened() };
  },
  'session/load': reopen,
  'session/resume': reopen,
  'session/set_mode': (params) => {
    script.mode = params.modeId;
    return {};
  },
  'session/set_model': () => ({}),
  'session/set_config_option': (params) => ({
    configOptions: script.configOptions.map((option) =>
      option.id === params.configId ? { ...option, currentValue: params.value } : option,
    ),
  }),
  'session/prompt': prompt,
};

async function answer({ id, method, params }) {
  try {
    const result = await handlers[method](params);
    send({ id, result });
  } catch (error) {
    send({ id, error: { code: error.code ?? -32603, message: error.message, data: error.data } });
  }
}

function receive(message) {
  if (message.method === undefined) {
    pending.get(message.id)?.(message);
    return;
  }
  appendFileSync(script.trace, `${message.method} ${JSON.stringify(message.params)}\n`);
  if (message.method === 'session/cancel') {
    cancelled = true;
  } else if (handlers[message.method]) {
    void answer(message);
  }
}

let rest = '';
process.stdin.setEncoding('utf8');
process.stdin.on('data', (text) => {
  const lines = (rest + text).split('\n');
  rest = lines.pop() ?? '';
  for (const line of lines) {
    receive(JSON.parse(line));
  }
});
process.stdin.on('end', () => {
  if (!script.stubborn) {
    process.exit(0);
  }
});
if (script.stubborn) {
  process.on('SIGTERM', () => undefined);
  setInterval(() => undefined, 1000);
}
if (script.diesAtStart) {
  process.stderr.write('cannot find my configuration\n');
  process.exit(3);
}
