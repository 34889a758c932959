import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Catalog, type ForkEvent } from '../../src/core/catalog.ts';
import { forksOf } from '../../src/core/forkTree.ts';
import { isSubagentRun, type Message, type SessionInfo, sessionKey } from '../../src/core/model.ts';
import { type StoreFactory, storeFactories } from '../../src/stores/index.ts';
import { type AgentHome, type AgentName, makeAgentHome } from './support/agentHome.ts';
import { parseObject, textOf } from './support/json.ts';
import { runProgram } from './support/run.ts';
import {
  conversationOf,
  defaultReply,
  kindOf,
  type ModelRequest,
  startStubModel,
} from './support/stubModel.ts';

type Call = NonNullable<ReturnType<typeof defaultReply>['toolCalls']>[number];

interface Case {
  readonly agent: AgentName;
  readonly args: (prompt: string) => readonly string[];
  /** How its model starts a subagent. */
  readonly call: Call;
  /** Called with what that gave, when the program does not wait by itself. */
  readonly wait?: (result: string) => Call;
}

const task = 'count the notes';
const described = { description: 'Count', prompt: task };

const cases: readonly Case[] = [
  {
    agent: 'claude-code',
    args: (prompt) => ['-p', '--output-format', 'json', '--allowedTools', 'Agent', '--', prompt],
    call: { name: 'Agent', input: { ...described, subagent_type: 'general-purpose' } },
  },
  {
    agent: 'qwen-code',
    args: (prompt) => ['-p', prompt, '--yolo', '--output-format', 'json'],
    call: { name: 'agent', input: { ...described, subagent_type: 'general-purpose' } },
  },
  {
    agent: 'codex',
    args: (prompt) => ['exec', '--json', '--skip-git-repo-check', prompt],
    call: { name: 'multi_agent_v1/spawn_agent', input: { message: task } },
    wait: (result) => ({
      name: 'multi_agent_v1/wait_agent',
      input: { targets: [textOf(parseObject(result).agent_id)] },
    }),
  },
  {
    agent: 'opencode',
    args: (prompt) => ['run', prompt],
    call: { name: 'task', input: { ...described, subagent_type: 'general' } },
  },
  {
    agent: 'goose',
    args: (prompt) => ['run', '-t', prompt],
    call: { name: 'delegate', input: { instructions: task } },
  },
  {
    agent: 'gemini-cli',
    args: (prompt) => ['-p', prompt, '--yolo'],
    call: { name: 'invoke_agent', input: { agent_name: 'generalist', prompt: task } },
  },
];

/** The person's session delegates once; the subagent, and all that comes after, is answered as usual. */
const delegating =
  ({ call, wait }: Case) =>
  (request: ModelRequest): ReturnType<typeof defaultReply> => {
    const conversation = conversationOf(request);
    const isOwn = conversation.some(({ text }) => text.includes('DELEGATE'));
    const results = conversation.flatMap(({ toolResults }) => toolResults);
    if (kindOf(request) !== 'main' || !isOwn || results.length > (wait ? 1 : 0)) {
      return defaultReply(request);
    }
    const [started] = results;
    return { toolCalls: [started && wait ? wait(started.text) : call] };
  };

const factoryOf = (home: AgentHome): ReturnType<StoreFactory> =>
  storeFactories
    .map((make) => make({ home: home.home, variables: home.env, folders: {} }))
    .find(({ agent }) => agent.id === home.agent) ?? assert.fail();

const wordsOf = (message: Message): string =>
  message.kind === 'prompt'
    ? message.text
    : message.parts.map((part) => (part.kind === 'text' ? part.text : '')).join('');

/** Of the other agents pi and Moltis keep no transcripts of subagents. */
describe('the runs of subagents of the real programs (trap 17)', { timeout: 300_000 }, () => {
  for (const one of cases) {
    it(`${one.agent}: is read-only under the session that started it, and no fork`, async () => {
      await using stub = await startStubModel();
      await using home = await makeAgentHome(one.agent, stub);
      stub.respond = delegating(one);
      const catalog = new Catalog([factoryOf(home)]);
      await catalog.refresh();
      const told: ForkEvent[] = [];
      catalog.onDidFork((event) => told.push(event));
      await runProgram(one.agent, home, one.args('Please DELEGATE this'), { timeoutMs: 120_000 });
      await catalog.refresh();
      const [session, run, more] = catalog
        .sessions()
        .toSorted((a, b) => Number(isSubagentRun(a)) - Number(isSubagentRun(b)));
      assert.ok(session && run && !more, JSON.stringify(catalog.sessions()));
      await isReadOnlyBelow(catalog, session, run);
      assert.deepEqual(told, []);
    });
  }
});

async function isReadOnlyBelow(catalog: Catalog, session: SessionInfo, run: SessionInfo): Promise<void> {
  assert.equal(session.lineage, undefined);
  assert.deepEqual(run.lineage, { parent: session.ref, kind: 'subagent', messages: 0, how: 'recorded' });
  const node = catalog.forest().nodes.get(sessionKey(session.ref));
  assert.deepEqual([node?.children.length, forksOf(node).length], [1, 0]);
  const store = catalog.store(run.ref.agent) ?? assert.fail();
  const { messages } = await store.read(run.ref.id);
  assert.equal(messages.length, run.messageCount);
  assert.match(messages[0] ? wordsOf(messages[0]) : '', new RegExp(`${task}$`));
  assert.match(messages[1] ? wordsOf(messages[1]) : '', /^Reply to: /);
}
