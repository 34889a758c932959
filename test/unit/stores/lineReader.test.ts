import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { isLineWith, LineReader } from '../../../src/stores/common/lineReader.ts';

describe('A line that is read again by its place', () => {
  const first = '{"id":"a","text":"one"}';
  const second = '{"id":"b","text":"two"}';

  it('is known again by its member, and not when its file was rewritten so that it stands elsewhere', () => {
    const folder = mkdtempSync(join(tmpdir(), 'session-forks-lines-'));
    try {
      const path = join(folder, 'lines.jsonl');
      const place = { start: first.length + 1, end: first.length + 1 + second.length };
      const textIn = (content: string): string => {
        writeFileSync(path, content);
        using lines = new LineReader(path);
        return lines.text(place);
      };
      const member = '"id":"b"';
      assert.ok(isLineWith(textIn(`${first}\n${second}\n`), member));
      for (const shift of [1, 2, 3]) {
        const longer = first.replace('one', `one${'!'.repeat(shift)}`);
        assert.equal(
          isLineWith(textIn(`${longer}\n${second}\n${second}\n`), member),
          false,
          `${shift} later`,
        );
        const shorter = first.replace('one', 'one'.slice(shift));
        assert.equal(
          isLineWith(textIn(`${shorter}\n${second}\n${second}\n`), member),
          false,
          `${shift} before`,
        );
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
