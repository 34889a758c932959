import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { agentId, sessionId } from '../../../src/core/model.ts';
import { keepQueue, keptQueue, noQueue } from '../../../src/vscode/panel/keptQueue.ts';
import { memento } from '../support/memento.ts';

const session = { agent: agentId('fake'), id: sessionId('a') };
const other = { ...session, id: sessionId('b') };
const image = { name: 'a.png', mimeType: 'image/png', data: 'AA==' };
const one = { text: 'one', attachments: [image], checkpoint: true };
const two = { text: 'two', attachments: [] };

describe('the prompts that were not sent when the window was closed', () => {
  it('come back to their session with all that they had', async () => {
    const state = memento();
    await keepQueue(state, session, { queue: [one, two] });
    assert.deepEqual(keptQueue(state, session, 4), [one, two]);
    assert.deepEqual(keptQueue(state, other, 4), []);
  });

  it('leave nothing behind once they are sent', async () => {
    const state = memento();
    await keepQueue(state, session, { queue: [one] });
    await keepQueue(state, session, noQueue);
    assert.deepEqual(state.keys(), []);
  });

  it('begin with the one whose turn ran, unless its agent has stored it', async () => {
    const state = memento();
    await keepQueue(state, session, { queue: [two], running: one, stored: 4 });
    assert.deepEqual(keptQueue(state, session, 4), [one, two]);
    assert.deepEqual(keptQueue(state, session, 5), [two]);
  });

  it('may be of any form without harm', () => {
    const damaged = [
      null,
      5,
      [],
      {},
      { queue: [5] },
      { queue: [{ text: 'a' }] },
      { queue: [], running: one },
    ];
    for (const value of damaged) {
      assert.deepEqual(keptQueue(memento({ 'queue fake/a': value }), session, 4), []);
    }
  });
});
