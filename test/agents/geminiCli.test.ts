import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Catalog } from '../../src/core/catalog.ts';
import { ForkService } from '../../src/core/forkService.ts';
import { ancestors } from '../../src/core/forkTree.ts';
import type { ForkPoint, Message, SessionRef } from '../../src/core/model.ts';
import { sessionId } from '../../src/core/model.ts';
import type { SessionStore } from '../../src/core/store.ts';
import { geminiCli } from '../../src/stores/geminiCli/index.ts';
import { protectTranscript } from '../../src/stores/geminiCli/protect.ts';
import { type AcpAgent, acpAgent } from './support/acpClient.ts';
import { type AgentHome, makeAgentHome } from './support/agentHome.ts';
import { ClaimRecorder } from './support/claims.ts';
import { assertReplayed } from './support/replay.ts';
import { runProgram } from './support/run.ts';
import { sourcePrompts } from './support/sources.ts';
import { type StubModel, startStubModel, writtenMessagesOf } from './support/stubModel.ts';

const record = new ClaimRecorder('gemini-cli');

describe('Gemini CLI’s own program and its store', { timeout: 240_000 }, () => {
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
    home = await makeAgentHome('gemini-cli', stub);
    store = geminiCli({ home: home.home, variables: {}, folders: {} });
    catalog = new Catalog([store]);
    service = new ForkService(catalog);
    source = { agent: store.agent.id, id: sessionId(await makeSource()) };
    received = lastReceived();
    await catalog.refresh();
  });

  after(async () => {
    await home[Symbol.asyncDispose]();
    await stub[Symbol.asyncDispose]();
  });

  /** Over ACP in one process, which adds nothing of its own between the turns. */
  async function makeSource(): Promise<string> {
    await using agent = await acpAgent('gemini-cli', home);
    const { sessionId: id } = await agent.newSession();
    for (const prompt of sourcePrompts) {
      await agent.prompt(id, prompt);
    }
    return id;
  }

  function lastReceived(): readonly string[] {
    const request = stub.mainRequests().at(-1);
    assert.ok(request, `nothing came; strays: ${stub.strays.join(', ')}`);
    return writtenMessagesOf(request);
  }

  const fork = async (from: SessionRef, point: ForkPoint): Promise<SessionRef> =>
    (await service.fork({ source: from, point, origin: 'command' })).session;

  const messagesOf = async (ref: SessionRef): Promise<readonly Message[]> =>
    (await store.read(ref.id)).messages;

  async function messageAt(ref: SessionRef, index: number): Promise<Message> {
    const message = (await messagesOf(ref))[index];
    assert.ok(message);
    return message;
  }

  async function goOnOverAcp(ref: SessionRef): Promise<readonly string[]> {
    stub.clear();
    await using agent = await acpAgent('gemini-cli', home);
    await agent.loadSession(ref.id);
    await agent.prompt(ref.id, 'Go on');
    return lastReceived();
  }

  const goOn = JSON.stringify({ parts: [{ text: 'Go on' }], role: 'user' });
  const bytesOf = (ref: SessionRef): Buffer => readFileSync(pathOf(ref));

  function pathOf(ref: SessionRef): string {
    const path = catalog.get(ref)?.file?.path;
    assert.ok(path);
    return path;
  }

  /** Messages of the wire before a prompt: what a fork in front of it must send. */
  function prefixBefore(prompt: string): readonly string[] {
    const index = received.findIndex((message) => message.includes(`{"text":"${prompt}"}`));
    assert.ok(index > 0);
    return received.slice(0, index);
  }

  it(
    'reads what the agent itself replays',
    record.shows(['view'], async () => {
      const copy = await fork(source, 'end');
      // Its own context and results of tools come as text, calls without their ids, thinking with marks in it.
      await assertReplayed('gemini-cli', home, store, copy.id, {
        own: /^(<session_context>|\[Function)/,
        without: ['tool', 'thinking'],
      });
    }),
  );

  it('keeps each tool call in the reply that made it, though over ACP it is stored in the first one', async () => {
    const tools = (await messagesOf(source)).map((message) =>
      message.kind === 'reply' ? message.parts.filter(({ kind }) => kind === 'tool').length : 0,
    );
    assert.deepEqual(tools, [0, 0, 0, 0, 0, 1, 0, 0, 2, 0, 0, 0]);
  });

  it(
    'resumes a fork after a middle reply with exactly the prefix and the prompt',
    record.shows(['after', 'prefix'], async () => {
      const bytes = bytesOf(source);
      const child = await fork(source, { after: (await messageAt(source, 6)).id });
      assert.deepEqual(await goOnOverAcp(child), [...prefixBefore(sourcePrompts[3]), goOn]);
      assert.deepEqual(bytesOf(source), bytes);
    }),
  );

  it('resumes a fork after the results of parallel tools with exactly the prefix and its own note', async () => {
    const child = await fork(source, { after: (await messageAt(source, 8)).id });
    const text = '[The previous response was interrupted before it completed.]';
    const note = JSON.stringify({ parts: [{ text }], role: 'model' });
    const wanted = prefixBefore(sourcePrompts[4]).slice(0, -1);
    assert.deepEqual(await goOnOverAcp(child), [...wanted, note, goOn]);
  });

  it(
    'resumes a fork before a prompt, and a fork of a fork, by the command that is shown',
    record.shows(['before', 'again', 'prefix'], async () => {
      const first = await fork(source, { before: (await messageAt(source, 7)).id });
      const second = await fork(first, { before: (await messageAt(first, 4)).id });
      const info = catalog.get(second);
      const command = info && store.resumeCommand?.(info);
      assert.equal(command?.cwd, home.project);
      stub.clear();
      const { stdout } = await runProgram('gemini-cli', home, ['-p', 'Go on', ...command.args]);
      assert.match(stdout, /Reply to: Go on/);
      assert.deepEqual(lastReceived(), [...prefixBefore(sourcePrompts[2]), goOn]);
    }),
  );

  it(
    'lists the true tree',
    record.shows(['tree', 'again'], async () => {
      const first = await fork(source, { after: (await messageAt(source, 6)).id });
      const second = await fork(first, { before: (await messageAt(first, 4)).id });
      await goOnOverAcp(second);
      await catalog.refresh();
      const path = ancestors(catalog.forest(), second).map(({ info }) => info.ref.id);
      assert.deepEqual(path, [source.id, first.id]);
      const info = catalog.get(second);
      assert.deepEqual(info?.lineage, { parent: first, kind: 'fork', messages: 4, how: 'recorded' });
      assert.deepEqual([info?.preview, info?.messageCount], ['Go on', 6]);
    }),
  );

  it(
    'knows a fork in the list that --resume looks in, and no session without messages',
    record.shows(
      ['known'],
      record.shows(
        ['before'],
        async () => {
          const child = await fork(source, { after: (await messageAt(source, 1)).id });
          await runProgram('gemini-cli', home, ['-p', 'Found', '--resume', child.id]);
          const header = readFileSync(pathOf(child), 'utf8').split('\n')[0] ?? '';
          const id = '00000000-0000-4000-8000-000000000000';
          const empty = join(pathOf(child), '..', 'session-2026-01-01T00-00-00000000.jsonl');
          writeFileSync(empty, `${header.replaceAll(child.id, id)}\n`);
          await assert.rejects(
            runProgram('gemini-cli', home, ['-p', 'Lost', '--resume', id]),
            /Invalid session identifier|No previous sessions/,
          );
          assert.equal(store.capabilities.emptyFork, false);
        },
        'not before the first prompt: --resume of Gemini CLI refuses a session without messages',
      ),
    ),
  );

  it('keeps the transcript of an open session from the clean-up at the next start', async () => {
    const child = await fork(source, { after: (await messageAt(source, 1)).id });
    const path = pathOf(child);
    turnRetentionOn();
    const protection = await protectTranscript(path);
    {
      await using agent = await openAndGoOn(child);
      const bytes = readFileSync(path);
      await runProgram('gemini-cli', home, ['-p', 'Another start']);
      assert.equal(existsSync(path), false);
      assert.equal(await protection.check(), 'restored');
      assert.deepEqual(readFileSync(path), bytes);
      await agent.prompt(child.id, 'And on');
    }
    assert.equal(await protection.end(), 'intact');
    await runProgram('gemini-cli', home, ['-p', 'A third start']);
    const texts = (await messagesOf(child)).flatMap((message) =>
      message.kind === 'prompt' ? [message.text] : [],
    );
    assert.deepEqual(texts, [sourcePrompts[0], 'Go on', 'And on']);
  });

  async function openAndGoOn(ref: SessionRef): Promise<AcpAgent> {
    const agent = await acpAgent('gemini-cli', home);
    await agent.loadSession(ref.id);
    await agent.prompt(ref.id, 'Go on');
    return agent;
  }

  function turnRetentionOn(): void {
    const path = join(home.home, '.gemini', 'settings.json');
    const settings: unknown = JSON.parse(readFileSync(path, 'utf8'));
    const general = { enableAutoUpdate: false, sessionRetention: { enabled: true, maxAge: '30d' } };
    writeFileSync(path, JSON.stringify({ ...(settings as object), general }));
  }
});
