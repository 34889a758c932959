import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { countLines, lineDiff } from '../../../src/webview/lineDiff.ts';

const lines = (count: number): string => Array.from({ length: count }, (_, index) => `l${index}\n`).join('');

/** `41 same|42-old|42+new` of all hunks. */
const summary = (...args: Parameters<typeof lineDiff>): string =>
  lineDiff(...args)
    .hunks.map((hunk) =>
      hunk
        .map(
          ({ kind, number, text }) =>
            `${number ?? ''}${{ same: ' ', added: '+', removed: '-' }[kind]}${text}`,
        )
        .join('|'),
    )
    .join(' … ');

describe('the lines that an edit changed', () => {
  it('are numbered from where the edit begins in its file', () => {
    assert.equal(
      summary({ path: 'f', before: 'a\nb\nc\n', after: 'a\nB\nc\n', line: 41 }),
      '41 a|42-b|42+B|43 c',
    );
  });

  it('have no numbers when the agent did not tell where', () => {
    assert.equal(summary({ path: 'f', before: 'a\nb', after: 'a\nc' }), ' a|-b|+c');
  });

  it('are all lines of a new file, numbered from 1', () => {
    assert.equal(summary({ path: 'f', before: '', after: 'a\nb\n' }), '1+a|2+b');
  });

  it('stand in stretches of their own when they are far apart', () => {
    const before = lines(30);
    const edit = { path: 'f', before, after: before.replace('l2\n', 'x\n').replace('l25\n', 'y\n') };
    assert.equal(lineDiff(edit).hunks.length, 2);
  });

  it('do not count a newline at the end of the file', () => {
    assert.deepEqual(countLines([{ path: 'f', before: 'a', after: 'a\n' }]), { added: 0, removed: 0 });
  });

  it('add up over all edits of a call', () => {
    const edit = { path: 'f', before: 'a\nb\n', after: 'a\nc\nd\n' };
    assert.deepEqual(countLines([edit, edit]), { added: 4, removed: 2 });
  });

  it('are replaced as a whole when nearly all differ', () => {
    const before = lines(1500);
    const { added, removed } = lineDiff({ path: 'f', before, after: before.replaceAll('l', 'x') });
    assert.deepEqual([added, removed], [1500, 1500]);
  });
});
