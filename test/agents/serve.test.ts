/**
 * Sessions that a real server of an agent has open: what its own branches look like to us, and what our forks look like
 * to it. The cases are those of checklist 2.1 to 2.22.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createQwenServeAgent } from '../../src/agents/qwenServe/index.ts';
import { Catalog, type ForkEvent } from '../../src/core/catalog.ts';
import { ForkService, type WhenBusy } from '../../src/core/forkService.ts';
import type { ConversationObserver, LiveAgent, PermissionRequest } from '../../src/core/liveAgent.ts';
import { agentId, type SessionInfo, sessionId, sessionKey } from '../../src/core/model.ts';
import { qwenCode } from '../../src/stores/qwenCode/index.ts';
import { qwenServer } from '../../src/stores/qwenCode/serve.ts';
import { type ForkLab, makeForkLab } from './support/forkLab.ts';
import { objectOf, textOf } from './support/json.ts';
import { type Answer, type QwenServe, startQwenServe } from './support/qwenServe.ts';
import {
  conversationOf,
  defaultReply,
  type ModelRequest,
  type StubReply,
  spokenOf,
} from './support/stubModel.ts';

describe('qwen serve, its real program', { timeout: 240_000, concurrency: 1 }, () => {
  let lab: ForkLab;
  let serve: QwenServe;
  let catalog: Catalog;
  let forks: ForkService;
  let source: string;
  const told: ForkEvent[] = [];

  before(async () => {
    lab = await makeForkLab('qwen-code', qwenCode);
    serve = await startQwenServe(lab.home);
    source = await serve.session(['First question', 'Second question']);
    catalog = new Catalog([lab.store]);
    await catalog.refresh();
    catalog.onDidFork((event) => told.push(event));
    forks = new ForkService(catalog);
  });

  after(async () => {
    await serve?.[Symbol.asyncDispose]();
    catalog?.dispose();
    await lab?.[Symbol.asyncDispose]();
  });

  const branch = (session: string, body: Parameters<QwenServe['ask']>[2] = {}): Promise<Answer> =>
    serve.ask('POST', `/session/${session}/branch`, body);

  /** Its new session as we list it. */
  async function seen({ status, body }: Answer): Promise<SessionInfo> {
    assert.equal(status, 201, JSON.stringify(body));
    await catalog.refresh();
    return catalog.get(lab.ref(textOf(body.sessionId))) ?? assert.fail('the branch is not listed');
  }

  const fork = (id: string, title?: string, whenBusy?: WhenBusy) =>
    forks.fork({
      source: lab.ref(id),
      point: 'end',
      origin: 'api',
      ...(title && { title }),
      ...(whenBusy && { whenBusy }),
    });

  it('its session is listed live (2.10)', async () => {
    assert.equal(catalog.get(lab.ref(source))?.live, 'idle');
  });

  it('its branch without a name has the title and origin that it answers, and is told once (2.1, 2.2, 2.9)', async () => {
    told.length = 0;
    const answer = await branch(source);
    const info = await seen(answer);
    await catalog.refresh();
    assert.equal(info.title, answer.body.displayName);
    assert.equal(textOf(objectOf(answer.body.forkedFrom).sessionId), source);
    assert.deepEqual(info.lineage, { parent: lab.ref(source), kind: 'fork', messages: 4, how: 'recorded' });
    assert.deepEqual(
      told.map(({ child, origin }) => [child.id, origin]),
      [[info.ref.id, 'outside']],
    );
  });

  it('a name of 250 characters is cut by it, and by us at 200 (2.6)', async () => {
    const name = 'n'.repeat(250);
    const answer = await branch(source, { name });
    assert.equal((await seen(answer)).title, answer.body.displayName);
    assert.equal((await fork(source, name)).title, 'n'.repeat(200));
  });

  it('a taken name gets a number from it, and so does a title that we make (2.7)', async () => {
    const first = await seen(await branch(source, { name: 'Taken' }));
    const second = await seen(await branch(source, { name: 'Taken' }));
    assert.notEqual(first.title, second.title);
    const titles = new Set(catalog.sessions().map(({ title }) => title));
    assert.ok(!titles.has((await fork(source)).title));
  });

  it('an unknown session is 404 for it and no_such_session for us (2.5)', async () => {
    const { status, body } = await branch('00000000-0000-4000-8000-000000000000');
    assert.deepEqual([status, body.code], [404, 'session_not_found']);
    const unknown = fork('00000000-0000-4000-8000-000000000000');
    await assert.rejects(unknown, { code: 'no_such_session' });
  });

  it('our fork is in its list, and it carries the fork on with exactly the prefix (2.3, 2.15)', async () => {
    const child = await fork(source, 'Ours');
    assert.ok((await serve.sessions()).some((session) => session.sessionId === child.session.id));
    const loaded = await serve.ask('POST', `/session/${child.session.id}/load`, { cwd: lab.home.project });
    assert.equal(loaded.status, 200, JSON.stringify(loaded.body));
    await serve.prompt(child.session.id, 'Asked in our fork');
    await serve.idle(child.session.id);
    const [request] = lab.requestsFor('Asked in our fork');
    assert.deepEqual(
      spokenOf(request ?? assert.fail()).map(({ text }) => text),
      [
        'First question',
        'Reply to: First question',
        'Second question',
        'Reply to: Second question',
        'Asked in our fork',
      ],
    );
  });

  it('its branch of a branch, and our fork of it, stand below each other (2.16)', async () => {
    const first = await seen(await branch(source));
    const second = await seen(await branch(first.ref.id));
    assert.deepEqual(second.lineage?.parent, first.ref);
    const third = await fork(second.ref.id);
    const parents = catalog.forest().nodes.get(sessionKey(third.session));
    assert.deepEqual(parents?.parent?.parent?.parent?.info.ref, lab.ref(source));
  });

  it('while a prompt runs it refuses, and we fork the last finished turn or are busy (2.4)', async () => {
    const running = await serve.session(['Before the long turn']);
    lab.stub.respond = (request) => ({ ...defaultReply(request), delayMs: 6_000 });
    await serve.prompt(running, 'A long turn');
    const answer = await branch(running);
    assert.deepEqual([answer.status, answer.body.code], [409, 'branch_while_prompt_active']);
    await until(async () => (await lab.listed(sessionId(running))).live === 'busy');
    await assert.rejects(fork(running, 'Refused', 'refuse'), { code: 'busy' });
    const ours = await fork(running, 'Last finished turn');
    lab.stub.respond = defaultReply;
    assert.deepEqual([ours.messages, ours.leftOut?.from], [2, 3]);
    await serve.idle(running);
    assert.equal((await lab.store.read(sessionId(running))).total, 4);
  });

  it('the source is usable after all that (2.14)', async () => {
    const before = (await lab.store.read(sessionId(source))).total;
    await serve.prompt(source, 'The source goes on');
    await serve.idle(source);
    await lab.grown(sessionId(source), before + 2);
    assert.equal((await lab.store.read(sessionId(source))).total, before + 2);
  });

  async function until(holds: () => Promise<boolean>): Promise<void> {
    for (let tries = 0; tries < 40; tries++) {
      if (await holds()) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    assert.fail('it did not happen in time');
  }
});

