import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Message, type Reply, sessionId, type ToolCall } from '../../../src/core/model.ts';
import {
  answer,
  ask,
  call,
  emptyHome,
  fixtureHome,
  idOf,
  type Line,
  result,
  withoutLines,
  word,
  writeSession,
} from './qwenCodeHome.ts';

const one = sessionId('11111111-1111-4111-8111-111111111111');

async function messagesOf(lines: readonly Line[]): Promise<readonly Message[]> {
  using home = emptyHome();
  writeSession(home, one, lines);
  return (await home.store.read(one)).messages;
}

const replyOf = (message: Message | undefined): Reply => {
  assert.ok(message?.kind === 'reply');
  return message;
};

async function toolsOf(...lines: readonly Line[]): Promise<readonly ToolCall[]> {
  const messages = await messagesOf([ask('do'), ...lines]);
  return messages.flatMap((message) =>
    message.kind === 'reply' ? message.parts.filter((part) => part.kind === 'tool') : [],
  );
}

describe('Reading a Qwen Code session', () => {
  it('gives a real session with its tools joined to their results', async () => {
    using home = fixtureHome();
    const { messages, total } = await home.store.read(await idOf(home.store, '6fd21ee9'));
    assert.equal(total, 10);
    const reply = replyOf(messages[3]);
    assert.deepEqual(withoutLines([reply]), [
      {
        kind: 'reply',
        id: '9d402136-7da8-451f-98b0-2a3217d5ec62',
        at: Date.parse('2026-11-21T01:54:11.160Z'),
        model: 'stub-model',
        usage: { input: 140, output: 12, cacheRead: 0 },
        finished: true,
        endsTurn: false,
        parts: [
          { kind: 'text', text: 'calling read_file. ' },
          {
            kind: 'tool',
            id: 'call_stub_3_mwpr8mdb',
            name: 'read_file',
            action: 'read',
            target: '/srv/dev/qwen/ws1/a.txt',
            input: '{\n  "file_path": "/srv/dev/qwen/ws1/a.txt"\n}',
            output: 'hello\n',
            status: 'done',
          },
        ],
      },
    ]);
    assert.deepEqual(reply.lines, { first: 9, last: 11 });
    assert.deepEqual(messages[2]?.lines, { first: 6, last: 6 });
  });

  it('shows a written file as an edit with the text before', async () => {
    using home = fixtureHome();
    const { messages } = await home.store.read(await idOf(home.store, '6fd21ee9'));
    const tool = replyOf(messages[6]).parts.find((part) => part.kind === 'tool');
    assert.deepEqual(tool?.edits, [
      { path: '/srv/dev/qwen/ws1/b.txt', before: '', after: 'written by stub 5\n' },
    ]);
  });

  it('follows the active chain: rewound messages stay out, and have their own branch (traps 7 and 17)', async () => {
    using home = fixtureHome();
    const id = await idOf(home.store, 'a45a7efe');
    const active = await home.store.read(id);
    assert.deepEqual(
      active.messages.map(word).filter((text) => text.startsWith('>')),
      ['> Serve Q1 alpha', '> After rewind Q'],
    );
    const branch = (await home.store.list()).sessions.find(
      ({ lineage }) => lineage?.parent.id === id && lineage.kind === 'rewound',
    );
    assert.ok(branch);
    const read = await home.store.read(branch.ref.id);
    assert.deepEqual(withoutLines(read.messages.slice(0, 2)), withoutLines(active.messages.slice(0, 2)));
    assert.equal(read.total, 13);
  });

  it('marks the first message after a compaction', async () => {
    using home = fixtureHome();
    const { messages } = await home.store.read(await idOf(home.store, '77b3e7b0'));
    assert.deepEqual(
      messages.flatMap((message, index) => (message.afterCompaction ? [[index, word(message)]] : [])),
      [[10, '> After compress Q2']],
    );
  });

  it('reads a stretch', async () => {
    using home = fixtureHome();
    const id = await idOf(home.store, '6fd21ee9');
    const { messages } = await home.store.read(id);
    const last = await home.store.read(id, { last: 3 });
    assert.deepEqual([last.first, last.total, last.messages], [7, 10, messages.slice(7)]);
    const middle = await home.store.read(id, { from: 2, to: 99 });
    assert.deepEqual([middle.first, middle.messages], [2, messages.slice(2)]);
    assert.deepEqual((await home.store.read(id, { from: 50, to: 60 })).messages, []);
  });

  it('knows no session that is gone, and no id that leads out of its folder', async () => {
    using home = fixtureHome();
    for (const id of [
      '../../settings',
      '../../x',
      `${one}`,
      `${one}~../../x`,
      '6fd21ee9-27bc-4b2d-97e6-f6e2941ef6a1~nothing',
      '',
      `${one}/..`,
    ]) {
      await assert.rejects(home.store.read(sessionId(id)), { code: 'no_such_session' }, id);
    }
  });

  it('joins text pieces and shows thinking apart', async () => {
    const parts = [
      { text: 'Hm', thought: true },
      { text: '...', thought: true },
      { text: 'Yes' },
      { text: '!' },
    ];
    const [, reply] = await messagesOf([ask('q'), { ...answer(''), message: { role: 'model', parts } }]);
    assert.deepEqual(replyOf(reply).parts, [
      { kind: 'thinking', text: 'Hm...' },
      { kind: 'text', text: 'Yes!' },
    ]);
  });

  it('joins the parts of records that bear one uuid, as the agent does', async () => {
    const messages = await messagesOf([
      ask('q'),
      answer('a', { uuid: 'same' }),
      answer('b', { uuid: 'same', parentUuid: '00000001' }),
    ]);
    assert.deepEqual(messages.map(word), ['> q', 'ab']);
  });

  it('gives images and files of a prompt as attachments', async () => {
    const parts = [
      { text: 'look' },
      { inlineData: { mimeType: 'image/png', data: 'AAAA', displayName: 'shot.png' } },
      { fileData: { mimeType: 'text/plain', fileUri: '/tmp/a.txt' } },
    ];
    const [prompt] = await messagesOf([{ type: 'user', message: { role: 'user', parts } }]);
    assert.ok(prompt?.kind === 'prompt');
    assert.equal(prompt.text, 'look');
    assert.deepEqual(prompt.attachments, [
      { name: 'shot.png', mimeType: 'image/png', data: 'AAAA' },
      { name: 'a.txt', mimeType: 'text/plain', path: '/tmp/a.txt' },
    ]);
  });

  it('keeps U+2028 inside a prompt', async () => {
    const [prompt] = await messagesOf([ask('a\u2028b\u2029c'), answer('d')]);
    assert.equal(word(prompt), '> a\u2028b\u2029c');
  });
});

