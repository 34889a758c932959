import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { showControls, showForced } from '../../../src/webview/controls.ts';

describe('characters that are not seen', () => {
  it('are shown by their numbers where they could hide what code says (trap: hostile transcripts)', () => {
    assert.equal(showControls('a\u202eb\u2066c'), 'a[U+202E]b[U+2066]c');
    assert.equal(showControls('a\u200bb\u0007'), 'a[U+200B]b[U+0007]');
  });

  it('are shown in prose only where no writing needs them', () => {
    assert.equal(
      showForced('a\u202eb\u0007 \u2067שלום\u2069\u200f'),
      'a[U+202E]b[U+0007] \u2067שלום\u2069\u200f',
    );
  });

  it('leave line breaks, tabs, letters and emoji alone', () => {
    const text = 'a\n\tß שלום 👩‍💻';
    assert.equal(showControls(text), text);
  });
});
