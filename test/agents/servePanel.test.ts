/** Sessions of a real `qwen serve` as the chat panel carries them on. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createQwenServeAgent } from '../../src/agents/qwenServe/index.ts';
import { agentId, sessionId } from '../../src/core/model.ts';
import { qwenCode } from '../../src/stores/qwenCode/index.ts';
import { qwenServer } from '../../src/stores/qwenCode/serve.ts';
import { type ForkLab, makeForkLab } from './support/forkLab.ts';
import { listen, nothingElse } from './support/listener.ts';
import { type QwenServe, startQwenServe } from './support/qwenServe.ts';
import {
  conversationOf,
  defaultReply,
  held,
  type ModelRequest,
  type StubReply,
  spokenOf,
} from './support/stubModel.ts';
import { until } from './support/until.ts';

describe('a session of qwen serve in the chat panel, over HTTP and SSE', { timeout: 600_000 }, () => {
  let lab: ForkLab;
  let serve: QwenServe;
  let access: { url?: string; key?: string };
  const key = 'a-key-of-the-test';

  before(async () => {
    lab = await makeForkLab('qwen-code', qwenCode);
    serve = await startQwenServe(lab.home, ['--token', key, '--require-auth'], key);
    access = { url: serve.url, key };
  });

  after(async () => {
    await serve?.[Symbol.asyncDispose]();
    await lab?.[Symbol.asyncDispose]();
  });

  async function open(id: string) {
    const { observer, ...heard } = listen();
    const { url, key: wanted } = access;
    const find = async () =>
      url === undefined ? undefined : qwenServer({ url, ...(wanted && { key: wanted }) });
    const agent = createQwenServeAgent(nothingElse({ agent: agentId('qwen-code') }), find);
    const session = { agent: agent.agent, id: sessionId(id), cwd: lab.home.project };
    const conversation = await agent.open(session, observer);
    return { conversation, ...heard };
  }

  const say = (text: string) => ({ text, attachments: [] });

  it('goes on from the stored messages, and its turn is told as it comes', async () => {
    const id = await serve.session(['First question']);
    const { conversation, spoken } = await open(id);
    assert.equal(await conversation.prompt(say('Second question')), 'done');
    assert.equal(spoken(), 'Reply to: Second question');
    const [request] = lab.requestsFor('Second question');
    assert.deepEqual(
      spokenOf(request ?? assert.fail()).map(({ text }) => text),
      ['First question', 'Reply to: First question', 'Second question'],
    );
    await conversation.close();
    assert.ok((await serve.sessions()).some((session) => session.sessionId === id));
  });

  it('carries our fork on, which the server did not have open', async () => {
    const id = sessionId(await serve.session(['A question', 'Another question']));
    const [, reply] = await lab.messages(id);
    const child = await lab.fork(id, { after: reply?.id ?? assert.fail() });
    const { conversation } = await open(child.session.id);
    await conversation.prompt(say('In the fork'));
    const [request] = lab.requestsFor('In the fork');
    assert.deepEqual(
      spokenOf(request ?? assert.fail()).map(({ text }) => text),
      ['A question', 'Reply to: A question', 'In the fork'],
    );
    assert.ok(conversation.options().modes.length > 0);
    await conversation.close();
  });

  it('asks for permission, in the mode that was set', async () => {
    const { conversation, asked, spoken } = await open(await serve.session(['A question']));
    await conversation.setMode('default');
    lab.stub.respond = writeOnce;
    assert.equal(await conversation.prompt(say('Write it')), 'done');
    lab.stub.respond = defaultReply;
    assert.equal(asked.length, 1);
    assert.equal(await readFile(join(lab.home.project, 'made.txt'), 'utf8'), 'made');
    assert.equal(spoken(), 'Written');
    await conversation.close();
  });

  it('stops its turn', async () => {
    const { conversation } = await open(await serve.session(['A question']));
    const answer = held(lab.stub);
    const turn = conversation.prompt(say('A long turn'));
    await assert.rejects(conversation.prompt(say('Too early')), { code: 'busy' });
    await until(() => lab.requestsFor('A long turn').length > 0);
    await conversation.cancel();
    assert.equal(await turn, 'stopped');
    answer.release();
    await conversation.close();
  });

  it('wants the key that the server wants', async () => {
    const id = await serve.session(['A question']);
    access = { url: serve.url, key: 'wrong' };
    await assert.rejects(open(id), { code: 'sign_in_needed' });
    access = { url: serve.url, key };
  });

  it('is carried on otherwise where no server can', async () => {
    const id = await serve.session(['A question']);
    await assert.rejects(open('00000000-0000-4000-8000-000000000000'), /carried on otherwise/u);
    access = { url: 'http://127.0.0.1:9' };
    await assert.rejects(open(id), /carried on otherwise/u);
    access = {};
    await assert.rejects(open(id), /carried on otherwise/u);
    access = { url: 'file:///etc/passwd' };
    await assert.rejects(open(id), { code: 'not_supported' });
    access = { url: serve.url, key };
  });

  it('says when the server is gone', async () => {
    const { ends } = await open(await serve.session(['A question']));
    await serve[Symbol.asyncDispose]();
    await until(() => ends.length > 0);
    assert.deepEqual(ends, ['agent_ended']);
  });

  function writeOnce(request: ModelRequest): StubReply {
    const done = conversationOf(request).some(({ toolCalls }) =>
      toolCalls.some(({ name }) => name === 'write_file'),
    );
    const input = { file_path: join(lab.home.project, 'made.txt'), content: 'made' };
    return done ? { text: 'Written' } : { toolCalls: [{ name: 'write_file', input }] };
  }
});
