import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { isRunning } from '../../src/stores/common/runningProcess.ts';
import { acpAgent } from './support/acpClient.ts';
import { type AgentHome, type AgentName, makeAgentHome } from './support/agentHome.ts';
import { daemonsOf } from './support/daemons.ts';
import { runClaude, runProgram, runQwen, type TurnResult } from './support/run.ts';
import {
  compactClaude,
  compactQwen,
  forkWithClaudeSdk,
  makeClaudeSource,
  makeQwenSource,
  recordsOf,
  rewindClaude,
  rewindQwen,
  type Source,
  sourcePrompts,
} from './support/sources.ts';
import {
  conversationOf,
  kindOf,
  type ModelRequest,
  rawMessagesOf,
  type StubModel,
  spokenOf,
  startStubModel,
  writtenMessagesOf,
} from './support/stubModel.ts';

interface Subject {
  readonly agent: AgentName;
  run(home: AgentHome, prompt: string, sessionId?: string): Promise<TurnResult>;
  source(home: AgentHome): Promise<Source>;
  rewind(home: AgentHome, source: Source, index: number, prompt: string): Promise<Source>;
  compact(home: AgentHome, source: Source): Promise<Source>;
  /** What the agent repeats to the letter in every later run. */
  exact(request: ModelRequest): string[];
}

const resume = (sessionId: string | undefined): string[] => (sessionId ? ['--resume', sessionId] : []);

const subjects: readonly Subject[] = [
  {
    agent: 'claude-code',
    run: (home, prompt, sessionId) => runClaude(home, [prompt, ...resume(sessionId)]),
    source: makeClaudeSource,
    rewind: rewindClaude,
    compact: compactClaude,
    exact: rawMessagesOf,
  },
  {
    agent: 'qwen-code',
    run: (home, prompt, sessionId) => runQwen(home, prompt, resume(sessionId)),
    source: makeQwenSource,
    rewind: rewindQwen,
    compact: compactQwen,
    exact: writtenMessagesOf,
  },
];

const reply = (prompt: string, results = 0): string =>
  results > 0 ? `Reply to: ${prompt}, after ${results} tool result(s)` : `Reply to: ${prompt}`;

