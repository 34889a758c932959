import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Message, messageId } from '../../../src/core/model.ts';
import { Page } from '../../../src/webview/page.ts';
import { rowKey } from '../../../src/webview/rows.ts';

const reply = (id: string, ...calls: readonly string[]): Message => ({
  kind: 'reply',
  id: messageId(id),
  parts: calls.map((call) => ({
    kind: 'tool',
    id: call,
    name: 'run',
    action: 'run',
    target: 'npm test',
    input: '',
    output: '',
    status: 'done',
  })),
  finished: true,
  endsTurn: true,
});

describe('what a person opened in the panel', () => {
  it('stays open when its turn is over and its messages are the stored ones', () => {
    const nothing = (): undefined => undefined;
    const page = new Page({ getState: nothing, setState: nothing, postMessage: nothing }, nothing, undefined);
    page.unfold(rowKey(messageId('live'), 'b'));
    page.unfold(rowKey(messageId('live'), 'c'));
    page.keepOpen([reply('live', 'a', 'b', 'c')], [reply('before', 'b'), reply('stored', 'a', 'b')]);
    const isOpen = (id: string, call: string): boolean => page.isOpen(rowKey(messageId(id), call));
    assert.deepEqual(
      [isOpen('stored', 'a'), isOpen('stored', 'b'), isOpen('before', 'b')],
      [false, true, false],
    );
  });
});
