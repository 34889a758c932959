import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createAcpAgents, launchTable } from '../../src/agents/acp/index.ts';
import { SessionForksError } from '../../src/core/errors.ts';
import type { ConversationObserver, LiveAgent } from '../../src/core/liveAgent.ts';
import { type SignInMethod, SignInMethods } from '../../src/core/signIn.ts';
import { type AgentHome, type AgentName, makeAgentHome } from './support/agentHome.ts';
import { type ProgramName, program } from './support/programs.ts';
import { startStubModel } from './support/stubModel.ts';

/** The agents' real programs on a machine where nobody has signed in. */

const keys = ['ANTHROPIC_API_KEY', 'OPENAI_API_KEY', 'GEMINI_API_KEY'];

async function liveAgent(agent: AgentName, name: ProgramName, home: AgentHome): Promise<LiveAgent> {
  const { file } = await program(name);
  const [live] = createAcpAgents({
    rows: launchTable.filter((row) => row.agent === agent),
    commands: () => file,
    log: { line: () => undefined, dispose: () => undefined },
    clientVersion: '0.0.0',
    env: Object.fromEntries(Object.entries(home.env).filter(([variable]) => !keys.includes(variable))),
  });
  assert.ok(live);
  return live;
}

const deaf: ConversationObserver = {
  update: () => undefined,
  permission: async () => 'cancelled',
  ended: () => undefined,
};

/** Begins a session and prompts: the ways to sign in that the agent wants one of. */
async function wantedBy(agent: AgentName, name: ProgramName): Promise<readonly SignInMethod[]> {
  await using stub = await startStubModel();
  await using home = await makeAgentHome(agent, stub);
  const live = await liveAgent(agent, name, home);
  const error = await promptOnce(live, home).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.deepEqual(stub.requests, [], 'no model was asked');
  assert.ok(error instanceof SessionForksError, String(error));
  assert.equal(error.code, 'sign_in_needed');
  assert.ok(error.cause instanceof SignInMethods);
  return error.cause.methods;
}

async function promptOnce(live: LiveAgent, home: AgentHome): Promise<void> {
  const conversation = await live.open({ agent: live.agent, cwd: home.project }, deaf);
  try {
    await conversation.prompt({ text: 'Hello', attachments: [] });
  } finally {
    await conversation.close();
  }
}

describe('an agent that nobody has signed in to shows its own ways', () => {
  it('Claude Code: two, each in its own terminal program', { timeout: 120_000 }, async () => {
    const methods = await wantedBy('claude-code', 'claude-agent-acp');
    const { file } = await program('claude-agent-acp');
    assert.deepEqual(
      methods.map(({ id, terminal }) => [id, terminal?.args]),
      [
        ['claude-ai-login', [file, '--cli', 'auth', 'login', '--claudeai']],
        ['console-login', [file, '--cli', 'auth', 'login', '--console']],
      ],
    );
  });

  it('Qwen Code: its key, set up in its terminal program', { timeout: 120_000 }, async () => {
    const { file } = await program('qwen-code');
    assert.deepEqual(
      (await wantedBy('qwen-code', 'qwen-code')).map(({ id, terminal }) => [id, terminal?.args]),
      [['openai', [file, '--auth-type=openai']]],
    );
  });

  it('Gemini CLI: four, none of which needs a terminal', { timeout: 120_000 }, async () => {
    const methods = await wantedBy('gemini-cli', 'gemini-cli');
    assert.deepEqual(
      methods.map(({ id, terminal }) => [id, terminal]),
      ['oauth-personal', 'gemini-api-key', 'vertex-ai', 'gateway'].map((id) => [id, undefined]),
    );
  });
});
