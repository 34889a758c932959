import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ToolCall } from '../../../src/protocol.ts';
import { rowWords } from '../../../src/webview/rows.ts';
import { formatDuration } from '../../../src/webview/strings.ts';

function words(action: ToolCall['action'], more: Partial<ToolCall> = {}): string {
  const call: ToolCall = {
    kind: 'tool',
    id: 'x',
    name: 'Tool',
    action,
    target: 'f',
    input: '',
    output: '',
    status: 'done',
    ...more,
  };
  const { verb, target, detail } = rowWords(call);
  return [verb, target, detail].filter((part) => part !== '').join(' ');
}

describe("a tool's row", () => {
  it('says what was done, and how much', () => {
    assert.equal(words('read', { output: 'a\nb\n' }), 'Read f 2 lines');
    assert.equal(words('edit'), 'Edited f');
    assert.equal(words('run', { durationMs: 6400 }), 'Ran f 6.4 s');
    assert.equal(words('search', { output: 'a:1\n\nb:2' }), 'Searched f 2 matches');
    assert.equal(words('search', { output: 'Found 14 files\na\nb' }), 'Searched f 14 matches');
    assert.equal(words('search', { output: 'No matches found' }), 'Searched f 0 matches');
    assert.equal(words('other', { target: '' }), 'Used Tool');
  });

  it("shows a path below the session's folder without it", () => {
    const call: ToolCall = {
      kind: 'tool',
      id: 'x',
      name: 'Read',
      action: 'read',
      target: '/home/app/src/a.ts',
      input: '',
      output: '',
      status: 'done',
    };
    assert.equal(rowWords(call, '/home/app').target, 'src/a.ts');
    assert.equal(rowWords(call, '/home/app/').target, 'src/a.ts');
    assert.equal(rowWords(call, '/home/ap').target, '/home/app/src/a.ts');
    assert.equal(rowWords({ ...call, target: 'C:\\app\\a.ts' }, 'C:\\app').target, 'a.ts');
  });

  it('says what is going on, went wrong or was stopped', () => {
    assert.equal(words('run', { status: 'running' }), 'Running f');
    assert.equal(words('run', { status: 'failed', output: 'Exit code 1' }), 'Failed f exit code 1');
    assert.equal(
      words('run', { status: 'failed', output: 'exit code: 2', durationMs: 9800 }),
      'Failed f exit code 2 · 9.8 s',
    );
    assert.equal(words('run', { status: 'stopped' }), 'Stopped f');
  });
});

describe('stretches of time', () => {
  for (const [ms, text] of [
    [100, '0.1 s'],
    [8000, '8 s'],
    [9960, '10 s'],
    [14_000, '14 s'],
    [252_000, '4 min 12 s'],
  ] as const) {
    it(`${ms} ms are ${text}`, () => assert.equal(formatDuration(ms), text));
  }
});
