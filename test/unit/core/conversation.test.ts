import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  applyUpdate,
  beginTurn,
  endTurn,
  type LiveTurn,
  messagesOf,
} from '../../../src/core/conversation.ts';
import type { LiveUpdate } from '../../../src/core/liveAgent.ts';

const begin = (): LiveTurn => beginTurn({ text: 'go', attachments: [] }, 1000);
const after = (...updates: readonly LiveUpdate[]): LiveTurn => updates.reduce(applyUpdate, begin());
const text = (piece: string): LiveUpdate => ({ kind: 'text', text: piece });
const tool = (id: string, status: 'running' | 'done' | 'failed', output = ''): LiveUpdate => ({
  kind: 'tool',
  call: { id, status, output },
});

/** `go | [thinking] text <a:done>`: messages by bars, parts by blanks. */
function summary(turn: LiveTurn): string {
  return messagesOf(turn)
    .map((message) =>
      message.kind === 'prompt'
        ? message.text
        : message.parts
            .map((part) => {
              if (part.kind === 'tool') return `<${part.id}:${part.status}>`;
              return part.kind === 'thinking' ? `[${part.text}]` : part.text;
            })
            .join(' '),
    )
    .join(' | ');
}

describe('a running turn', () => {
  it('is its prompt alone until the agent says something', () => {
    assert.equal(summary(begin()), 'go');
  });

  it('joins pieces of text and of thinking, each by itself', () => {
    const turn = after(
      { kind: 'thinking', text: 'hm' },
      { kind: 'thinking', text: 'm' },
      text('a'),
      text('b'),
    );
    assert.equal(summary(turn), 'go | [hmm] ab');
  });

  it('changes a tool call in place as it is told again', () => {
    const turn = after(
      { kind: 'tool', call: { id: 'a', name: 'Bash', target: 'ls' } },
      { kind: 'tool', call: { id: 'a', status: 'done', output: 'x' } },
    );
    const [part] = turn.replies[0]?.parts ?? [];
    assert.equal(summary(turn), 'go | <a:done>');
    assert.ok(part?.kind === 'tool' && part.target === 'ls' && part.output === 'x');
  });

  it('begins the next reply when all calls have results and the model goes on', () => {
    const turn = after(text('a'), tool('x', 'running'), tool('y', 'running'), tool('x', 'done'));
    assert.equal(summary(turn), 'go | a <x:running> <y:running>'.replace('<x:running>', '<x:done>'));
    const next = [tool('y', 'failed'), text('b')].reduce(applyUpdate, turn);
    assert.equal(summary(next), 'go | a <x:done> <y:failed> | b');
  });

  it('takes a late result of an earlier reply where its call stands', () => {
    const turn = after(tool('x', 'done'), text('b'), tool('x', 'done', 'late'));
    const [part] = turn.replies[0]?.parts ?? [];
    assert.equal(turn.replies.length, 2);
    assert.ok(part?.kind === 'tool' && part.output === 'late');
  });

  it('leaves the messages that did not change as the same objects', () => {
    const before = after(tool('x', 'done'), text('b'));
    const next = applyUpdate(before, text('c'));
    assert.equal(next.replies[0], before.replies[0]);
    assert.notEqual(next.replies[1], before.replies[1]);
  });

  it('marks what still ran as stopped once it is over', () => {
    const turn = endTurn(after(text('a'), tool('x', 'running'), tool('y', 'done')));
    assert.equal(summary(turn), 'go | a <x:stopped> <y:done>');
    assert.equal(turn.running, false);
  });

  it('keeps the latest plan and token counts', () => {
    const plan = [{ text: 'one', status: 'running' as const }];
    const turn = after(
      { kind: 'plan', entries: [] },
      { kind: 'plan', entries: plan },
      { kind: 'tokens', usage: { input: 1, output: 2 } },
    );
    assert.deepEqual(turn.plan, plan);
    assert.deepEqual(turn.replies[0]?.usage, { input: 1, output: 2 });
  });
});
