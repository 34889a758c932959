import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createQwenServeAgent, needed as features } from '../../../src/agents/qwenServe/index.ts';
import type { RunningServer } from '../../../src/agents/runningServer.ts';
import type { Conversation } from '../../../src/core/liveAgent.ts';
import { agentId, sessionId } from '../../../src/core/model.ts';
import { listen, nothingElse } from '../../agents/support/listener.ts';

const otherwise = nothingElse({ agent: agentId('qwen-code') });

const state = {
  modes: { currentModeId: 'default', availableModes: [{ id: 'default', name: 'Default' }] },
  models: { currentModelId: 'a', availableModels: [{ modelId: 'a', name: 'A' }] },
};

/** A server that says so of what it can, and tells so of the one turn that it is asked for. */
function serverOf(capabilities: unknown, end: object): RunningServer {
  const prompted = Promise.withResolvers<void>();
  return {
    ask: async (_method, path) => {
      if (path.endsWith('/prompt')) {
        prompted.resolve();
        return { promptId: 'p' };
      }
      return path === '/capabilities' ? capabilities : { sessionId: 's', state };
    },
    events: async (_path, signal) =>
      (async function* () {
        await prompted.promise;
        yield { id: 1, promptId: 'p', ...end };
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      })(),
  };
}

const open = (server: RunningServer): Promise<Conversation> =>
  createQwenServeAgent(otherwise, async () => server).open(
    { agent: otherwise.agent, id: sessionId('s'), cwd: '/' },
    listen().observer,
  );

describe('a session over a server of Qwen Code', { timeout: 60_000 }, () => {
  it('is carried on otherwise where something else answers at the address', async () => {
    const unable = { features: features.filter((feature) => feature !== 'session_approval_mode_control') };
    for (const answer of [undefined, { name: 'another server' }, { features: ['session_resume'] }, unable]) {
      await assert.rejects(open(serverOf(answer, {})), /carried on otherwise/u);
    }
  });

  it('offers models only where the server can change them', async () => {
    for (const [more, count] of [
      [[], 0],
      [['session_set_model'], 1],
    ] as const) {
      const conversation = await open(serverOf({ features: [...features, ...more] }, {}));
      const { modes, models } = conversation.options();
      assert.deepEqual([modes.length, models.length], [1, count]);
      await conversation.close();
    }
  });

  it('is done with a turn whose end says nothing more', async () => {
    const ends = [{ type: 'turn_complete' }, { type: 'turn_complete', data: { stopReason: 5 } }];
    for (const end of ends) {
      const conversation = await open(serverOf({ features }, end));
      assert.equal(await conversation.prompt({ text: 'go', attachments: [] }), 'done');
      await conversation.close();
    }
    const failing = await open(serverOf({ features }, { type: 'turn_error' }));
    await assert.rejects(failing.prompt({ text: 'go', attachments: [] }), /Qwen Code failed/u);
    await failing.close();
  });
});
