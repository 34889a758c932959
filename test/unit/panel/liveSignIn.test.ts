import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SessionForksError } from '../../../src/core/errors.ts';
import { SignInMethods } from '../../../src/core/signIn.ts';
import { fixture, prompt, settled } from './liveHarness.ts';

const terminal = { command: '/bin/agent', args: ['login'] };
const signedOut = () =>
  new SessionForksError(
    'sign_in_needed',
    'Sign in.',
    new SignInMethods([
      { id: 'browser', name: 'Browser' },
      { id: 'cli', name: 'In a terminal', terminal },
    ]),
  );

describe('a panel whose agent wants a sign-in', () => {
  it('starts the agent with the chosen way, once, and then sends what was prompted', async () => {
    const { live, wishes, log, turns } = fixture();
    wishes.start = signedOut();
    live.prompt(prompt('go'));
    await settled();
    wishes.start = undefined;
    assert.equal(await live.signIn('browser'), undefined);
    await settled();
    assert.deepEqual(log, ['start', 'start, sign in by browser']);
    assert.equal(turns[0]?.input.text, 'go');
    await live.close();
  });

  it('gives the program for a way that needs a terminal, and starts nothing before the person asks for it', async () => {
    const { live, wishes, log } = fixture();
    wishes.start = signedOut();
    live.prompt(prompt('go'));
    await settled();
    assert.deepEqual(await live.signIn('cli'), terminal);
    await settled();
    assert.deepEqual(log, ['start']);
    assert.equal(live.state().notice?.title, 'sign_in_needed', 'Check Again stays at hand');
  });

  it('ends an agent that wants it in the middle of a turn, so that the next try reads the account anew', async () => {
    const { live, wishes, log, turns } = fixture();
    wishes.outcome = 'notStored';
    live.prompt(prompt('go'));
    await settled();
    turns[0]?.fail(signedOut());
    await settled();
    assert.deepEqual([live.state().status, live.state().notice?.title], ['none', 'sign_in_needed']);
    live.resume();
    await settled();
    assert.deepEqual(log, ['start', 'close', 'read', 'start']);
    assert.equal(turns[1]?.input.text, 'go');
  });

  it('knows no way to sign in once the notice is gone', async () => {
    const { live, wishes, log } = fixture();
    wishes.start = signedOut();
    live.prompt(prompt('go'));
    await settled();
    live.notify(undefined);
    assert.equal(await live.signIn('cli'), undefined);
    assert.equal(await live.signIn('browser'), undefined);
    await settled();
    assert.deepEqual(log, ['start']);
  });
});

describe('a question of the agent', () => {
  it('shows all that was told of its call before, e.g. the diff', async () => {
    const { live, agent } = fixture();
    live.prompt(prompt('go'));
    await settled();
    const edits = [{ path: 'a.ts', before: 'one', after: 'two' }];
    agent().update({ kind: 'tool', call: { id: 'x', name: 'Edit', action: 'edit', target: 'a.ts', edits } });
    void agent().permission({ id: 'p', call: { id: 'x', target: 'src/a.ts' }, options: [] });
    assert.deepEqual(live.state().permission?.call, {
      id: 'x',
      name: 'Edit',
      action: 'edit',
      target: 'src/a.ts',
      input: '',
      edits,
    });
    await live.close();
  });

  it('is answered as cancelled when no turn runs that it could belong to', async () => {
    const { live, agent, turns } = fixture();
    live.prompt(prompt('go'));
    await settled();
    turns[0]?.end('done');
    await settled();
    assert.equal(await agent().permission({ id: 'p', call: { id: 'x' }, options: [] }), 'cancelled');
  });
});
