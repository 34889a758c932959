import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ansiRuns } from '../../../src/webview/ansi.ts';

const esc = '\u001b';

/** `text` as it is, styled text as `<look|text>`. */
const shown = (output: string): string =>
  ansiRuns(output)
    .map(({ text, look }) => (look === '' ? text : `<${look}|${text}>`))
    .join('');

describe('terminal output', () => {
  it('is text without escapes', () => {
    assert.deepEqual(ansiRuns('plain\ntext'), [{ text: 'plain\ntext', look: '' }]);
    assert.deepEqual(ansiRuns(''), []);
  });

  it('keeps its colours and styles until they are switched off', () => {
    assert.equal(
      shown(`${esc}[31mred${esc}[39m ${esc}[1;92mok${esc}[0m.`),
      '<ink-1|red> <ink-10 ansi-bold|ok>.',
    );
    assert.equal(shown(`${esc}[44;30ma${esc}[49mb${esc}[mc`), '<ink-0 ground-4|a><ink-0|b>c');
    assert.equal(
      shown(`${esc}[1;4ma${esc}[22mb${esc}[24mc`),
      '<ansi-bold ansi-underline|a><ansi-underline|b>c',
    );
  });

  it('shows one of 256 or of all colours as the nearest of the 16', () => {
    assert.equal(shown(`${esc}[38;5;9ma`), '<ink-9|a>');
    assert.equal(shown(`${esc}[38;5;196;1ma`), '<ink-1 ansi-bold|a>');
    assert.equal(shown(`${esc}[48;2;0;200;0;3ma`), '<ground-2 ansi-italic|a>');
    assert.equal(shown(`${esc}[38;5;255ma`), '<ink-7|a>');
  });

  it('does nothing else that a terminal would do (trap: hostile transcripts)', () => {
    assert.equal(
      shown(
        `a${esc}[2J${esc}[1;1Hb${esc}]0;title\u0007c${esc}]8;;https://evil.test${esc}\\d${esc}]8;;${esc}\\`,
      ),
      'abcd',
    );
    assert.equal(shown(`a${esc}P1$r${esc}\\b${esc}[?25lc${esc}(Bd${esc}`), 'abcd');
  });

  it('shows the last state of a line that is written over and over', () => {
    assert.equal(shown('10 %\r50 %\r100 %\ndone\r\nnext\r'), '100 %\ndone\nnext');
  });

  it('takes a long output in a moment', () => {
    const started = performance.now();
    ansiRuns(`${esc}]${'x'.repeat(200_000)}`.repeat(5));
    ansiRuns(`${esc}[${'1;'.repeat(200_000)}`);
    assert.ok(performance.now() - started < 2000);
  });
});
