import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Message, messageId } from '../../../src/core/model.ts';
import type { PanelState } from '../../../src/protocol.ts';
import { Page } from '../../../src/webview/page.ts';
import { storedTurn } from '../../../src/webview/receive.ts';
import { rowKey, rowsOf } from '../../../src/webview/rows.ts';
import { panelState } from '../../ui/support/panelPage.ts';

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
  const nothing = (): undefined => undefined;
  const live = (...turn: readonly Message[]): PanelState['live'] => ({ status: 'working', turn, plan: [] });

  it('stays open when its turn is over and its messages are the stored ones, whatever their ids', () => {
    for (const stored of [reply('stored', 'a', 'b'), reply('stored', 'x', 'y')]) {
      const page = new Page(
        { getState: nothing, setState: nothing, postMessage: nothing },
        nothing,
        undefined,
      );
      page.unfold(rowKey(messageId('live'), 'b'));
      page.unfold(rowKey(messageId('live'), 'c'));
      const turn = [reply('live', 'a', 'b', 'c')];
      const during = panelState({ messages: [reply('before', 'b')], live: live(...turn) });
      const over = panelState({ messages: [reply('before', 'b'), stored] });
      page.keepOpen(turn, storedTurn(during, over));
      const [first = '', second = ''] = rowsOf([stored], 'tool');
      const isOpen = (id: string, call: string): boolean => page.isOpen(rowKey(messageId(id), call));
      assert.deepEqual(
        [page.isOpen(first), page.isOpen(second), isOpen('before', 'b')],
        [false, true, false],
      );
    }
  });

  it('is not looked for in the stored messages while the turn is still drawn', () => {
    const during = panelState({ messages: [reply('before', 'b')], live: live(reply('live', 'b')) });
    const more = panelState({ messages: [reply('before', 'b'), reply('stored', 'b')], live: during.live });
    assert.deepEqual(storedTurn(during, more), []);
  });
});
