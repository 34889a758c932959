import assert from 'node:assert/strict';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Catalog } from '../../src/core/catalog.ts';
import { ForkService } from '../../src/core/forkService.ts';
import { ancestors } from '../../src/core/forkTree.ts';
import type { ForkPoint, Message, SessionRef } from '../../src/core/model.ts';
import type { SessionStore } from '../../src/core/store.ts';
import { pi } from '../../src/stores/pi/index.ts';
import { acpAgent } from './support/acpClient.ts';
import { type AgentHome, makeAgentHome } from './support/agentHome.ts';
import { ClaimRecorder } from './support/claims.ts';
import { objectOf, objectsOf, parseObject, textOf } from './support/json.ts';
import { end, launch } from './support/processes.ts';
import { program } from './support/programs.ts';
import { runProgram } from './support/run.ts';
import { sourcePrompts } from './support/sources.ts';
import { type StubModel, startStubModel, writtenMessagesOf } from './support/stubModel.ts';

const record = new ClaimRecorder('pi');

describe('pi’s own program and its store', { timeout: 180_000 }, () => {
  let stub: StubModel;
  let home: AgentHome;
  let store: SessionStore;
  let service: ForkService;
  let catalog: Catalog;
  let source: SessionRef;
  /** What the model received of the source, message by message, to the letter. */
  let received: readonly string[];

  before(async () => {
    stub = await startStubModel();
    home = await makeAgentHome('pi', stub);
    store = pi({ home: home.home, variables: {}, folders: {} });
    catalog = new Catalog([store]);
    service = new ForkService(catalog);
    source = await makeSource();
    received = lastReceived();
  });

  after(async () => {
    await home[Symbol.asyncDispose]();
    await stub[Symbol.asyncDispose]();
  });

  async function makeSource(): Promise<SessionRef> {
    const [first, ...rest] = sourcePrompts;
    await runPi(first);
    await catalog.refresh();
    const [info] = catalog.sessions();
    assert.ok(info);
    for (const prompt of rest) {
      await runPi(prompt, ['--session', info.ref.id]);
    }
    await catalog.refresh();
    return info.ref;
  }

  const runPi = (prompt: string, args: readonly string[] = []) =>
    runProgram('pi', home, ['-p', prompt, ...args]);

  function lastReceived(): readonly string[] {
    const request = stub.mainRequests().at(-1);
    assert.ok(request, `nothing came; strays: ${stub.strays.join(', ')}`);
    return writtenMessagesOf(request);
  }

  const fork = async (from: SessionRef, point: ForkPoint): Promise<SessionRef> =>
    (await service.fork({ source: from, point, origin: 'command' })).session;

  async function messageAt(ref: SessionRef, index: number): Promise<Message> {
    const message = (await store.read(ref.id)).messages[index];
    assert.ok(message);
    return message;
  }

  /** Resumes by the command that is shown. */
  async function resume(ref: SessionRef, prompt: string): Promise<readonly string[]> {
    const info = catalog.get(ref);
    const command = info && store.resumeCommand?.(info);
    assert.ok(command);
    assert.equal(command.cwd, home.project);
    stub.clear();
    const { stdout } = await runPi(prompt, command.args);
    assert.match(stdout, new RegExp(`Reply to: ${prompt}`));
    return lastReceived();
  }

  const asked = (text: string): string => JSON.stringify({ role: 'user', content: [{ type: 'text', text }] });

  function prefixBefore(prompt: string): readonly string[] {
    const index = received.indexOf(asked(prompt));
    assert.ok(index >= 0);
    return received.slice(0, index);
  }

  /** One question to `pi --mode rpc` on a session. */
  async function askRpc(path: string, type: string) {
    const args = ['--mode', 'rpc', '--session', path];
    const child = launch({ program: await program('pi'), args, cwd: home.project, env: home.env });
    try {
      const answer = new Promise<string>((resolve, reject) => {
        let text = '';
        child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
          const line = text.split('\n').find((candidate) => candidate.includes(`"command":"${type}"`));
          if (line && text.includes('\n')) {
            resolve(line);
          }
        });
        child.on('close', () => reject(new Error(`pi ended: ${text}`)));
      });
      child.stdin.write(`${JSON.stringify({ type, id: '1' })}\n`);
      return objectOf(parseObject(await answer).data);
    } finally {
      await end(child);
    }
  }

  const pathOf = (ref: SessionRef): string => catalog.get(ref)?.file?.path ?? '';

  it(
    'reads what the agent itself tells of a session',
    record.shows(['view'], async () => {
      const told = objectsOf((await askRpc(pathOf(source), 'get_messages')).messages)
        .filter(({ role }) => role === 'user' || role === 'assistant')
        .map(({ role, content }) => [
          role,
          objectsOf(content)
            .map((block) => textOf(block.text) || textOf(block.thinking) || textOf(block.name))
            .join('|'),
        ]);
      const read = (await store.read(source.id)).messages.map((message) =>
        message.kind === 'prompt'
          ? ['user', message.text]
          : [
              'assistant',
              message.parts.map((part) => (part.kind === 'tool' ? part.name : part.text)).join('|'),
            ],
      );
      assert.equal(read.length, 12);
      assert.deepEqual(read, told);
    }),
  );

  it(
    'resumes a fork after a middle reply with exactly the prefix and the prompt',
    record.shows(['after', 'prefix'], async () => {
      const bytes = readFileSync(pathOf(source));
      const child = await fork(source, { after: (await messageAt(source, 6)).id });
      assert.deepEqual(await resume(child, 'Go on'), [...prefixBefore(sourcePrompts[3]), asked('Go on')]);
      assert.deepEqual(readFileSync(pathOf(source)), bytes);
    }),
  );

  it('resumes a fork after the results of parallel tools, and one before any message', async () => {
    const tools = await fork(source, { after: (await messageAt(source, 8)).id });
    const wanted = prefixBefore(sourcePrompts[4]).slice(0, -1);
    assert.deepEqual(await resume(tools, 'Go on'), [...wanted, asked('Go on')]);
    const empty = await fork(source, { before: (await messageAt(source, 0)).id });
    assert.deepEqual(await resume(empty, 'Anew'), [asked('Anew')]);
  });

  it(
    'resumes a fork before a prompt, a fork of a fork, and one before any message, over ACP',
    record.shows(['before', 'again', 'prefix', 'known'], async () => {
      const first = await fork(source, { before: (await messageAt(source, 7)).id });
      const second = await fork(first, { before: (await messageAt(first, 4)).id });
      await using agent = await acpAgent('pi-acp', home, { env: { PI_ACP_PI_COMMAND: await piCommand() } });
      const known = (await agent.listSessions()).map(({ sessionId }) => sessionId);
      assert.ok([source, first, second].every(({ id }) => known.includes(id)));
      const empty = await fork(first, { before: (await messageAt(first, 0)).id });
      for (const [ref, next] of [
        [first, sourcePrompts[3]],
        [second, sourcePrompts[2]],
        [empty, sourcePrompts[0]],
      ] as const) {
        await agent.loadSession(ref.id);
        stub.clear();
        await agent.prompt(ref.id, 'Go on');
        assert.deepEqual(lastReceived(), [...prefixBefore(next), asked('Go on')]);
      }
    }),
  );

  it(
    'lists the true tree, the agent’s own forks in it',
    record.shows(['tree'], async () => {
      const first = await fork(source, { after: (await messageAt(source, 6)).id });
      await resume(first, 'Go on');
      await runPi('Forked by pi', ['--fork', pathOf(first)]);
      await catalog.refresh();
      const own = catalog.sessions().find(({ preview }) => preview === 'Forked by pi');
      assert.ok(own);
      assert.deepEqual(own.lineage, { parent: first, kind: 'fork', messages: 9, how: 'recorded' });
      assert.deepEqual(
        ancestors(catalog.forest(), own.ref).map(({ info }) => info.ref.id),
        [source.id, first.id],
      );
    }),
  );

  it('gives a fork its title, which the agent shows', async () => {
    const { session, title } = await service.fork({
      source,
      point: 'end',
      title: 'Other way',
      origin: 'command',
    });
    assert.equal(title, 'Other way');
    assert.equal((await askRpc(pathOf(session), 'get_state')).sessionName, 'Other way');
  });

  /** pi-acp starts one command, without arguments. */
  async function piCommand(): Promise<string> {
    const { command, args } = await program('pi');
    const path = join(home.home, 'pi.sh');
    writeFileSync(path, `#!/bin/sh\nexec ${[command, ...args].map((word) => `'${word}'`).join(' ')} "$@"\n`);
    chmodSync(path, 0o755);
    return path;
  }
});
