import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { agentId, sessionId } from '../../../src/core/model.ts';
import type { Divider } from '../../../src/protocol.ts';
import { dividerWords } from '../../../src/webview/names.ts';

const parent = { session: { agent: agentId('a'), id: sessionId('p') }, title: 'The parent' };
const words = (kind: Divider['kind'], messages: number, more: Partial<Divider> = { parent }): string =>
  dividerWords({ kind, messages, how: 'recorded', siblings: [], position: 0, ...more }).join('<link>');

describe('the words of the divider', () => {
  it('say where a fork left its parent', () => {
    assert.equal(words('fork', 3), 'Forked from <link> at message 3');
    assert.equal(words('fork', 0), 'Forked from <link>, before its first message');
    assert.equal(words('rewound', 3), 'Rewound to message 3 in <link>');
    assert.equal(words('fork', 3, {}), 'Forked at message 3; its parent is deleted<link>');
  });

  it('say whose subagent made a run, and never that it was forked (trap 17)', () => {
    assert.equal(words('subagent', 0), 'Run of a subagent of <link>');
    assert.equal(words('subagent', 0, {}), 'Run of a subagent; the session that started it is deleted<link>');
  });
});
