import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LiveUpdate } from '../../../src/core/liveAgent.ts';
import { sessionId } from '../../../src/core/model.ts';
import { prompt } from './harness.ts';
import { main, moltisRig, until } from './moltisHarness.ts';

const kinds = (updates: readonly LiveUpdate[]): string => updates.map(({ kind }) => kind).join(' ');

const never = new Promise(() => undefined);

describe('Moltis live: a turn', () => {
  it('tells thinking, text, tool calls and tokens in their order', async () => {
    await using rig = await moltisRig();
    rig.double.chat.script = () => [
      { thinking: 'First' },
      { thinking: 'First look' },
      { tool: 'exec', args: { command: 'ls' }, result: { stdout: 'a\n', stderr: '', exit_code: 0 } },
      { thinking: 'Now say' },
      { text: 'There ' },
      { text: 'is a.' },
    ];
    const conversation = await rig.open();
    assert.equal(await conversation.prompt(prompt('Look')), 'done');
    assert.equal(kinds(rig.ear.updates), 'thinking thinking tool tool thinking text text tokens');
    assert.deepEqual(
      rig.ear.updates.flatMap((update) => (update.kind === 'thinking' ? [update.text] : [])),
      ['First', ' look', 'Now say'],
    );
    const [started, ended] = rig.ear.updates.flatMap((update) =>
      update.kind === 'tool' ? [update.call] : [],
    );
    assert.deepEqual([started?.action, started?.target, started?.status], ['run', 'ls', 'running']);
    assert.deepEqual([ended?.id, ended?.output, ended?.status], [started?.id, 'a\n', 'done']);
    assert.equal(rig.ear.text(), 'There is a.');
    assert.deepEqual(rig.ear.updates.at(-1), {
      kind: 'tokens',
      usage: { input: 100, output: 5, cacheRead: 90 },
    });
  });

  it('goes on in the session that was opened; the store reads the turn afterwards', async () => {
    await using rig = await moltisRig();
    const conversation = await rig.open();
    await conversation.prompt(prompt('4+4?'));
    assert.deepEqual(rig.double.chat.requests, [
      ['user 2+2?', 'assistant 4', 'user 3+3?', 'assistant 6', 'user 4+4?'],
    ]);
    assert.equal((await rig.home.messages('main')).length, 6);
  });

  it('begins a new session when none is named', async () => {
    await using rig = await moltisRig();
    const conversation = await rig.open({});
    await conversation.prompt(prompt('Hello'));
    assert.match(conversation.session.id, /^session:[0-9a-f-]{36}$/);
    assert.equal((await rig.home.messages(conversation.session.id)).length, 2);
  });

  it('sends images as blocks and files by their path, and refuses other bytes', async () => {
    await using rig = await moltisRig();
    const conversation = await rig.open();
    const image = { name: 'a.png', mimeType: 'image/png', data: 'AAAA' };
    await conversation.prompt({ text: 'See', attachments: [image, { name: 'b', path: '/p/b' }] });
    assert.deepEqual(rig.double.chat.sent[0]?.content, [
      { type: 'text', text: 'See\n/p/b' },
      { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
    ]);
    await assert.rejects(conversation.prompt({ text: '', attachments: [{ name: 'c.bin', data: 'AA' }] }), {
      code: 'not_supported',
    });
  });

  it('tells the models, and sends the one that was chosen', async () => {
    await using rig = await moltisRig();
    const conversation = await rig.open();
    assert.deepEqual(conversation.options().models, [{ id: 'stub::model', name: 'Stub' }]);
    await conversation.prompt(prompt('a'));
    await conversation.setModel('stub::model');
    await conversation.prompt(prompt('b'));
    assert.deepEqual(
      rig.double.chat.sent.map(({ model }) => model),
      [undefined, 'stub::model'],
    );
    await assert.rejects(conversation.setModel('other'), { code: 'not_supported' });
    await assert.rejects(conversation.setMode('plan'), { code: 'not_supported' });
  });

  it("rejects with the model's error in its own words", async () => {
    await using rig = await moltisRig();
    rig.double.chat.script = () => [{ fail: 'quota exceeded' }];
    await assert.rejects((await rig.open()).prompt(prompt('x')), { message: 'quota exceeded' });
  });

  it('stops the turn that runs', async () => {
    await using rig = await moltisRig();
    rig.double.chat.script = () => [{ text: 'Half' }, { wait: never }];
    const conversation = await rig.open();
    const turn = conversation.prompt(prompt('x'));
    await until(() => rig.ear.text() === 'Half');
    await conversation.cancel();
    assert.equal(await turn, 'stopped');
  });

  it('takes one prompt at a time, and none while another client is being answered', async () => {
    await using rig = await moltisRig();
    rig.double.chat.script = () => [{ wait: never }];
    const conversation = await rig.open();
    const turn = conversation.prompt(prompt('x'));
    await assert.rejects(conversation.prompt(prompt('y')), { code: 'busy' });
    await until(() => rig.double.chat.sent.length === 1);
    const other = await rig.open();
    await assert.rejects(other.prompt(prompt('z')), { code: 'busy' });
    assert.equal(rig.double.chat.sent.length, 1, 'nothing was queued');
    await conversation.cancel();
    await turn;
  });

  it('hears nothing of other sessions and other runs', async () => {
    await using rig = await moltisRig();
    rig.home.add('session:other', 'four');
    const mine = await rig.open();
    const other = await rig.open({ id: sessionId('session:other') });
    rig.double.chat.script = (text) => [{ text }];
    await Promise.all([mine.prompt(prompt('one')), other.prompt(prompt('two'))]);
    assert.deepEqual(
      rig.ear.updates.flatMap((update) => (update.kind === 'text' ? [update.text] : [])).sort(),
      ['one', 'two'],
    );
  });
});

describe('Moltis live: approvals', () => {
  const script = () => [
    {
      tool: 'exec',
      args: { command: 'rm x' },
      result: { stdout: '', stderr: '', exit_code: 0 },
      approve: true,
    },
    { text: 'Done' },
  ];

  for (const [option, decision] of [
    ['once', { decision: 'approved' }],
    ['always', { decision: 'approved', command: 'rm x' }],
    ['deny', { decision: 'denied' }],
  ] as const) {
    it(`answers ${option}`, async () => {
      await using rig = await moltisRig();
      rig.double.chat.script = script;
      rig.ear.answer = async () => ({ option });
      assert.equal(await (await rig.open()).prompt(prompt('x')), 'done');
      assert.deepEqual(rig.double.chat.approvals, [decision]);
      const [asked] = rig.ear.permissions;
      const call = rig.ear.updates.find((update) => update.kind === 'tool');
      assert.equal(asked?.call.id, call?.kind === 'tool' && call.call.id, 'it belongs to the running call');
    });
  }

  it('denies what is open when the turn is stopped', async () => {
    await using rig = await moltisRig();
    rig.double.chat.script = script;
    rig.ear.answer = () => never as Promise<never>;
    const conversation = await rig.open();
    const turn = conversation.prompt(prompt('x'));
    await until(() => rig.ear.permissions.length === 1);
    await conversation.cancel();
    assert.equal(await turn, 'stopped');
    await until(() => rig.double.chat.approvals.length === 1);
    assert.deepEqual(rig.double.chat.approvals, [{ decision: 'denied' }]);
  });

  it('fails with what is missing when the key may not answer', async () => {
    await using rig = await moltisRig({ keys: { weak: ['operator.read', 'operator.write'] } });
    rig.home.access.key = 'weak';
    rig.double.chat.script = script;
    rig.ear.answer = async () => ({ option: 'once' });
    await assert.rejects((await rig.open()).prompt(prompt('x')), {
      code: 'sign_in_needed',
      message: /missing scope: operator\.approvals/,
    });
  });
});

describe('Moltis live: events that are lost', () => {
  it('tells the rest of the answer when pieces of it were lost', async () => {
    await using rig = await moltisRig();
    rig.double.loses = ({ payload }) => payload.text === ' world';
    rig.double.chat.script = () => [{ text: 'Hello' }, { text: ' world' }];
    await (await rig.open()).prompt(prompt('x'));
    assert.equal(rig.ear.text(), 'Hello world');
  });

  it('reads again what happened when the end was lost', async () => {
    await using rig = await moltisRig({}, 30);
    rig.double.loses = ({ payload }) => payload.state === 'final' || payload.text === ' world';
    rig.double.chat.script = () => [{ text: 'Hello' }, { text: ' world' }];
    assert.equal(await (await rig.open()).prompt(prompt('x')), 'done');
    assert.equal(rig.ear.text(), 'Hello world');
    assert.equal(rig.ear.updates.at(-1)?.kind, 'tokens');
  });

  it('waits on while the gateway still answers, however silent', async () => {
    await using rig = await moltisRig({}, 10);
    const slow = Promise.withResolvers<void>();
    rig.double.chat.script = () => [{ wait: slow.promise }, { text: 'Late' }];
    const turn = (await rig.open()).prompt(prompt('x'));
    await until(() => rig.double.asked.filter((method) => method === 'sessions.list').length > 4);
    slow.resolve();
    assert.equal(await turn, 'done');
    assert.equal(rig.ear.text(), 'Late');
  });

  it('says so when the lost end was a failure', async () => {
    await using rig = await moltisRig({}, 20);
    rig.double.loses = ({ payload }) => payload.state === 'error';
    rig.double.chat.script = () => [{ fail: 'quota exceeded' }];
    await assert.rejects((await rig.open()).prompt(prompt('x')), { message: /gave no answer/ });
  });
});

describe('Moltis live: ends', () => {
  it('ends once with agent_ended when the gateway is gone in mid-turn', async () => {
    await using rig = await moltisRig();
    rig.double.chat.script = () => [{ text: 'Half' }, { wait: never }];
    const conversation = await rig.open();
    const turn = conversation.prompt(prompt('x'));
    await until(() => rig.ear.text() === 'Half');
    await rig.double.kill();
    await assert.rejects(turn, { code: 'agent_ended' });
    await until(() => rig.ear.ends.length > 0);
    assert.deepEqual(
      rig.ear.ends.map((error) => error?.code),
      ['agent_ended'],
    );
    await assert.rejects(conversation.prompt(prompt('y')), { code: 'agent_ended' });
  });

  it('ends without an error when it is closed', async () => {
    await using rig = await moltisRig();
    const conversation = await rig.open();
    await conversation.close();
    assert.deepEqual(rig.ear.ends, [undefined]);
  });

  it('never opens a session that is not there, nor brings a deleted one back', async () => {
    await using rig = await moltisRig();
    await assert.rejects(rig.open({ id: sessionId('session:gone') }), { code: 'no_such_session' });
    const conversation = await rig.open(main);
    rig.home.data.remove('main');
    await assert.rejects(conversation.prompt(prompt('x')), { code: 'no_such_session' });
    assert.deepEqual(rig.home.data.rows(), []);
  });

  it('says what to start when no gateway listens', async () => {
    await using rig = await moltisRig();
    await rig.double.kill();
    await assert.rejects(rig.open(), { code: 'agent_missing', message: /moltis gateway/ });
  });
});
