import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseFromPage, parseSavedSession } from '../../../src/vscode/panel/messages.ts';

describe('messages of the page', () => {
  const good: readonly unknown[] = [
    { type: 'ready' },
    { type: 'load', from: 0, to: 50 },
    { type: 'find', text: 'a.b', matchCase: true },
    { type: 'outline' },
    { type: 'seekPrompt', from: 7, back: false },
    { type: 'prompt', text: 'hi', attachments: [{ name: 'a', mimeType: 'image/png', data: 'AA==' }] },
    { type: 'forkAfter', message: 'm1' },
    { type: 'prompt', text: 'hi', attachments: [], checkpoint: true },
    { type: 'askAside', text: 'why?', attachments: [] },
    { type: 'attachFiles', uris: ['file:///a.png'] },
    { type: 'findMentions', query: 'log' },
    { type: 'sendQueue' },
    { type: 'fork', title: 'A try' },
    { type: 'open', session: { agent: 'a', id: 'b' }, message: 3 },
    { type: 'open', session: { agent: 'a', id: 'b' }, message: 3, top: -4.5 },
    { type: 'action', id: 'installInTerminal' },
    { type: 'command', id: 'rename' },
  ];
  for (const message of good) {
    it(`are taken as they are: ${JSON.stringify(message)}`, () => {
      assert.deepEqual(parseFromPage(message), message);
    });
  }

  const bad: readonly unknown[] = [
    undefined,
    null,
    'ready',
    [],
    {},
    { type: 'toString' },
    { type: '__proto__' },
    { type: 'load', from: -1, to: 5 },
    { type: 'load', from: 0.5, to: 5 },
    { type: 'load', from: 0 },
    { type: 'find' },
    { type: 'seekPrompt', back: true },
    { type: 'prompt', text: 5, attachments: [] },
    { type: 'prompt', text: 'hi', attachments: [{ name: 1 }] },
    { type: 'prompt', text: 'hi', attachments: 'none' },
    { type: 'open', session: { agent: 'a' } },
    { type: 'open', session: { agent: 'a', id: 'b' }, top: Number.NaN },
    { type: 'attachFiles', uris: [1] },
    { type: 'fork', title: 1 },
    { type: 'action', id: 'hasOwnProperty' },
    { type: 'command', id: 'workbench.action.terminal.sendSequence' },
  ];
  for (const message of bad) {
    it(`are refused: ${JSON.stringify(message)}`, () => {
      assert.equal(parseFromPage(message), undefined);
    });
  }

  it('lose every field that the protocol does not name', () => {
    assert.deepEqual(parseFromPage({ type: 'stop', command: 'rm' }), { type: 'stop' });
  });
});

describe('the state that a page kept over a reload', () => {
  it('names the child (trap 48)', () => {
    const state = { session: { agent: 'a', id: 'child' }, composer: {} };
    assert.deepEqual(parseSavedSession(state), { agent: 'a', id: 'child' });
  });

  it('may be of any form without harm', () => {
    for (const state of [undefined, null, 5, {}, { session: null }, { session: { agent: 1, id: 2 } }]) {
      assert.equal(parseSavedSession(state), undefined);
    }
  });
});
