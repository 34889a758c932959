import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { createAcpAgents } from '../../../src/agents/acp/index.ts';
import type { Conversation } from '../../../src/core/liveAgent.ts';
import { agentId, type Message, type SessionId } from '../../../src/core/model.ts';
import { type SampleAgent, sampleAgentArguments } from '../../../src/sample/index.ts';
import { until } from '../../agents/support/until.ts';
import { Ear, prompt } from '../agents/harness.ts';
import { type Samples, withSamples } from './harness.ts';

const program = join(import.meta.dirname, '../../../src/sample/agent.ts');
const formats: readonly (readonly [SampleAgent, string])[] = [
  ['claude-code', 'Rotate tokens'],
  ['qwen-code', 'Flaky upload test'],
];

interface Talk {
  readonly conversation: Conversation;
  readonly ear: Ear;
  /** The messages that stand in the store now. */
  read(): Promise<readonly Message[]>;
}

/** Opens a sample session with the sample agent through the ACP client, by the way that is offered. */
async function talk(
  samples: Samples,
  agent: SampleAgent,
  id: SessionId | undefined,
  use: (talk: Talk) => Promise<void>,
) {
  const ear = new Ear();
  const [live] = createAcpAgents({
    rows: [
      {
        agent: agentId(`sample-${agent}`),
        name: 'Sample agent',
        command: process.execPath,
        args: [program, ...sampleAgentArguments(agent, samples.home)],
        install: '',
      },
    ],
    commands: () => undefined,
    log: { line: (_agent, text) => console.error(text), dispose: () => undefined },
    clientVersion: '0.0.0',
    env: process.env,
  });
  assert.ok(live);
  const conversation = await live.open(
    { agent: live.agent, cwd: samples.cwd, ...(id === undefined ? {} : { id }) },
    ear,
  );
  try {
    const read = async () => (await samples.store(agent).read(conversation.session.id)).messages;
    await use({ conversation, ear, read });
  } finally {
    await conversation.close();
  }
}

const kinds = (messages: readonly Message[]): string =>
  messages
    .map((message) =>
      message.kind === 'prompt'
        ? 'prompt'
        : message.parts
            .map((part) => (part.kind === 'tool' ? `${part.action}:${part.status}` : part.kind))
            .join('+'),
    )
    .join(' ');