describe('Where a turn ends', () => {
  const flags = async (...lines: readonly Line[]) =>
    (await messagesOf(lines)).flatMap((message) =>
      message.kind === 'reply' ? [[message.finished, message.endsTurn]] : [],
    );
  const calls = call({ id: 'a', name: 'glob', args: {} }, { id: 'b', name: 'glob', args: {} });

  it('is a reply without calls', async () => {
    const results = [result('a', 'glob', {}), result('b', 'glob', {})];
    assert.deepEqual(await flags(ask('q'), calls, ...results, answer('done')), [
      [true, false],
      [true, true],
    ]);
  });

  it('is not yet where all results are in but nothing follows', async () => {
    assert.deepEqual(await flags(ask('q'), calls, result('b', 'glob', {}), result('a', 'glob', {})), [
      [true, false],
    ]);
  });

  it('is nowhere while one of parallel calls has no result', async () => {
    assert.deepEqual(await flags(ask('q'), calls, result('b', 'glob', {})), [[false, false]]);
  });

  it('is where the person asked anew, but not where they spoke into the turn', async () => {
    const both = [result('a', 'glob', {}), result('b', 'glob', {})];
    assert.deepEqual(await flags(ask('q'), calls, ...both, ask('next')), [[true, true]]);
    const interjection = ask('faster', { subtype: 'mid_turn_user_message' });
    assert.deepEqual(await flags(ask('q'), calls, ...both, interjection), [[true, false]]);
  });

  it('is never a reply whose call got no result before the next prompt', async () => {
    assert.deepEqual(await flags(ask('q'), calls, ask('next'), answer('x')), [
      [false, false],
      [true, true],
    ]);
  });
});

describe('What a tool row says', () => {
  const rows: readonly (readonly [string, Line, string, string])[] = [
    ['read_file', { file_path: '/a' }, 'read', '/a'],
    ['read_file', { absolute_path: '/a' }, 'read', '/a'],
    ['edit', { file_path: '/a', old_string: 'x', new_string: 'y' }, 'edit', '/a'],
    ['replace', { file_path: '/a', old_string: 'x', new_string: 'y' }, 'edit', '/a'],
    ['write_file', { file_path: '/a', content: 'y' }, 'edit', '/a'],
    ['run_shell_command', { command: 'ls -l', description: 'List' }, 'run', 'ls -l'],
    ['grep_search', { pattern: 'x+' }, 'search', 'x+'],
    ['search_file_content', { pattern: 'x+' }, 'search', 'x+'],
    ['glob', { pattern: '**/*.md' }, 'search', '**/*.md'],
    ['web_fetch', { url: 'https://a.example', prompt: 'sum' }, 'fetch', 'https://a.example'],
    ['agent', { description: 'Look around', prompt: 'long' }, 'other', 'Look around'],
    ['task', { description: 'Look around' }, 'other', 'Look around'],
    ['todo_write', { todos: [] }, 'other', 'todo_write'],
    ['mcp__x__y', {}, 'other', 'mcp__x__y'],
  ];
  for (const [name, args, action, target] of rows) {
    it(`${name}: ${action} ${target}`, async () => {
      const [tool] = await toolsOf(call({ id: 'a', name, args }));
      assert.deepEqual([tool?.action, tool?.target], [action, target]);
    });
  }

  it('shows an edit as text before and after', async () => {
    const args = { file_path: '/a', old_string: 'x', new_string: 'y' };
    const [tool] = await toolsOf(
      call({ id: 'a', name: 'edit', args }),
      result('a', 'edit', { output: 'ok' }),
    );
    assert.deepEqual(tool?.edits, [{ path: '/a', before: 'x', after: 'y' }]);
  });

  it('tells done, failed and stopped apart', async () => {
    const statuses = async (response: Line, outcome: Line) =>
      (await toolsOf(call({ id: 'a', name: 'glob' }), result('a', 'glob', response, outcome)))[0]?.status;
    assert.equal(await statuses({ output: 'x' }, { status: 'success' }), 'done');
    assert.equal(await statuses({ error: 'x' }, { status: 'error' }), 'failed');
    assert.equal(await statuses({ error: 'x' }, { status: 'cancelled' }), 'stopped');
    assert.equal(await statuses({ error: 'x' }, {}), 'failed');
  });

  it('matches calls without ids by name, in their order', async () => {
    const bare = (output: string): Line => ({
      type: 'tool_result',
      message: { role: 'user', parts: [{ functionResponse: { name: 'glob', response: { output } } }] },
    });
    const tools = await toolsOf(call({ name: 'glob' }, { name: 'glob' }), bare('first'), bare('second'));
    assert.deepEqual(
      tools.map(({ output }) => output),
      ['first', 'second'],
    );
  });
});
