import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  applyOptionsChange,
  modelSetter,
  modeSetter,
  modeToLowerTo,
  type OptionsState,
  sessionOptions,
} from '../../../src/agents/acp/options.ts';
import { sessionReplySchema } from '../../../src/agents/acp/schema.ts';
import { isOptionsChange, parseUpdate, toLiveUpdate } from '../../../src/agents/acp/updates.ts';

const live = (update: object) => {
  const parsed = parseUpdate(update);
  assert.ok(parsed && !isOptionsChange(parsed));
  return toLiveUpdate(parsed);
};
const call = (fields: object) => {
  const update = live({ sessionUpdate: 'tool_call_update', toolCallId: 't', ...fields });
  assert.ok(update.kind === 'tool');
  return update.call;
};
const offering = (reply: object): OptionsState => ({
  reply: sessionReplySchema.parse(reply),
  commands: [],
  images: false,
});

for (const [kind, action] of [
  ['read', 'read'],
  ['edit', 'edit'],
  ['delete', 'edit'],
  ['move', 'edit'],
  ['execute', 'run'],
  ['search', 'search'],
  ['fetch', 'fetch'],
  ['think', 'other'],
  ['brand_new_kind', 'other'],
] as const) {
  test(`a tool of kind ${kind} is shown as ${action}`, () => {
    assert.equal(call({ kind }).action, action);
  });
}

test('a tool call changes only in what its update mentions', () => {
  assert.deepEqual(call({ status: 'failed' }), { id: 't', status: 'failed' });
});

test('a command is shown by its command line, its output without the fence', () => {
  const content = [{ type: 'content', content: { type: 'text', text: '```console\n42 passed\n```' } }];
  assert.deepEqual(
    call({ title: '`npm test`', rawInput: { command: 'npm test' }, content, status: 'completed' }),
    {
      id: 't',
      name: '`npm test`',
      target: 'npm test',
      input: '{\n  "command": "npm test"\n}',
      output: '42 passed',
      status: 'done',
    },
  );
});

test('a search is shown by its query, not by its folder', () => {
  assert.equal(call({ rawInput: { path: 'src', pattern: 'issue\\(' } }).target, 'issue\\(');
});

test('a diff becomes an edit with both texts; a new file has none before', () => {
  const content = [
    { type: 'diff', path: 'a.ts', oldText: 'one', newText: 'two' },
    { type: 'diff', path: 'b.ts', oldText: null, newText: 'new' },
  ];
  const { edits, target } = call({ content });
  assert.deepEqual(edits, [
    { path: 'a.ts', before: 'one', after: 'two' },
    { path: 'b.ts', before: '', after: 'new' },
  ]);
  assert.equal(target, 'a.ts');
});

test("an agent's own name of a tool is taken from its metadata", () => {
  assert.equal(call({ title: 'Terminal', _meta: { claudeCode: { toolName: 'Bash' } } }).name, 'Bash');
  assert.equal(call({ title: "Glob: '*.md'", _meta: { toolName: 'glob' } }).name, 'glob');
});

test('what a call is about to do is not its output', () => {
  const content = [{ type: 'content', content: { type: 'text', text: 'Lists the files' } }];
  assert.equal(call({ content }).output, undefined);
  assert.equal(call({ content, status: 'pending' }).output, undefined);
  assert.equal(call({ content, status: 'in_progress' }).output, 'Lists the files');
});

test('output that comes raw only is shown too', () => {
  assert.equal(call({ rawOutput: { stdout: 'ok' } }).output, 'ok');
});

test('one broken part of a tool call does not lose the rest', () => {
  const content = [{ type: 'hologram' }, { type: 'content', content: { type: 'text', text: 'kept' } }];
  assert.equal(call({ content, locations: 'nowhere', status: 'failed' }).output, 'kept');
});

