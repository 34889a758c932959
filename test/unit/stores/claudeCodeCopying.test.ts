import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Copy } from '../../../src/stores/claudeCode/copying.ts';
import { ChainCopier } from '../../../src/stores/claudeCode/copyingChain.ts';
import { type Entry, entryOf } from '../../../src/stores/claudeCode/entries.ts';
import { EntryMap, EntrySet } from '../../../src/stores/claudeCode/entryMap.ts';
import { ByteJoin } from '../../../src/stores/common/bytesJoin.ts';
import { parseRecord } from '../../../src/stores/common/jsonl.ts';

const fixtures = fileURLToPath(new URL('../../fixtures/claude-code/', import.meta.url));
const lines = globSync('**/*.jsonl', { cwd: fixtures })
  .sort()
  .flatMap((path) => readFileSync(fixtures + path, 'utf8').split('\n'));

const copy: Copy = {
  path: '',
  source: 'the "source" ü',
  child: 'das Kind ü',
  title: '',
  kept: { entries: new EntrySet(), bridged: new EntryMap(), lastLine: 0, lastPrompt: '' },
  checkpoints: false,
};

interface Copied {
  readonly plain: Buffer | undefined;
  readonly parsed: string;
}

/** The copy of a record by its bytes, undefined where they do not do, and by its members. */
function copied(copier: ChainCopier, line: Buffer, entry: Entry): Copied {
  const before = Buffer.from('{"parentUuid":null,"uuid":"before","sessionId":"other"}\n');
  const bytes = Buffer.concat([before, line, Buffer.from('\n{"uuid":"behind"}')]);
  const made = new ByteJoin();
  const isPlain = copier.addPlain(made, bytes, before.length, before.length + line.length, entry);
  const taken = Buffer.from(made.take());
  return { plain: isPlain ? taken : undefined, parsed: `${copier.line(line.toString(), entry)}\n` };
}

function entryIn(line: string): Entry | undefined {
  const record = parseRecord(line);
  const place = { number: 1, start: 0, end: line.length, text: line, ended: true };
  return record && entryOf(place, record, false, undefined);
}

describe('copying the records of Claude Code', () => {
  it('gives by bytes what it gives by members, whatever record came before', () => {
    const copier = new ChainCopier(copy);
    let compared = 0;
    for (const line of lines) {
      for (const text of [
        line,
        line.replace(/,"sessionId":"[^"]*"/, ',"requestSessionId":"x"$&,"cwd":"/ü日"'),
      ]) {
        const entry = entryIn(text);
        const { plain, parsed } = entry ? copied(copier, Buffer.from(text), entry) : {};
        if (plain) {
          assert.deepEqual(JSON.parse(plain.toString()), JSON.parse(parsed ?? ''));
          compared++;
        }
      }
    }
    assert.ok(compared > 1_000, `${compared}`);
  });

  it('passes bytes that are no UTF-8 on as they are', () => {
    const text = (id: string) =>
      `{"parentUuid":null,"type":"assistant","text":"?","uuid":"${id}","sessionId":"s","gitBranch":"?"}`;
    const copier = new ChainCopier(copy);
    for (const id of ['one', 'two', 'three']) {
      const harmed = Buffer.from(text(id).replaceAll('?', '\xff'), 'latin1');
      const entry = entryIn(text(id));
      assert.ok(entry);
      const { plain } = copied(copier, harmed, entry);
      assert.ok(plain);
      assert.ok(plain.includes(Buffer.from('"text":"\xff"', 'latin1')));
      assert.ok(plain.includes(Buffer.from('"gitBranch":"\xff","requestSessionId"', 'latin1')));
      assert.ok(plain.includes(`"messageUuid":"${id}"`));
    }
  });

  it('leaves a record to the parser when its line holds another one', () => {
    const [line = ''] = lines.filter((text) => entryIn(text)?.named);
    const entry = entryIn(line);
    assert.ok(entry);
    const copier = new ChainCopier(copy);
    assert.ok(copied(copier, Buffer.from(line), entry).plain);
    const other = { ...entry, uuid: entry.uuid.replace(/^./, 'g') };
    const made = new ByteJoin();
    const bytes = Buffer.from(`${line}\n`);
    assert.equal(copier.addPlain(made, bytes, 0, bytes.length - 1, other), false);
    assert.equal(made.take().length, 0);
  });
});
