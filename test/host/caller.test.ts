// A second extension, installed beside ours, uses the API; and what other programs fork is told to it, once.
import assert from 'node:assert/strict';
import { realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { after, before, beforeEach, describe, it } from 'node:test';
import * as vscode from 'vscode';
import type { ForkEvent, ForkRequest, ForkResult, Session, SessionInfo } from '../../docs/session-forks.d.ts';
import { furnish } from '../agents/support/agentHome.ts';
import { type RunHome, runClaude } from '../agents/support/run.ts';
import { type StubModel, startStubModel } from '../agents/support/stubModel.ts';
import { withServer } from './mcpCall.ts';
import { eventually, findSample, homeStores, installHomeSamples, workspaceFolder } from './sampleHome.ts';

/** What test/fixtures/callerExtension gives to whoever activates it. */
interface Caller {
  readonly version: number;
  readonly heard: ForkEvent[];
  list(filter?: { readonly agent?: string }): Promise<readonly SessionInfo[]>;
  fork(request: ForkRequest): Promise<{ readonly answer?: ForkResult; readonly code?: string }>;
  open(session: Session): Promise<{ readonly code?: string }>;
}

describe('another extension', () => {
  let caller: Caller;

  before(async () => {
    await installHomeSamples();
    const extension = vscode.extensions.getExtension<Caller>('session-forks-test.caller');
    caller = (await extension?.activate()) ?? assert.fail('it is not installed');
    await caller.list();
  });

  beforeEach(() => {
    caller.heard.length = 0;
  });

  /** What it has heard, once there is something and no more can come: all folders were listed again since. */
  async function heardOnce(): Promise<ForkEvent> {
    await eventually(() => caller.heard.length > 0, 60_000);
    await caller.list();
    await caller.list();
    const [event, ...more] = caller.heard;
    assert.deepEqual(more, []);
    return event ?? assert.fail();
  }

  async function remove(session: Session): Promise<void> {
    const store = homeStores().find(({ agent }) => agent.id === session.agent) ?? assert.fail();
    const info = (await store.list()).sessions.find(({ ref }) => ref.id === session.id) ?? assert.fail();
    await store.remove?.(info.ref.id);
  }

  it('has the API of this version, lists and forks, and hears of its own fork once', async () => {
    assert.equal(caller.version, 1);
    const { info } = await findSample('Add OAuth login');
    assert.ok((await caller.list({ agent: info.ref.agent })).some(({ ref }) => ref.id === info.ref.id));
    const request = { source: info.ref, point: { keep: 6 }, title: 'By another extension' } as const;
    const { answer } = await caller.fork(request);
    assert.ok(answer);
    const { child, ...event } = await heardOnce();
    assert.deepEqual(event, { source: info.ref, title: 'By another extension', forkPoint: 6, origin: 'api' });
    assert.deepEqual(child, answer.session);
    await remove(child);
  });

  it('gets errors by their codes', async () => {
    assert.equal(
      (await caller.fork({ source: { agent: 'claude-code', id: 'gone' } })).code,
      'no_such_session',
    );
    assert.equal((await caller.open({ agent: '', id: 'gone' })).code, 'bad_request');
    assert.deepEqual(caller.heard, []);
  });

  it('hears once of a fork by another process', async () => {
    const { info } = await findSample('Bump Node to 24');
    const input = { agent: info.ref.agent, session: info.ref.id, at_message: 2, label: 'From afar' };
    await withServer((call) => call('branch_session', input));
    const { child, ...event } = await heardOnce();
    assert.deepEqual(event, { source: info.ref, title: 'From afar', forkPoint: 2, origin: 'outside' });
    await remove(child);
  });

  describe('while the real claude runs', () => {
    let stub: StubModel;
    let home: RunHome;

    before(async () => {
      stub = await startStubModel();
      const project = realpathSync(workspaceFolder());
      home = await furnish('claude-code', { home: homedir(), project, url: stub.url });
    });
    after(() => stub[Symbol.asyncDispose]());

    it('hears once of a fork by claude --fork-session', async () => {
      const { sessionId: source } = await runClaude(home, ['A question of its own']);
      await eventually(async () => (await caller.list()).some(({ ref }) => ref.id === source));
      caller.heard.length = 0;
      const args = ['Another question', '--resume', source, '--fork-session'];
      const { sessionId: made } = await runClaude(home, args);
      const { child, source: from, forkPoint, origin } = await heardOnce();
      assert.deepEqual([child.id, from.id, forkPoint, origin], [made, source, 2, 'outside']);
      for (const session of [child, from]) await remove(session);
    });
  });
});
