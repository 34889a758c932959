import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SessionForksError } from '../../../src/core/errors.ts';
import type { Conversation, ConversationObserver, LiveAgent } from '../../../src/core/liveAgent.ts';
import { LiveLimit, limitedAgent } from '../../../src/core/liveLimit.ts';
import { agentId, sessionId } from '../../../src/core/model.ts';

const session = { agent: agentId('a'), id: sessionId('s'), cwd: '/' };
const tooMany = { code: 'too_many_agents' };

/** An agent that starts when the test says so, and its limit. */
function setUp(most: () => number) {
  const starts: { readonly observer: ConversationObserver; readonly go: PromiseWithResolvers<void> }[] = [];
  const ends: unknown[] = [];
  const observer: ConversationObserver = {
    update: () => undefined,
    permission: async () => 'cancelled',
    ended: (error) => void ends.push(error?.code),
  };
  const conversation: Conversation = {
    session,
    options: () => ({ modes: [], models: [], commands: [], images: false }),
    prompt: async () => 'done',
    cancel: async () => undefined,
    setMode: async () => undefined,
    setModel: async () => undefined,
    close: async () => undefined,
  };
  const inner: LiveAgent = {
    agent: session.agent,
    install: { command: '', setting: '' },
    open: async (_session, observer) => {
      const go = Promise.withResolvers<void>();
      starts.push({ observer, go });
      await go.promise;
      return conversation;
    },
  };
  const agent = limitedAgent(inner, new LiveLimit(most));
  return { starts, ends, open: () => agent.open(session, observer) };
}

describe('the limit on agents that run at once', { timeout: 30_000 }, () => {
  it('counts one that is starting, and starts none above it', async () => {
    const { starts, open } = setUp(() => 1);
    const first = open();
    await assert.rejects(open(), tooMany);
    assert.equal(starts.length, 1);
    starts[0]?.go.resolve();
    await first;
    await assert.rejects(open(), tooMany);
    assert.equal(starts.length, 1);
  });

  it('has a place again when one is closed, and only one, however often it is closed', async () => {
    const { starts, open } = setUp(() => 2);
    const conversations = [open(), open()];
    for (const { go } of starts) go.resolve();
    const [first] = await Promise.all(conversations);
    await first?.close();
    await first?.close();
    void open();
    await assert.rejects(open(), tooMany);
  });

  it('has a place again when one ends by itself, which is told all the same', async () => {
    const { starts, ends, open } = setUp(() => 1);
    const first = open();
    starts[0]?.go.resolve();
    await first;
    starts[0]?.observer.ended(new SessionForksError('agent_ended', 'gone'));
    void open();
    assert.equal(starts.length, 2);
    assert.deepEqual(ends, ['agent_ended']);
  });

  it('has a place again when a start fails', async () => {
    const { starts, open } = setUp(() => 1);
    const first = open();
    starts[0]?.go.reject(new SessionForksError('agent_missing', 'not there'));
    await assert.rejects(first, { code: 'agent_missing' });
    void open();
    assert.equal(starts.length, 2);
  });

  it('is asked for at each start: a raised limit holds at once', async () => {
    let most = 1;
    const { starts, open } = setUp(() => most);
    void open();
    await assert.rejects(open(), tooMany);
    most = 2;
    void open();
    assert.equal(starts.length, 2);
  });
});
