import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sessionId } from '../../../src/core/model.ts';
import {
  aborted,
  asked,
  called,
  complete,
  cutAt,
  emptyHome,
  fixtureHome,
  gave,
  idOf,
  injected,
  type Line,
  legacySaid,
  one,
  patched,
  rolledBack,
  said,
  shown,
  started,
  turn,
  two,
  used,
  type WriteOptions,
  writeRollout,
} from './codexHome.ts';

async function readLines(lines: readonly Line[], options?: WriteOptions) {
  using home = emptyHome();
  const { id } = writeRollout(home, one, lines, options);
  return (await home.store.read(id)).messages;
}

describe('Reading Codex sessions', () => {
  it('joins the files that a fork of a rewound session goes on from', async () => {
    using home = fixtureHome('rewound');
    const { messages, total } = await home.store.read(await idOf(home, 'e765'));
    assert.equal(total, 10);
    assert.deepEqual(shown(messages), [
      'P:one USE_TOOL',
      'R:T',
      'R:Reply to: one USE_TOOL, after 1 tool result(s).',
      'P:two THINK USE_TWO_TOOLS',
      'R:TT',
      'R:Reply to: two THINK USE_TWO_TOOLS, after 2 tool result(s).',
      'P:three again',
      'R:Reply to: three again.',
      'P:child four',
      'R:Reply to: child four.',
    ]);
  });

  it('follows a base that skips a generation, and reads what a rewind left behind', async () => {
    using home = fixtureHome('rewound');
    const { messages } = await home.store.read(await idOf(home, 'e7bc'));
    assert.deepEqual(shown(messages).slice(-2), ['P:grandchild three', 'R:Reply to: grandchild three.']);
    assert.equal(messages.length, 8);
    const rewound = await idOf(home, 'e891');
    const left = await home.store.read(sessionId(`${rewound}~${rewound}`));
    assert.deepEqual(shown(left.messages).slice(-4), [
      'P:child four',
      'R:Reply to: child four.',
      'P:five',
      'R:Reply to: five.',
    ]);
  });

  it('gives thinking, tool calls with results, model, tokens and time of a reply', async () => {
    using home = fixtureHome('rewound');
    const { messages } = await home.store.read(await idOf(home, 'e50a'));
    const reply = messages[4];
    assert.ok(reply?.kind === 'reply');
    assert.deepEqual(
      reply.parts.map((part) => (part.kind === 'tool' ? [part.action, part.target, part.status] : part)),
      [
        { kind: 'thinking', text: 'Thinking about: two THINK USE_TWO_TOOLS' },
        ['run', 'echo stub tool 1', 'done'],
        ['run', 'echo stub tool 2', 'done'],
      ],
    );
    const tool = reply.parts[1];
    assert.equal(tool?.kind === 'tool' && tool.output, 'stub tool 1\n');
    assert.equal(reply.model, 'stub-model');
    assert.deepEqual(reply.usage, { input: 10_019, output: 1, cacheRead: 0 });
    assert.equal(new Date(reply.at ?? 0).getUTCFullYear(), 2026);
  });

  it('names lines of the raw file only for what stands in it', async () => {
    using home = fixtureHome('native');
    const { messages } = await home.store.read(await idOf(home, 'e760'));
    assert.equal(messages[7]?.lines, undefined);
    assert.deepEqual(messages[8]?.lines, { first: 6, last: 6 });
  });

  it('reads a range', async () => {
    using home = fixtureHome('native');
    const id = await idOf(home, '5256');
    const range = await home.store.read(id, { from: 3, to: 5 });
    assert.deepEqual([range.first, range.total, shown(range.messages)[0]], [3, 8, 'P:second prompt beta']);
    assert.equal((await home.store.read(id, { last: 2 })).first, 6);
  });

  it('shows neither the summary of a compaction nor what Codex puts into the person’s role', async () => {
    using home = fixtureHome('rewound');
    const { messages } = await home.store.read(await idOf(home, 'efc9'));
    assert.deepEqual(shown(messages), [
      'P:compact one',
      'R:Reply to: compact one.',
      'P:compact error',
      'P:compact two',
      'R:Reply to: compact two.',
      'P:after compaction',
      'R:Reply to: after compaction.',
    ]);
    assert.deepEqual(
      messages.filter(({ afterCompaction }) => afterCompaction).map((message) => shown([message])[0]),
      ['P:after compaction'],
    );
  });

  it('takes words that steer a running turn as a prompt of that turn', async () => {
    using home = fixtureHome('rewound');
    const { messages } = await home.store.read(await idOf(home, 'e9a1'));
    assert.deepEqual(shown(messages).slice(2, 6), [
      'P:stopped',
      'P:go USE_TOOL',
      'P:steered words',
      'R:Reply to: steered words.',
    ]);
  });

  it('makes one reply of one response even when its first tool ends before its second call', async () => {
    const call = (id: string) => called(id, 'exec_command', { cmd: id });
    const messages = await readLines([
      started('t'),
      asked('p', 'go'),
      call('c1'),
      gave('c1', 'x'),
      call('c2'),
      used(),
      gave('c2', 'y'),
      said('r', 'done'),
      used(),
      complete('t'),
    ]);
    assert.deepEqual(shown(messages), ['P:go', 'R:TT', 'R:done.']);
  });

  it('says what is finished: not an answer under way, a call without output, or a running turn', async () => {
    const open = [started('t'), asked('p', 'go'), called('c', 'exec_command', { cmd: 'ls' }), used()];
    const running = await readLines(open);
    const stopped = await readLines([...open, aborted('t')]);
    const answered = await readLines([...open, gave('c', 'x')]);
    const flags = [running, stopped, answered].map((messages) => {
      const reply = messages[1];
      const part = reply?.kind === 'reply' ? reply.parts[0] : undefined;
      return reply?.kind === 'reply' && part?.kind === 'tool'
        ? [part.status, reply.finished, reply.endsTurn]
        : [];
    });
    assert.deepEqual(flags, [
      ['running', false, false],
      ['stopped', false, false],
      ['done', true, false],
    ]);
    const unfinished = (await readLines([started('t'), asked('p', 'go'), said('r', 'half')]))[1];
    assert.equal(unfinished?.kind === 'reply' && unfinished.finished, false);
  });

  it('reads legacy files: prompts by their events, replies without marks, turns without ends', async () => {
    const messages = await readLines(
      [
        injected('<environment_context>here</environment_context>'),
        injected('first'),
        legacySaid('first'),
        called('c1', 'shell', { command: ['ls', '-l'] }),
        gave('c1', { content: 'a.txt', success: true }),
        said('', 'one'),
        injected('<b>second</b>'),
        legacySaid('<b>second</b>'),
        said('', 'two'),
      ],
      { legacy: true },
    );
    assert.deepEqual(shown(messages), ['P:first', 'R:T', 'R:one.', 'P:<b>second</b>', 'R:two.']);
    assert.equal(new Set(messages.map(({ id }) => id)).size, 5);
  });

  it('drops turns that a legacy file rolled back', async () => {
    const messages = await readLines([...turn('a'), ...turn('b'), rolledBack(1), ...turn('c')], {
      legacy: true,
    });
    assert.deepEqual(shown(messages), ['P:ask a', 'R:answer a.', 'P:ask c', 'R:answer c.']);
  });

  it('shows the edits of a patch and a failed command', async () => {
    const patch =
      '*** Begin Patch\n*** Update File: a.txt\n@@\n one\n-two\n+three\n*** Add File: b.txt\n+new\n*** End Patch';
    const messages = await readLines([
      started('t'),
      asked('p', 'go'),
      patched('c1', patch),
      called('c2', 'exec_command', { cmd: 'false' }),
      used(),
      gave('c1', 'ok'),
      gave('c2', { content: 'no', success: false }),
    ]);
    const parts = messages[1]?.kind === 'reply' ? messages[1].parts : [];
    const [edit, run] = parts.filter((part) => part.kind === 'tool');
    assert.deepEqual(edit?.edits, [
      { path: 'a.txt', before: 'one\ntwo', after: 'one\nthree' },
      { path: 'b.txt', before: '', after: 'new' },
    ]);
    assert.deepEqual([edit?.action, edit?.target], ['edit', 'a.txt']);
    assert.deepEqual([run?.status, run?.output], ['failed', 'no']);
  });

  it('gives the person’s images as attachments, and U+2028 inside a prompt', async () => {
    const content = [
      { type: 'input_text', text: 'look\u2028here' },
      { type: 'input_image', image_url: 'data:image/png;base64,AAAA' },
    ];
    const passthrough = { content_item_kinds: ['user.text', 'user.image'] };
    const payload = {
      type: 'message',
      role: 'user',
      id: 'p',
      content,
      internal_chat_message_metadata_passthrough: passthrough,
    };
    const [prompt] = await readLines([started('t'), { type: 'response_item', payload }]);
    assert.ok(prompt?.kind === 'prompt');
    assert.equal(prompt.text, 'look\u2028here');
    assert.deepEqual(prompt.attachments, [{ name: 'image', mimeType: 'image/png', data: 'AAAA' }]);
  });

  it('gives a stretch all that its tools said, also where a tool ended behind later messages', async () => {
    using home = emptyHome();
    const output = 'line of output\n'.repeat(100);
    const end = { type: 'exec_command_end', call_id: 'c', aggregated_output: output, exit_code: 0 };
    writeRollout(home, one, [
      started('t'),
      asked('p', 'go'),
      called('c', 'exec_command', { cmd: 'sleep 9 &' }),
      gave('c', 'it runs'),
      used(),
      said('r', 'done'),
      used(),
      { type: 'event_msg', payload: end },
      complete('t'),
    ]);
    const whole = await home.store.read(sessionId(one));
    const { messages } = await home.store.read(sessionId(one), { from: 1, to: 2 });
    assert.deepEqual(messages, whole.messages.slice(1, 2));
    assert.ok(JSON.stringify(messages).includes('line of output\\nline of output'));
  });

  it('counts a prompt that begins with data or has an image like any other in lists, stretches and forks', async () => {
    using home = emptyHome();
    const data = `data: ${'x'.repeat(300)}`;
    const image = { type: 'input_image', image_url: `data:image/png;base64,${'A'.repeat(300)}` };
    const prompt = (...content: readonly object[]): Line => ({
      type: 'response_item',
      payload: { type: 'message', role: 'user', content: [...content, image] },
    });
    writeRollout(
      home,
      one,
      [
        legacySaid(`look:\n${data}`),
        prompt({ type: 'input_text', text: 'look:' }, { type: 'input_text', text: data }),
        said('r', 'seen'),
        legacySaid(data),
        prompt({ type: 'input_text', text: data }),
        said('s', 'seen again'),
      ],
      { legacy: true },
    );
    const whole = await home.store.read(sessionId(one));
    assert.deepEqual([whole.total, (await home.info(one)).messageCount], [4, 4]);
    for (let from = 0; from < 4; from++) {
      const { messages } = await home.store.read(sessionId(one), { from, to: from + 1 });
      assert.deepEqual(messages, whole.messages.slice(from, from + 1));
    }
    const child = await home.store.fork(sessionId(one), cutAt(whole.messages, 2), 'x');
    assert.equal((await home.store.read(child)).total, 2);
  });

  it('throws no_such_session for what is not there', async () => {
    using home = fixtureHome('native');
    await assert.rejects(home.store.read(sessionId(two)), { code: 'no_such_session' });
    const id = await idOf(home, '5256');
    await assert.rejects(home.store.read(sessionId(`${id}~${two}`)), { code: 'no_such_session' });
  });
});