test('plans and the use of the context are told', () => {
  const entries = [
    { content: 'Read', priority: 'high', status: 'completed' },
    { content: 'Write', priority: 'low', status: 'in_progress' },
  ];
  assert.deepEqual(live({ sessionUpdate: 'plan', entries }), {
    kind: 'plan',
    entries: [
      { text: 'Read', status: 'done' },
      { text: 'Write', status: 'running' },
    ],
  });
  assert.deepEqual(live({ sessionUpdate: 'usage_update', used: 68_000, size: 200_000 }), {
    kind: 'usage',
    used: 68_000,
    size: 200_000,
  });
});

test('content that is not text is passed over', () => {
  assert.equal(parseUpdate({ sessionUpdate: 'agent_message_chunk', content: { type: 'audio' } }), undefined);
  assert.equal(parseUpdate('nonsense'), undefined);
});

const modes = {
  currentModeId: 'bypassPermissions',
  availableModes: [
    { id: 'plan', name: 'Plan', description: null },
    { id: 'default', name: 'Default', description: 'Asks' },
    { id: 'bypassPermissions', name: 'Bypass' },
  ],
};
const config = [
  {
    id: 'permission',
    name: 'Mode',
    category: 'mode',
    type: 'select',
    currentValue: 'yolo',
    options: [
      { value: 'yolo', name: 'YOLO' },
      { value: 'ask', name: 'Ask' },
    ],
  },
  {
    id: 'model',
    name: 'Model',
    category: 'model',
    type: 'select',
    currentValue: 'big',
    options: [{ group: 'g', name: 'Group', options: [{ value: 'big', name: 'Big' }] }],
  },
  { id: 'fast', name: 'Fast', type: 'boolean', currentValue: true },
];

test('modes are read from the modes of a session', () => {
  const { reply } = offering({ modes });
  assert.deepEqual(sessionOptions({ reply, commands: [], images: true }).modes[1], {
    id: 'default',
    name: 'Default',
    description: 'Asks',
  });
  assert.deepEqual(modeSetter(reply), { kind: 'mode' });
  assert.equal(modeToLowerTo(reply)?.to.id, 'default');
});

test('modes and models are read from config options, grouped ones too', () => {
  const state = offering({ configOptions: config });
  const { mode, model, models } = sessionOptions(state);
  assert.deepEqual(
    { mode, model, models },
    { mode: 'yolo', model: 'big', models: [{ id: 'big', name: 'Big' }] },
  );
  assert.deepEqual(modeSetter(state.reply), { kind: 'config', id: 'permission' });
  assert.deepEqual(modelSetter(state.reply), { kind: 'config', id: 'model' });
  assert.equal(modeToLowerTo(state.reply)?.to.id, 'ask');
});

test('models are read as older agents offer them', () => {
  const state = offering({
    models: { currentModelId: 'm', availableModels: [{ modelId: 'm', name: 'Model' }] },
  });
  assert.deepEqual(sessionOptions(state).models, [{ id: 'm', name: 'Model' }]);
  assert.deepEqual(modelSetter(state.reply), { kind: 'model' });
});

test('an agent that offers nothing offers nothing', () => {
  const state = offering({ modes: 'none', configOptions: null });
  assert.deepEqual(sessionOptions(state), { modes: [], models: [], commands: [], images: false });
  assert.equal(modeSetter(state.reply), undefined);
  assert.equal(modeToLowerTo(state.reply), undefined);
});

test('the agent may change its mode and its commands by itself', () => {
  const changed = [
    { sessionUpdate: 'current_mode_update', currentModeId: 'plan' },
    {
      sessionUpdate: 'available_commands_update',
      availableCommands: [{ name: 'review', description: 'Reviews', input: { hint: 'a file' } }],
    },
  ].reduce((state, update) => {
    const parsed = parseUpdate(update);
    assert.ok(parsed && isOptionsChange(parsed));
    return applyOptionsChange(state, parsed);
  }, offering({ modes }));
  assert.equal(sessionOptions(changed).mode, 'plan');
  assert.deepEqual(changed.commands, [{ name: 'review', description: 'Reviews', hint: 'a file' }]);
});