for (const [agent, title] of formats) {
  const stored = (samples: Samples, use: (talk: Talk) => Promise<void>) =>
    samples.named(agent, title).then((info) => talk(samples, agent, info.ref.id, use));

  test(`${agent}: a resumed sample streams an answer that names the prompt, and its transcript grows by one turn`, () =>
    withSamples((samples) =>
      stored(samples, async ({ conversation, ear, read }) => {
        const before = await read();
        assert.equal(await conversation.prompt(prompt('Why is the sky blue?')), 'done');
        assert.match(ear.text(), /answering offline.*“Why is the sky blue\?”/s);
        const chunks = ear.updates.filter((update) => update.kind === 'text').length;
        assert.ok(chunks >= 3 && chunks <= 5);
        assert.equal(ear.updates.find(({ kind }) => kind !== 'options')?.kind, 'thinking');
        const after = await read();
        assert.deepEqual(
          after.slice(0, before.length).map(({ id }) => id),
          before.map(({ id }) => id),
        );
        assert.equal(kinds(after.slice(before.length)), 'prompt thinking+text');
        const reply = after.at(-1);
        assert.ok(reply?.kind === 'reply' && reply.endsTurn);
      }),
    ));

  test(`${agent}: it tells its commands, each of which is a prompt that it understands`, () =>
    withSamples((samples) =>
      stored(samples, async ({ conversation, read }) => {
        await until(() => conversation.options().commands.length > 0);
        assert.deepEqual(
          conversation.options().commands.map(({ name }) => name),
          ['test', 'edit'],
        );
        const before = (await read()).length;
        await conversation.prompt(prompt('/test'));
        assert.match(kinds((await read()).slice(before)), /run:done/);
      }),
    ));

  test(`${agent}: tests run as a tool call with its output, and the next turn hangs from it`, () =>
    withSamples((samples) =>
      stored(samples, async ({ conversation, ear, read }) => {
        const before = (await read()).length;
        await conversation.prompt(prompt('Run the tests'));
        await conversation.prompt(prompt('Thanks'));
        const calls = ear.updates.flatMap((update) => (update.kind === 'tool' ? [update.call] : []));
        assert.deepEqual(
          calls.map((call) => call.status),
          ['running', 'done'],
        );
        assert.match(calls[1]?.output ?? '', /48 passed/);
        const added = (await read()).slice(before);
        assert.equal(kinds(added), 'prompt thinking+text+run:done text prompt thinking+text');
      }),
    ));

  test(`${agent}: an edit asks with three options and a diff; refused, it is not stored`, () =>
    withSamples((samples) =>
      stored(samples, async ({ conversation, ear, read }) => {
        const before = (await read()).length;
        ear.answer = async ({ options }) => ({ option: options[2]?.id ?? '' });
        await conversation.prompt(prompt('Please edit the login'));
        assert.deepEqual(
          ear.permissions[0]?.options.map((option) => option.name),
          ['Allow', 'Always allow', 'Reject'],
        );
        assert.match(ear.permissions[0]?.call.edits?.[0]?.after ?? '', /16/);
        ear.answer = async ({ options }) => ({ option: options[0]?.id ?? '' });
        await conversation.prompt(prompt('Please edit it now'));
        assert.equal(
          kinds((await read()).slice(before)),
          'prompt thinking+text prompt thinking+text+edit:done text',
        );
      }),
    ));

  test(`${agent}: a slow turn is stopped, and what was said until then is stored`, () =>
    withSamples((samples) =>
      stored(samples, async ({ conversation, ear, read }) => {
        const before = (await read()).length;
        const turn = conversation.prompt(prompt('Be slow 20 times'));
        while (ear.text() === '') {
          await delay(10);
        }
        await conversation.cancel();
        assert.equal(await turn, 'stopped');
        const added = (await read()).slice(before);
        assert.equal(kinds(added), 'prompt thinking+text');
        const reply = added[1];
        assert.ok(reply?.kind === 'reply');
        const text = reply.parts.find((part) => part.kind === 'text')?.text ?? '';
        assert.equal(text, ear.text());
        assert.match(text, /^Step 1 of 80\. /, '“slow 20” takes 20 seconds');
        assert.doesNotMatch(text, /Step 40/);
      }),
    ));
}

test('a crash ends the agent with exit code 1 and stores nothing', () =>
  withSamples(async (samples) => {
    const { ref } = await samples.named('claude-code', 'Rotate tokens');
    await talk(samples, 'claude-code', ref.id, async ({ conversation, ear, read }) => {
      const before = await read();
      await assert.rejects(conversation.prompt(prompt('crash')), {
        code: 'agent_ended',
        message: 'Sample agent ended (exit code 1).',
      });
      assert.equal(ear.ends.length, 1);
      assert.equal((await read()).length, before.length);
    });
  }));

test('a new session has a file once its first turn is over', () =>
  withSamples((samples) =>
    talk(samples, 'claude-code', undefined, async ({ conversation, read }) => {
      await conversation.prompt(prompt('Hello'));
      assert.equal(kinds(await read()), 'prompt thinking+text');
    }),
  ));

test('modes and one model are offered; in Plan mode an edit becomes a plan', () =>
  withSamples((samples) =>
    talk(samples, 'qwen-code', undefined, async ({ conversation, ear }) => {
      const { modes, mode, models, model } = conversation.options();
      assert.deepEqual(
        [modes.map(({ name }) => name), mode, models.length, model],
        [['Ask before edits', 'Edit automatically', 'Plan'], 'default', 1, models[0]?.id],
      );
      await conversation.setMode('plan');
      await conversation.prompt(prompt('edit this'));
      assert.ok(ear.updates.some((update) => update.kind === 'plan'));
      assert.equal(ear.permissions.length, 0);
    }),
  ));

test('a session that is not there is no_such_session', () =>
  withSamples(async (samples) => {
    const { ref } = await samples.named('qwen-code', 'Flaky upload test');
    await assert.rejects(
      talk(samples, 'claude-code', ref.id, async () => undefined),
      { code: 'no_such_session' },
    );
  }));
