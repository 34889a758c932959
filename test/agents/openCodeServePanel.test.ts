/** Sessions of a real `opencode serve` as the chat panel carries them on, over HTTP and server-sent events. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createOpenCodeServeAgent } from '../../src/agents/openCodeServe/index.ts';
import { agentId, sessionId } from '../../src/core/model.ts';
import { opencode } from '../../src/stores/opencode/index.ts';
import { openCodeServer } from '../../src/stores/opencode/server.ts';
import { type ForkLab, makeForkLab } from './support/forkLab.ts';
import { listen, nothingElse } from './support/listener.ts';
import { type OpenCodeServe, startOpenCodeServe } from './support/openCodeServe.ts';
import {
  conversationOf,
  defaultReply,
  held,
  type ModelRequest,
  type StubReply,
  spokenOf,
  toolNamesOf,
} from './support/stubModel.ts';
import { until } from './support/until.ts';

const rightKey = 'a-key-of-the-test';

describe('a session of opencode serve in the chat panel', { timeout: 600_000, concurrency: 1 }, () => {
  let lab: ForkLab;
  let serve: OpenCodeServe;
  let access: { url?: string; key?: string };

  before(async () => {
    lab = await makeForkLab('opencode', (environment) =>
      opencode({ ...environment, access: async () => ({ url: serve.url, key: rightKey }) }),
    );
    await askForEdits();
    serve = await startOpenCodeServe(lab.home, rightKey);
    access = { url: serve.url, key: rightKey };
  });

  after(async () => {
    await serve?.[Symbol.asyncDispose]();
    await lab?.[Symbol.asyncDispose]();
  });

  async function askForEdits(): Promise<void> {
    const path = join(lab.home.home, '.config/opencode/opencode.json');
    const settings: object = JSON.parse(await readFile(path, 'utf8'));
    await writeFile(path, JSON.stringify({ ...settings, permission: { edit: 'ask' } }));
  }

  async function open(id: string, choose: 'allow_once' | 'reject_once' = 'allow_once') {
    const { observer, ...heard } = listen(choose);
    const { url, key } = access;
    const find = async () => (url === undefined ? undefined : openCodeServer({ url, ...(key && { key }) }));
    const agent = createOpenCodeServeAgent(nothingElse({ agent: agentId('opencode') }), find);
    const session = { agent: agent.agent, id: sessionId(id), cwd: lab.home.project };
    const conversation = await agent.open(session, observer);
    return { conversation, ...heard };
  }

  const say = (text: string) => ({ text, attachments: [] });

  const heard = (prompt: string): readonly string[] =>
    spokenOf(lab.requestsFor(prompt)[0] ?? assert.fail('the model was not asked')).map(({ text }) => text);

  it('goes on from the stored messages, and its turn is told as it comes, once', async () => {
    const id = await serve.session(['First question']);
    const { conversation, spoken, updates } = await open(id);
    assert.equal(await conversation.prompt(say('THINK of a second question')), 'done');
    assert.equal(spoken('text'), 'Reply to: THINK of a second question');
    assert.equal(spoken('thinking'), 'Thinking about: THINK of a second question');
    assert.ok(updates.some((update) => update.kind === 'tokens' && update.usage.input > 0));
    const prompts = ['First question', 'Reply to: First question', 'THINK of a second question'];
    assert.deepEqual(heard('THINK of a second question'), prompts);
    assert.equal(await conversation.prompt(say('And a third')), 'done');
    assert.match(spoken('text'), /Reply to: And a third$/u);
    await conversation.close();
    assert.ok((await serve.sessions()).includes(id));
  });

  it('carries our fork on, with the agents as modes and the models of its providers', async () => {
    const id = sessionId(await serve.session(['A question', 'Another question']));
    const [, reply] = await lab.messages(id);
    const child = await lab.fork(id, { after: reply?.id ?? assert.fail() });
    const { conversation } = await open(child.session.id);
    await conversation.setMode('plan');
    await conversation.prompt(say('In the fork'));
    assert.deepEqual(heard('In the fork').slice(0, 2), ['A question', 'Reply to: A question']);
    assert.match(heard('In the fork').at(-1) ?? '', /In the fork/u);
    const { modes, mode } = conversation.options();
    assert.ok(modes.some(({ id: name }) => name === 'build'));
    assert.equal(mode, 'plan');
    const { conversation: source } = await open(id);
    assert.deepEqual(
      source.options().models.map(({ id: name }) => name),
      ['stub/stub-model'],
    );
    await source.setModel('stub/stub-model');
    assert.equal(await source.prompt(say('By that model')), 'done');
    await source.close();
    await conversation.close();
  });

  it('asks for permission, and tells the call with what it changes', async () => {
    const { conversation, asked, spoken, calls } = await open(await serve.session(['A question']));
    lab.stub.respond = writeOnce;
    assert.equal(await conversation.prompt(say('Write it')), 'done');
    lab.stub.respond = defaultReply;
    assert.equal(asked.length, 1);
    assert.equal(asked[0]?.call.id, calls().at(-1)?.id);
    assert.equal(await readFile(join(lab.home.project, 'made.txt'), 'utf8'), 'made');
    assert.equal(spoken('text'), 'Written');
    const last = calls().at(-1);
    assert.deepEqual([last?.name, last?.action, last?.status], ['write', 'edit', 'done']);
    assert.ok(calls().some(({ edits }) => edits?.[0]?.after === 'made'));
    await conversation.close();
  });

  it('does nothing that was refused', async () => {
    const { conversation, asked } = await open(await serve.session(['A question']), 'reject_once');
    lab.stub.respond = (request) => {
      const reply = writeOnce(request);
      return reply.toolCalls
        ? {
            toolCalls: [
              { name: 'write', input: { filePath: join(lab.home.project, 'no.txt'), content: 'no' } },
            ],
          }
        : reply;
    };
    await conversation.prompt(say('Write it'));
    lab.stub.respond = defaultReply;
    assert.equal(asked.length, 1);
    assert.equal(existsSync(join(lab.home.project, 'no.txt')), false);
    await conversation.close();
  });

  it('stops its turn, and takes the next prompt', async () => {
    const { conversation, spoken } = await open(await serve.session(['A question']));
    const answer = held(lab.stub);
    const turn = conversation.prompt(say('A long turn'));
    await assert.rejects(conversation.prompt(say('Too early')), { code: 'busy' });
    await until(() => lab.requestsFor('A long turn').length > 0);
    await conversation.cancel();
    assert.equal(await turn, 'stopped');
    answer.release();
    assert.equal(await conversation.prompt(say('Afterwards')), 'done');
    assert.equal(spoken('text'), 'Reply to: Afterwards');
    await conversation.close();
  });

  it('does not push in while another client has a turn', async () => {
    const id = await serve.session(['A question']);
    const { conversation, updates } = await open(id);
    const answer = held(lab.stub);
    await serve.prompt(id, 'From elsewhere');
    await until(() => serve.isBusy(id));
    await assert.rejects(conversation.prompt(say('Too early')), { code: 'busy' });
    answer.release();
    await until(async () => !(await serve.isBusy(id)));
    assert.deepEqual(updates, []);
    await conversation.close();
  });

  it('says what the model’s service said when it refuses', async () => {
    const { conversation } = await open(await serve.session(['A question']));
    const body = { error: { message: 'the stub refuses', type: 'invalid_request_error' } };
    lab.stub.respond = () => ({ error: { status: 400, body } });
    await assert.rejects(conversation.prompt(say('Refused')), /the stub refuses/u);
    lab.stub.respond = defaultReply;
    await conversation.close();
  });

  it('wants the key that the server wants', async () => {
    const id = await serve.session(['A question']);
    access = { url: serve.url, key: 'wrong' };
    await assert.rejects(open(id), { code: 'sign_in_needed' });
    access = { url: serve.url, key: rightKey };
  });

  it('is carried on otherwise where no server can', async () => {
    const id = await serve.session(['A question']);
    await assert.rejects(open('ses_unknown'), /carried on otherwise/u);
    access = { url: 'http://127.0.0.1:9' };
    await assert.rejects(open(id), /carried on otherwise/u);
    access = {};
    await assert.rejects(open(id), /carried on otherwise/u);
    access = { url: 'file:///etc/passwd' };
    await assert.rejects(open(id), { code: 'not_supported' });
    access = { url: serve.url, key: rightKey };
  });

  it('says when the server is gone', async () => {
    const { ends } = await open(await serve.session(['A question']));
    await serve[Symbol.asyncDispose]();
    await until(() => ends.length > 0);
    assert.deepEqual(ends, ['agent_ended']);
  });

  function writeOnce(request: ModelRequest): StubReply {
    const done = conversationOf(request).some(({ toolCalls }) =>
      toolCalls.some(({ name }) => name === 'write'),
    );
    const input = { filePath: join(lab.home.project, 'made.txt'), content: 'made' };
    return done || !toolNamesOf(request).includes('write')
      ? { text: 'Written' }
      : { toolCalls: [{ name: 'write', input }] };
  }
});
