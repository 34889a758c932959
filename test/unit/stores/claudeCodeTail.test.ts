import assert from 'node:assert/strict';
import { appendFile, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { sessionId } from '../../../src/core/model.ts';
import { type JsonRecord, parseRecord } from '../../../src/stores/common/jsonl.ts';
import { type Bench, bench, fixtures, id, lines, says, user } from '../support/claudeTranscripts.ts';

/** So long must a file be that its last messages are remembered. */
const least = { bytes: 1_100_000, lines: 1500 };
const session = sessionId(id('s'));

/** Ids that a copy of a record must have anew: of records, replies and tool calls. */
function idsIn(records: readonly JsonRecord[]): readonly string[] {
  const text = records.map((record) => JSON.stringify(record)).join('\n');
  const named = text.match(/"(?:msg|toolu)_[\w-]+"/g) ?? [];
  return [
    ...new Set([...records.map(({ uuid }) => String(uuid)), ...named.map((name) => name.slice(1, -1))]),
  ];
}

/** A real session over and over, each time with new ids and behind the one before, until it is long. */
function long(text: string): readonly string[] {
  const records = text.split('\n').flatMap((line): readonly JsonRecord[] => {
    const record = parseRecord(line);
    return record ? [record] : [];
  });
  const chained = records.filter((record) => typeof record.uuid === 'string');
  const pattern = new RegExp(idsIn(chained).join('|'), 'g');
  const made: string[] = [];
  let leaf: string | null = null;
  for (let round = 0, size = 0; size < least.bytes || made.length < least.lines; round++) {
    const mark = round.toString(16).padStart(4, '0');
    for (const record of records) {
      const root: JsonRecord = record.parentUuid === null ? { parentUuid: leaf } : {};
      const renamed = JSON.stringify(record).replaceAll(pattern, (name) => name.slice(0, -4) + mark);
      const line = JSON.stringify({ ...parseRecord(renamed), ...root });
      made.push(line);
      size += line.length;
    }
    leaf = `${String(chained.at(-1)?.uuid).slice(0, -4)}${mark}`;
  }
  return made;
}

/** What may have befallen a file: lines lost, doubled, out of order, or damaged, mostly near its end. */
const harms: Readonly<Record<string, (found: readonly string[], at: number) => readonly string[]>> = {
  nothing: (found) => found,
  'a line that is lost': (found, at) => found.toSpliced(at, 1),
  'a line written twice': (found, at) => found.toSpliced(at, 0, found[at] ?? ''),
  'a line too late': (found, at) => [...found.toSpliced(at, 1), found[at] ?? ''],
  'a line too early': (found, at) => found.toSpliced(at, 1).toSpliced(10, 0, found[at] ?? ''),
  'a damaged line': (found, at) => found.with(at, (found[at] ?? '').slice(0, 100)),
};

describe('the last messages of a long session of Claude Code', { timeout: 300_000 }, () => {
  let at: Bench;
  before(async () => {
    at = await bench();
  });
  after(() => at[Symbol.asyncDispose]());

  async function compare(counts: readonly number[]): Promise<boolean> {
    const { sessions } = await at.store.list();
    const info = sessions.find(({ ref }) => ref.id === session);
    const whole = await at.store.read(session);
    for (const last of counts) {
      const read = await at.store.read(session, { last });
      assert.deepEqual(read.messages, last === 0 ? [] : whole.messages.slice(-last));
      assert.deepEqual([read.total, read.first], [whole.total, whole.total - read.messages.length]);
      assert.deepEqual(read.info, whole.info);
    }
    return info?.file?.tail !== undefined;
  }

  it('are those of a read of the whole file, for real sessions and whatever befell them', async () => {
    const folder = join(fixtures, 'projects/-srv-dev-claude-ws-alpha');
    const names = (await readdir(folder)).filter((name) => name.endsWith('.jsonl')).sort();
    let byTail = 0;
    let compared = 0;
    for (const [number, name] of names.entries()) {
      if (number % 6 !== 0) {
        continue;
      }
      const found = long(await readFile(join(folder, name), 'utf8'));
      const [harm = ''] = Object.keys(harms).slice((number / 6) % Object.keys(harms).length);
      const made = harms[harm]?.(found, found.length - 40 - (number % 300)) ?? [];
      await at.write(id('s'), `${made.join('\n')}\n`);
      byTail += (await compare([1, 100])) ? 1 : 0;
      compared++;
    }
    assert.ok(byTail >= compared / 2, `${byTail} of ${compared}`);
  });

  const turns = (count: number) =>
    Array.from({ length: count }, (_, turn) => [
      user(`u${turn}`, turn === 0 ? null : `a${turn - 1}`, 'x'.repeat(3000)),
      says(`a${turn}`, `u${turn}`, 'y'.repeat(3000)),
    ]).flat();

  it('are told without the rest of the file, as many as a tail holds and no more', async () => {
    await at.write(id('s'), lines(turns(250)));
    assert.equal(await compare([0, 1, 100, 120, 121, 1000]), true);
  });

  it('are read afresh when the session went on since it was listed', async () => {
    const path = await at.write(id('s'), lines(turns(250)));
    await at.store.list();
    await appendFile(path, lines([user('later', 'a249')]));
    const { messages, total } = await at.store.read(session, { last: 2 });
    assert.deepEqual([messages.at(-1)?.id, total], [id('later'), 501]);
  });

  it('are found after a rewind to a message far above', async () => {
    const rewound = [...turns(250), user('u', 'a3'), says('a', 'u')];
    await at.write(id('s'), lines(rewound));
    assert.equal(await compare([2, 5]), false);
  });

  it('and any other stretch have the same messages as a read of all', async () => {
    await at.write(id('s'), `\uFEFF${lines(turns(20))}`);
    const { messages } = await at.store.read(session);
    assert.equal(messages.length, 40);
    for (const [from, to] of [
      [0, 3],
      [7, 30],
      [39, 60],
    ] as const) {
      assert.deepEqual((await at.store.read(session, { from, to })).messages, messages.slice(from, to));
    }
  });
});
