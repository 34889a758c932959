import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Conversation, ConversationObserver, LiveAgent } from '../../../src/core/liveAgent.ts';
import { agentId, sessionId } from '../../../src/core/model.ts';
import { protectedAgent } from '../../../src/core/protectedAgent.ts';

const session = { agent: agentId('a'), id: sessionId('s'), cwd: '/' };

function setUp(outcome: 'intact' | 'restored' | Error = 'intact', refuse?: Error) {
  const calls: string[] = [];
  const answer = async (call: string) => {
    calls.push(call);
    if (outcome instanceof Error) {
      throw outcome;
    }
    return outcome;
  };
  const inner: LiveAgent = {
    agent: session.agent,
    install: { command: '', setting: '' },
    open: async (_session, _observer) => {
      calls.push('open');
      if (refuse) {
        throw refuse;
      }
      return conversation;
    },
  };
  const conversation: Conversation = {
    session,
    options: () => ({ modes: [], models: [], commands: [], images: false }),
    prompt: async () => {
      calls.push('prompt');
      return 'done';
    },
    cancel: async () => undefined,
    setMode: async () => undefined,
    setModel: async () => undefined,
    close: async () => void calls.push('close'),
  };
  const notes: string[] = [];
  const observer: ConversationObserver = {
    update: (update) => void (update.kind === 'note' && notes.push(update.text)),
    permission: async () => 'cancelled',
    ended: () => undefined,
  };
  const protect = async () => {
    calls.push('protect');
    return { check: () => answer('check'), end: () => answer('end') };
  };
  return { agent: protectedAgent(inner, { protect }), inner, observer, calls, notes };
}

describe('a live agent whose program may lose a transcript', () => {
  it('is guarded before it opens, after it opened, after each turn, and when it closes', async () => {
    const { agent, observer, calls, notes } = setUp();
    const conversation = await agent.open(session, observer);
    await conversation.prompt({ text: 'x', attachments: [] });
    await conversation.close();
    assert.deepEqual(calls, ['protect', 'open', 'check', 'prompt', 'check', 'close', 'end']);
    assert.deepEqual(notes, []);
  });

  it('says that a transcript was put back', async () => {
    const { agent, observer, notes } = setUp('restored');
    await agent.open(session, observer);
    assert.match(notes.join(), /put back/);
  });

  it('says that it could not be kept safe, and goes on', async () => {
    const { agent, observer, notes } = setUp(new Error('disk full'));
    const conversation = await agent.open(session, observer);
    assert.equal(await conversation.prompt({ text: 'x', attachments: [] }), 'done');
    assert.match(notes.join(), /disk full/);
  });

  it('ends the guard when the agent does not open', async () => {
    const { agent, observer, calls } = setUp('intact', new Error('missing'));
    await assert.rejects(agent.open(session, observer), /missing/);
    assert.deepEqual(calls, ['protect', 'open', 'end']);
  });

  it('needs no guard for a new session, nor where the store offers none', async () => {
    const { agent, inner, observer, calls } = setUp();
    await agent.open({ agent: session.agent, cwd: '/' }, observer);
    await protectedAgent(inner, undefined).open(session, observer);
    assert.deepEqual(calls, ['open', 'open']);
  });
});
