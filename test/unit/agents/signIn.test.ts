import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SessionForksError } from '../../../src/core/errors.ts';
import { type SignInMethod, SignInMethods } from '../../../src/core/signIn.ts';
import { fakeAgentFile, prompt, rig, type Script, stored } from './harness.ts';

/** The ways to sign in that an agent without an account shows, as it tells them at its start. */
async function methodsOf(authMethods: readonly unknown[]): Promise<readonly SignInMethod[]> {
  const { open } = rig({ signedOut: true, authMethods }, { env: { AGENT_HOME: '/data' } });
  const error = await open().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof SessionForksError && error.cause instanceof SignInMethods);
  return error.cause.methods;
}

const inOurNode = { AGENT_HOME: '/data', ELECTRON_RUN_AS_NODE: '1' };

describe('signing in to an agent', () => {
  it('tells the agent’s own methods, and its name for them', async () => {
    await assert.rejects(rig({ signedOut: true }).open(), {
      code: 'sign_in_needed',
      message: 'Sign in to Fake Agent: Log in with a browser.',
      cause: new SignInMethods([{ id: 'login', name: 'Log in with a browser' }]),
    });
  });

  it('says at the start that terminals can be opened for it', async () => {
    const { open, received, end } = rig();
    await open();
    await end();
    assert.match(received()[0] ?? '', /"auth":\{"terminal":true\}.*"terminal-auth":true/);
  });

  it('signs in by the chosen method before the session is opened, in the same process', async () => {
    const { open, received, methods, end } = rig({ signedOut: true });
    await open({ signIn: 'login' });
    await end();
    assert.deepEqual(methods(), ['initialize', 'authenticate', 'session/new']);
    assert.ok(received().includes('authenticate {"methodId":"login"}'));
  });

  it('never asks for a sign-in that nobody chose', async () => {
    const { open, methods, end } = rig({ resume: true });
    await open(stored);
    await end();
    assert.deepEqual(methods(), ['initialize', 'session/resume']);
  });

  it('runs a terminal method as the agent’s own program with the method’s arguments (claude-agent-acp, pi-acp)', async () => {
    const own = { command: '/elsewhere/node', args: ['adapter.js', '--cli'], label: 'Log in' };
    const [method] = await methodsOf([
      { id: 'a', name: 'A', type: 'terminal', args: ['--cli', 'login'], _meta: { 'terminal-auth': own } },
    ]);
    assert.deepEqual(method?.terminal, {
      command: process.execPath,
      args: [fakeAgentFile, '--cli', 'login'],
      env: inOurNode,
    });
  });

  it('reads a terminal method in _meta (Qwen Code)', async () => {
    const [method] = await methodsOf([{ id: 'a', name: 'A', _meta: { type: 'terminal', args: ['--auth'] } }]);
    assert.deepEqual(method?.terminal?.args, [fakeAgentFile, '--auth']);
  });

  it('runs a whole command that the agent names (OpenCode), found as the agent was found', async () => {
    const auth = (command: string) => ({ 'terminal-auth': { command, args: ['auth', 'login'] } });
    const [own, other] = await methodsOf([
      { id: 'a', name: 'A', _meta: auth(fakeAgentFile) },
      { id: 'b', name: 'B', _meta: auth('some-login') },
    ]);
    assert.deepEqual(own?.terminal?.args, [fakeAgentFile, 'auth', 'login']);
    assert.deepEqual(other?.terminal, {
      command: 'some-login',
      args: ['auth', 'login'],
      env: { AGENT_HOME: '/data' },
    });
  });

  it('runs what a description asks for only when it is the agent’s own program (goose)', async () => {
    const [foreign, words] = await methodsOf([
      { id: 'a', name: 'A', description: 'Run `rm all` to start' },
      { id: 'b', name: 'B', description: 'Set the variable KEY' },
    ]);
    assert.deepEqual([foreign?.terminal, words?.terminal], [undefined, undefined]);
  });
});

describe('an agent without credit', () => {
  const failing = async (failure: Script): Promise<unknown> => {
    const { open, end } = rig({ failure });
    const conversation = await open();
    try {
      return await conversation.prompt(prompt('fail')).catch((error: unknown) => error);
    } finally {
      await end();
    }
  };
  const code = -32603;
  const message = 'Internal error';

  // As the real programs answered a model that refused for want of credit.
  const said: readonly (readonly [string, Script, string])[] = [
    [
      'claude-agent-acp 0.100.0',
      { code, message: `${message}: Credit balance is too low`, data: { errorKind: 'billing_error' } },
      'Credit balance is too low',
    ],
    [
      'codex-acp 2.6.0',
      {
        code,
        message,
        data: { message: 'Check your plan and billing details.', codexErrorInfo: 'usageLimitExceeded' },
      },
      'Check your plan and billing details.',
    ],
    [
      'goose 1.52.0',
      { code, message: 'Please add more credits.', data: { reason: 'credits_exhausted' } },
      'Please add more credits.',
    ],
    [
      'Qwen Code 0.24.4',
      { code, message, data: { details: '402 Insufficient credits. Add more.' } },
      '402 Insufficient credits. Add more.',
    ],
  ];
  for (const [agent, failure, text] of said) {
    it(`is told in its own words (${agent})`, async () => {
      const error = await failing(failure);
      assert.ok(error instanceof SessionForksError);
      assert.deepEqual([error.code, error.message], ['out_of_credit', text]);
    });
  }

  it('is not what any other failure of the model is taken for', async () => {
    const error = await failing({ code, message: 'The server had an error', data: { errorKind: 'unknown' } });
    assert.ok(error instanceof Error && !(error instanceof SessionForksError));
    assert.equal(error.message, 'The server had an error');
  });
});