describe('a session of qwen serve in the chat panel, over HTTP and SSE', { timeout: 240_000 }, () => {
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

  const otherwise: LiveAgent = {
    agent: agentId('qwen-code'),
    install: { command: '', setting: '' },
    open: async () => {
      throw new Error('carried on otherwise');
    },
  };

  async function open(id: string) {
    const texts: string[] = [];
    const asked: PermissionRequest[] = [];
    const ends: unknown[] = [];
    const observer: ConversationObserver = {
      update: (update) => void (update.kind === 'text' && texts.push(update.text)),
      permission: async (request) => {
        asked.push(request);
        const option = request.options.find(({ kind }) => kind === 'allow_once');
        return option ? { option: option.id } : 'cancelled';
      },
      ended: (error) => void ends.push(error?.code),
    };
    const { url, key: wanted } = access;
    const find = async () =>
      url === undefined ? undefined : qwenServer({ url, ...(wanted && { key: wanted }) });
    const agent = createQwenServeAgent(otherwise, find);
    const session = { agent: agent.agent, id: sessionId(id), cwd: lab.home.project };
    const conversation = await agent.open(session, observer);
    return { conversation, texts, asked, ends };
  }

  const say = (text: string) => ({ text, attachments: [] });

  it('goes on from the stored messages, and its turn is told as it comes', async () => {
    const id = await serve.session(['First question']);
    const { conversation, texts } = await open(id);
    assert.equal(await conversation.prompt(say('Second question')), 'done');
    assert.equal(texts.join(''), 'Reply to: Second question');
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
    const { conversation, asked, texts } = await open(await serve.session(['A question']));
    await conversation.setMode('default');
    lab.stub.respond = writeOnce;
    assert.equal(await conversation.prompt(say('Write it')), 'done');
    lab.stub.respond = defaultReply;
    assert.equal(asked.length, 1);
    assert.equal(await readFile(join(lab.home.project, 'made.txt'), 'utf8'), 'made');
    assert.equal(texts.join(''), 'Written');
    await conversation.close();
  });

  it('stops its turn', async () => {
    const { conversation } = await open(await serve.session(['A question']));
    lab.stub.respond = (request) => ({ ...defaultReply(request), delayMs: 8_000 });
    const turn = conversation.prompt(say('A long turn'));
    await assert.rejects(conversation.prompt(say('Too early')), { code: 'busy' });
    setTimeout(() => void conversation.cancel(), 500);
    assert.equal(await turn, 'stopped');
    lab.stub.respond = defaultReply;
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
    for (let tries = 0; tries < 100 && ends.length === 0; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
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
