import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { type Message, type Reply, sessionId, type ToolCall } from '../../../src/core/model.ts';
import { claudeCode } from '../../../src/stores/claudeCode/index.ts';
import {
  assistant,
  type Bench,
  bench,
  calls,
  fixtures,
  id,
  link,
  parallelTools,
  result,
  says,
  session,
  sketch,
  twoTurns,
  user,
} from '../support/claudeTranscripts.ts';

const fixtureStore = claudeCode({ home: '/nowhere', variables: {}, folders: { 'claude-code': fixtures } });
const plain = sessionId('aaaaaaaa-0000-4000-8000-000000000001');

const repliesOf = (messages: readonly Message[]): readonly Reply[] =>
  messages.filter((message) => message.kind === 'reply');

describe('reading a session of Claude Code', () => {
  let at: Bench;
  beforeEach(async () => {
    at = await bench();
  });
  afterEach(() => at[Symbol.asyncDispose]());

  async function read(records: Parameters<Bench['write']>[1]): Promise<readonly Message[]> {
    await at.write(id('s'), records);
    return (await at.store.read(session('s'))).messages;
  }

  const toolOf = (messages: readonly Message[]): ToolCall | undefined =>
    repliesOf(messages)
      .flatMap(({ parts }) => parts)
      .find((part) => part.kind === 'tool');

  it('joins parallel calls with both their results in one reply', async () => {
    const messages = await read(parallelTools());
    assert.equal(sketch(messages), 'u1 | Bash=one+Bash=two | a1');
    assert.deepEqual(
      repliesOf(messages).map(({ finished, endsTurn, lines }) => [finished, endsTurn, lines]),
      [
        [true, false, { first: 2, last: 5 }],
        [true, true, { first: 6, last: 6 }],
      ],
    );
  });

  it('reads a whole real session: thinking, tools, a subagent, a written file', async () => {
    const { messages, info } = await fixtureStore.read(plain);
    assert.equal(
      sketch(messages.slice(0, 8)),
      'First: say hi | ANSWER#1 to: First: say hi | Second USE_TOOL now | I will run a command.+Bash=hello-from-tool' +
        ' | ANSWER#3 after tool result. | Third USE_PARALLEL now | Two calls.+Bash=par-one+Bash=par-two' +
        ' | ANSWER#5 after tool result.',
    );
    const thinking = repliesOf(messages).flatMap(({ parts }) =>
      parts.filter(({ kind }) => kind === 'thinking'),
    );
    assert.deepEqual(thinking, [{ kind: 'thinking', text: 'Let me think (stub).', durationMs: 17 }]);
    assert.equal(repliesOf(messages)[0]?.model, 'claude-opus-5-5');
    assert.equal(info.messageCount, 19);
  });

  it('counts all that the model read as input, and the cached share apart', async () => {
    const usage = {
      input_tokens: 3,
      cache_creation_input_tokens: 20,
      cache_read_input_tokens: 100,
      output_tokens: 7,
    };
    const reply = { id: 'm', role: 'assistant', model: 'x', content: [], stop_reason: 'end_turn', usage };
    const messages = await read([user('u1', null), link('a1', 'u1', { type: 'assistant', message: reply })]);
    assert.deepEqual(repliesOf(messages)[0]?.usage, { input: 123, output: 7, cacheRead: 100 });
  });

  it('tells what each tool did to what', async () => {
    const rows: readonly (readonly [string, Record<string, unknown>, string, string])[] = [
      ['Read', { file_path: '/f' }, 'read', '/f'],
      ['Bash', { command: 'ls' }, 'run', 'ls'],
      ['Grep', { pattern: 'x' }, 'search', 'x'],
      ['Glob', { pattern: '*.ts' }, 'search', '*.ts'],
      ['WebFetch', { url: 'https://example.org' }, 'fetch', 'https://example.org'],
      ['WebSearch', { query: 'q' }, 'search', 'q'],
      ['Task', { description: 'look' }, 'other', 'look'],
      ['mcp__a__b', { query: 'q' }, 'other', 'q'],
    ];
    for (const [name, input, action, target] of rows) {
      const tool = toolOf(await read([user('u1', null), calls('c1', 'u1', 't1', 'm', name, input)]));
      assert.deepEqual([tool?.name, tool?.action, tool?.target], [name, action, target]);
    }
  });

  it('gives the edits of written and edited files', async () => {
    const edit = async (name: string, input: Record<string, unknown>, details?: Record<string, unknown>) => {
      const done = result('r1', 'c1', 't1', 'ok', details ? { toolUseResult: details } : {});
      return toolOf(await read([user('u1', null), calls('c1', 'u1', 't1', 'm', name, input), done]))?.edits;
    };
    const one = { old_string: 'a', new_string: 'b' };
    const change = { path: '/f', before: 'a', after: 'b' };
    assert.deepEqual(await edit('Edit', { file_path: '/f', ...one }), [change]);
    assert.deepEqual(await edit('MultiEdit', { file_path: '/f', edits: [one, one] }), [change, change]);
    assert.deepEqual(await edit('Write', { file_path: '/f', content: 'b' }), [{ ...change, before: '' }]);
    assert.deepEqual(await edit('Write', { file_path: '/f', content: 'b' }, { originalFile: 'a' }), [change]);
  });

  it('tells calls that failed, were refused or never ended', async () => {
    const status = async (...rest: Parameters<typeof result>[]) =>
      toolOf(await read([user('u1', null), calls('c1', 'u1', 't1'), ...rest.map((args) => result(...args))]))
        ?.status;
    assert.equal(await status(['r1', 'c1', 't1', 'ok']), 'done');
    assert.equal(await status(), 'stopped');
    assert.equal(await status(['r1', 'c1', 't1', "The user doesn't want to proceed with this."]), 'stopped');
    const failed = user('r1', 'c1', [
      { type: 'tool_result', tool_use_id: 't1', content: 'no', is_error: true },
    ]);
    assert.equal(toolOf(await read([user('u1', null), calls('c1', 'u1', 't1'), failed]))?.status, 'failed');
  });

  it('is not finished while a call has no result or a reply no end (trap 9)', async () => {
    const finished = async (...records: Parameters<typeof read>[0][]) =>
      repliesOf(await read(records.flat() as never)).at(-1)?.finished;
    assert.equal(await finished([user('u1', null), calls('c1', 'u1', 't1')]), false);
    assert.equal(await finished(parallelTools().slice(0, 4)), false);
    const speaking = assistant('a1', 'u1', [{ type: 'text', text: 'I will' }], { stop: 'tool_use' });
    assert.equal(await finished([user('u1', null), speaking]), false);
    assert.equal(await finished([user('u1', null), says('a1', 'u1')]), true);
  });

  it('ends a turn where the person stopped it', async () => {
    const stopped = user('i1', 'r1', [{ type: 'text', text: '[Request interrupted by user for tool use]' }]);
    const records = [user('u1', null), calls('c1', 'u1', 't1'), result('r1', 'c1', 't1')];
    assert.equal(repliesOf(await read(records)).at(-1)?.endsTurn, false);
    assert.equal(repliesOf(await read([...records, stopped])).at(-1)?.endsTurn, true);
  });

  it('hides what the program said in the person’s place', async () => {
    const hidden = [
      user('h1', 'a1', 'caveat', { isMeta: true }),
      user('h2', 'h1', '<task-notification>done</task-notification>', { promptSource: 'system' }),
      user('h3', 'h2', '<command-name>/rename</command-name><command-args>x</command-args>'),
      user('h4', 'h3', '<local-command-stdout>Renamed</local-command-stdout>'),
      assistant('h5', 'h4', [{ type: 'text', text: 'No response requested.' }], { isApiErrorMessage: false }),
    ];
    const synthetic = {
      ...hidden[4],
      message: { id: 'x', model: '<synthetic>', content: [{ type: 'text', text: 'No response requested.' }] },
    };
    const messages = await read([
      user('u1', null),
      says('a1', 'u1'),
      ...hidden.slice(0, 4),
      synthetic,
      user('u2', 'h5'),
    ]);
    assert.equal(sketch(messages), 'u1 | a1 | u2');
  });

  it('shows a slash command that the model answered as it was typed', async () => {
    const command =
      '<command-message>review</command-message>\n<command-name>/review</command-name>\n<command-args>all of it</command-args>';
    const messages = await read([
      user('u1', null, command),
      user('m1', 'u1', [{ type: 'text', text: 'Review everything.' }], { isMeta: true }),
      says('a1', 'm1'),
    ]);
    assert.equal(sketch(messages), '/review all of it | a1');
  });

  it('gives images as attachments and hides what the editor put beside a prompt', async () => {
    const content = [
      { type: 'text', text: '<ide_opened_file>The user opened /f</ide_opened_file>' },
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
      { type: 'text', text: 'What is this?' },
    ];
    const [prompt] = await read([user('u1', null, content)]);
    assert.equal(prompt?.kind === 'prompt' && prompt.text, 'What is this?');
    assert.deepEqual(prompt?.kind === 'prompt' && prompt.attachments, [
      { name: 'image-1.png', mimeType: 'image/png', data: 'AAAA' },
    ]);
  });

  it('marks the first message that the model still sees after a compaction (trap 32)', async () => {
    const { messages } = await fixtureStore.read(sessionId('1eb99d0c-e511-45e2-b23c-026b7aa862da'));
    assert.equal(
      messages
        .map(
          (message) =>
            (message.afterCompaction ? '>' : '') +
            (message.kind === 'prompt' ? message.text.slice(0, 9) : ''),
        )
        .join('|'),
      'TUI one h||TUI two U|||>After rew|',
    );
  });

  it('reads everything before a compaction too', async () => {
    const boundary = link('b1', null, {
      type: 'system',
      subtype: 'compact_boundary',
      logicalParentUuid: id('a2'),
    });
    const summary = user('s1', 'b1', 'This session is being continued', { isCompactSummary: true });
    const messages = await read([...twoTurns(), boundary, summary, user('u3', 's1'), says('a3', 'u3')]);
    assert.equal(sketch(messages), 'u1 | a1 | u2 | a2 | u3 | a3');
    assert.deepEqual(messages.map(({ afterCompaction }) => afterCompaction === true).indexOf(true), 4);
  });

  it('keeps U+2028 in a prompt and does not split lines there', async () => {
    assert.equal(sketch(await read([user('u1', null, 'a\u2028b')])), 'a\u2028b');
  });

  it('gives a stretch by indexes, or the last ones', async () => {
    await at.write(id('s'), twoTurns());
    const stretch = async (range: Parameters<typeof at.store.read>[1]) => {
      const { first, total, messages } = await at.store.read(session('s'), range);
      return [first, total, sketch(messages)];
    };
    assert.deepEqual(await stretch({ last: 1 }), [3, 4, 'a2']);
    assert.deepEqual(await stretch({ from: 1, to: 3 }), [1, 4, 'a1 | u2']);
    assert.deepEqual(await stretch({ from: 3, to: 99 }), [3, 4, 'a2']);
    assert.deepEqual(await stretch({ from: 9, to: 2 }), [4, 4, '']);
  });

  it('reads a rewound branch by its own id', async () => {
    await at.write(id('s'), [...twoTurns(), user('v2', 'a1'), says('b2', 'v2')]);
    const { info, messages } = await at.store.read(sessionId(`${id('s')}~${id('a2')}`));
    assert.equal(sketch(messages), 'u1 | a1 | u2 | a2');
    assert.equal(info.lineage?.kind, 'rewound');
    const gone = sessionId(`${id('s')}~${id('gone')}`);
    await assert.rejects(at.store.read(gone), { code: 'no_such_session' });
  });

  it('says so when the session is gone', async () => {
    await assert.rejects(at.store.read(session('s')), { code: 'no_such_session' });
  });
});
