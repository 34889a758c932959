import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { branched, ServerScene, serverFile, transcript } from './harness.ts';

describe('the MCP server, as a client of the SDK sees it', { timeout: 60_000 }, () => {
  let scene: ServerScene;
  before(async () => {
    scene = await ServerScene.make();
  });
  after(() => scene[Symbol.asyncDispose]());

  it('offers three tools and says which only read', async () => {
    const { tools } = await scene.client.listTools();
    assert.deepEqual(
      tools.map(({ name, annotations }) => [name, annotations?.readOnlyHint]),
      [
        ['list_sessions', true],
        ['read_session', true],
        ['branch_session', false],
      ],
    );
  });

  it('lists sessions with lineage, newest first, by agent, folder and words', async () => {
    const all = await scene.list();
    assert.ok(all.length > 5);
    assert.deepEqual(
      all.map(({ updated }) => updated),
      all
        .map(({ updated }) => updated)
        .toSorted()
        .toReversed(),
    );
    const fork = all.find(({ kind }) => kind === 'fork') ?? assert.fail('no sample is a fork');
    assert.equal(fork.how, 'recorded');
    assert.ok((fork.forkPoint ?? 0) > 0 && fork.parent);
    const qwen = await scene.list({ agent: 'qwen-code' });
    assert.ok(qwen.length > 0 && qwen.every(({ agent }) => agent === 'qwen-code'));
    assert.equal((await scene.list({ cwd: join(scene.home, 'acme') })).length, 0);
    assert.ok((await scene.list({ cwd: scene.home })).length > 0);
    assert.ok((await scene.list({ query: 'OAUTH' })).some(({ title }) => title === 'Add OAuth login'));
    assert.equal((await scene.list({ limit: 2 })).length, 2);
  });

  it('reads messages by number and says where a fork can be cut', async () => {
    const { agent, session, messageCount } = await scene.named('Add OAuth login');
    const whole = await scene.call(transcript, 'read_session', { agent, session });
    assert.equal(whole.total, messageCount);
    assert.deepEqual([whole.messages[0]?.role, whole.messages[1]?.role], ['prompt', 'reply']);
    const part = await scene.call(transcript, 'read_session', { agent, session, from: 3, limit: 2 });
    assert.deepEqual(part.messages, whole.messages.slice(2, 4));
    assert.equal(part.next, 5);
  });

  it('lists and reads the run of a subagent, and forks none: not_supported (trap 17)', async () => {
    const { agent, session } = await scene.named('Add OAuth login');
    const file = (await readdir(scene.home, { recursive: true })).find((path) =>
      path.endsWith(`${session}.jsonl`),
    );
    const runs = join(scene.home, (file ?? assert.fail()).replace('.jsonl', ''), 'subagents');
    await mkdir(runs, { recursive: true });
    const said = { type: 'user', message: { role: 'user', content: 'Look into the tests' } };
    const record = { parentUuid: null, isSidechain: true, uuid: randomUUID(), sessionId: session, ...said };
    await writeFile(join(runs, 'agent-a1.jsonl'), `${JSON.stringify(record)}\n`);
    const run = await scene.named('Look into the tests');
    assert.deepEqual([run.kind, run.parent?.session, run.forkPoint], ['subagent', session, undefined]);
    const name = { agent, session: run.session };
    const { messages } = await scene.call(transcript, 'read_session', name);
    assert.deepEqual(
      messages.map(({ text, forkable }) => [text, forkable]),
      [['Look into the tests', false]],
    );
    for (const at of [{}, { at_message: 1 }, { at_message: 0 }]) {
      assert.equal(await scene.codeOf('branch_session', { ...name, ...at }), 'not_supported');
    }
    await rm(runs, { recursive: true });
  });

  it('forks after so many messages and leaves the source alone', async () => {
    const source = await scene.named('Add OAuth login');
    const before = await scene.files();
    const fork = await scene.call(branched, 'branch_session', {
      session: source.sessionKey,
      at_message: 6,
      label: 'By a\u202e tool\n',
    });
    assert.deepEqual(
      [fork.agent, fork.title, fork.forkPoint, fork.messageCount],
      [source.agent, 'By a tool', 6, 6],
    );
    assert.equal(fork.forkedFrom.sessionKey, source.sessionKey);
    assert.ok(fork.resumeCommand.args.includes(fork.session));
    const link = new URL(fork.uri);
    assert.deepEqual(
      [link.protocol, link.host, link.pathname, link.searchParams.get('session')],
      ['vscode:', 'session-forks.session-forks', '/open', fork.session],
    );
    const child = await scene.named('By a tool');
    assert.deepEqual([child.parent?.session, child.forkPoint], [source.session, 6]);
    const afterwards = await scene.files();
    assert.deepEqual({ ...afterwards, ...before }, afterwards);
  });

  it('forks before a prompt and gives its text back', async () => {
    const { agent, session } = await scene.named('Add OAuth login');
    const { messages } = await scene.call(transcript, 'read_session', { agent, session });
    const prompt = messages.filter(({ role }) => role === 'prompt')[1] ?? assert.fail();
    const input = { agent, session, message_id: prompt.id };
    const fork = await scene.call(branched, 'branch_session', input);
    assert.deepEqual([fork.forkPoint, fork.draft], [prompt.number - 1, prompt.text]);
  });

  it('takes fork_point for at_message, and keeps all without any', async () => {
    const { agent, session, messageCount } = await scene.named('Bump Node to 24');
    const some = await scene.call(branched, 'branch_session', { agent, session, fork_point: 2 });
    assert.equal(some.forkPoint, 2);
    const all = await scene.call(branched, 'branch_session', { agent, session });
    assert.equal(all.forkPoint, messageCount);
    const again = await scene.call(branched, 'branch_session', { session: all.session });
    assert.equal(again.forkedFrom.session, all.session);
  });

  it('finds homes by the agents’ own variables', async () => {
    const folder = join(scene.home, 'nowhere');
    await using elsewhere = await ServerScene.make({ CLAUDE_CONFIG_DIR: folder, QWEN_HOME: folder });
    assert.equal((await elsewhere.list()).length, 0);
    assert.equal(existsSync(folder), false);
  });
});

describe('the MCP server as a program', () => {
  it('ends with its input and writes nothing but the protocol', async () => {
    const child = spawn(process.execPath, [serverFile], { stdio: ['pipe', 'pipe', 'pipe'] });
    const output: string[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => output.push(text));
    }
    const timer = setTimeout(() => child.kill('SIGKILL'), 20_000);
    child.stdin.end();
    const [code] = await once(child, 'close');
    clearTimeout(timer);
    assert.deepEqual([code, output], [0, []]);
  });
});