for (const subject of subjects) {
  describe(`support for ${subject.agent}`, { timeout: 180_000 }, () => {
    let stub: StubModel;
    let home: AgentHome;

    const last = () => {
      const request = stub.mainRequests().at(-1);
      assert.ok(request, `nothing came; strays: ${stub.strays.join(', ')}`);
      return request;
    };
    const texts = () => spokenOf(last()).map(({ text }) => text);

    before(async () => {
      stub = await startStubModel();
      home = await makeAgentHome(subject.agent, stub);
    });

    after(async () => {
      await home[Symbol.asyncDispose]();
      await stub[Symbol.asyncDispose]();
    });

    it('answers a prompt, and sends the first turn exactly when it resumes', async () => {
      const first = await subject.run(home, 'Hello');
      assert.equal(first.text, reply('Hello'));
      const sent = subject.exact(last());
      stub.clear();

      const second = await subject.run(home, 'Again', first.sessionId);
      assert.equal(second.sessionId, first.sessionId);
      assert.equal(second.text, reply('Again'));
      assert.equal(stub.mainRequests().length, 1);
      assert.deepEqual(texts(), ['Hello', reply('Hello'), 'Again']);
      assert.deepEqual(subject.exact(last()).slice(0, sent.length), sent);
    });

    it('runs one tool call and two parallel ones, and repeats their results exactly', async () => {
      const { sessionId } = await subject.run(home, 'USE_TOOL now');
      const one = conversationOf(last()).flatMap(({ toolResults }) => toolResults);
      assert.equal(one.length, 1);
      stub.clear();

      await subject.run(home, 'USE_TWO_TOOLS now', sessionId);
      const calls = conversationOf(last()).flatMap(({ toolCalls }) => toolCalls.map(({ id }) => id));
      const results = conversationOf(last()).flatMap(({ toolResults }) => toolResults.map(({ id }) => id));
      assert.equal(calls.length, 3);
      // Parallel results stand in the order in which the tools were done, which differs from run to run.
      assert.deepEqual(results.toSorted(), calls.toSorted());
      const sent = subject.exact(last());
      stub.clear();

      await subject.run(home, 'Go on', sessionId);
      assert.deepEqual(subject.exact(last()).slice(0, sent.length), sent);
    });

    it('keeps thinking, tools and text of a whole source', async () => {
      const source = await subject.source(home);
      stub.clear();
      await subject.run(home, 'What did I ask?', source.id);
      assert.deepEqual(texts(), [
        sourcePrompts[0],
        reply(sourcePrompts[0]),
        sourcePrompts[1],
        reply(sourcePrompts[1]),
        sourcePrompts[2],
        reply(sourcePrompts[2], 1),
        sourcePrompts[3],
        reply(sourcePrompts[3], 2),
        sourcePrompts[4],
        reply(sourcePrompts[4]),
        'What did I ask?',
      ]);
      const stored = JSON.stringify(await recordsOf(source.file));
      assert.match(stored, /Thinking about: THINK about the second question/);
    });

    it('rewinds a source: the old branch stays in the file, the model sees the new one', async () => {
      const source = await subject.source(home);
      const rewound = await subject.rewind(home, source, 1, 'Another second question');
      stub.clear();
      await subject.run(home, 'Go on', rewound.id);
      assert.deepEqual(texts(), [
        sourcePrompts[0],
        reply(sourcePrompts[0]),
        'Another second question',
        reply('Another second question'),
        'Go on',
      ]);
      assert.match(JSON.stringify(await recordsOf(source.file)), /Reply to: Last question/);
    });

    it('compacts a source: the model sees a summary in place of the first turns', async () => {
      const source = await subject.source(home);
      stub.clear();
      await subject.compact(home, source);
      assert.ok(stub.requests.some((request) => kindOf(request) === 'summary'));
      stub.clear();
      await subject.run(home, 'Go on', source.id);
      const words = JSON.stringify(conversationOf(last()));
      assert.match(words, /Summary of the stub/);
      assert.doesNotMatch(words, /Reply to: First question/);
    });
  });
}

describe('support for Claude Code beyond the command line', { timeout: 120_000 }, () => {
  it('forks with the SDK and goes on over ACP with exactly the first turn', async () => {
    await using stub = await startStubModel();
    await using home = await makeAgentHome('claude-code', stub);
    const source = await makeClaudeSource(home, ['One', 'Two']);
    const before = await recordsOf(source.file);
    const firstReply = before.find(({ type }) => type === 'assistant')?.uuid;
    assert.equal(typeof firstReply, 'string');
    const fork = await forkWithClaudeSdk(home, source, { upToMessageId: String(firstReply) });
    assert.notEqual(fork, source.id);

    await using agent = await acpAgent('claude-agent-acp', home);
    await agent.resumeSession(fork);
    stub.clear();
    const turn = await agent.prompt(fork, 'Three');
    assert.equal(turn.stopReason, 'end_turn');
    assert.equal(turn.text, 'Reply to: Three');
    const request = stub.mainRequests().at(-1);
    assert.ok(request);
    assert.deepEqual(
      spokenOf(request).map(({ text }) => text),
      ['One', 'Reply to: One', 'Three'],
    );
  });
});

describe('support for Codex', { timeout: 120_000 }, () => {
  it('ends with its home what Codex leaves running for its next start', async () => {
    await using stub = await startStubModel();
    let left: readonly number[] = [];
    {
      await using home = await makeAgentHome('codex', stub);
      await runProgram('codex', home, ['app-server', 'daemon', 'start']);
      left = await daemonsOf(home.home);
    }
    assert.equal(left.length, 2);
    assert.deepEqual(left.filter(isRunning), []);
  });
});
