import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { sessionId } from '../../../src/core/model.ts';
import { compareOutline, compareOutlines } from './outlines.ts';
import {
  answer,
  ask,
  call,
  damagedHome,
  emptyHome,
  fixtureHome,
  forkAt,
  infoOf,
  pathOf,
  result,
  writeSession,
} from './qwenCodeHome.ts';

const one = sessionId('11111111-1111-4111-8111-111111111111');

describe('What lists and outlines are told from', () => {
  it('gives the same as a read of everything, for real sessions and damaged ones', async () => {
    using real = fixtureHome();
    using damaged = damagedHome();
    assert.ok((await compareOutlines(real.store)) > 20);
    assert.ok((await compareOutlines(damaged.store)) > 5);
  });

  it('gives the same for two records on one line, also when a stretch of them is read', async () => {
    using home = emptyHome();
    const path = writeSession(home, one, [ask('a'), answer('b'), ask('c'), answer('d')]);
    const [first = '', second = '', ...rest] = readFileSync(path, 'utf8').split('\n');
    writeFileSync(path, [`${first}${second}`, ...rest].join('\n'));
    assert.equal((await home.store.read(one)).total, 4);
    await compareOutlines(home.store);
  });

  it('gives the same while a long session grows', async () => {
    using home = emptyHome();
    const turns = Array.from({ length: 300 }, (_, turn) => [
      ask(`ask ${turn} `.padEnd(2500, 'x')),
      call({ id: `c${turn}`, name: 'shell', args: {} }),
      result(`c${turn}`, 'shell', { output: 'y'.repeat(1500) }),
      answer('z'.repeat(500)),
    ]).flat();
    const path = writeSession(home, one, turns.slice(0, -4));
    await compareOutlines(home.store);
    const grown = writeSession(home, sessionId('22222222-2222-4222-8222-222222222222'), turns);
    const added = readFileSync(grown, 'utf8')
      .split('\n')
      .slice(-5)
      .join('\n')
      .replaceAll('22222222-2222-4222-8222-222222222222', one);
    for (let start = 0; start < added.length; start += 700) {
      appendFileSync(path, added.slice(start, start + 700));
      const whole = await home.store.read(one);
      assert.deepEqual((await infoOf(home.store, one)).messageCount, whole.total);
      await compareOutline(home.store, whole);
    }
    assert.equal((await home.store.read(one)).total, 900);
  });
});

describe('A fork of a Qwen Code session, byte for byte', () => {
  const numbers = '"odd": {"big":12345678901234567890, "one":1.0,"tiny":1e-7 ,"same":1,"same":2}';
  const record = (uuid: string, parent: string | null, rest: string): string =>
    `{"uuid":"${uuid}","parentUuid":${JSON.stringify(parent)},"sessionId":"${one}","timestamp":"2026-11-01T00:00:00Z","cwd":"/srv/dev/qwen/ws1","version":"0.24.4",${numbers},${rest}}`;

  it('changes the ids and what must name the child, and nothing else (invariant 7)', async () => {
    using home = emptyHome();
    const prompt = '"type":"user","message":{"role":"user","parts":[{"text":"caf\\u00e9 \\/ \\"q\\""}]}';
    const reply = '"type":"assistant","message":{"role":"model","parts":[{"text":"ok"}]}';
    writeFileSync(pathOf(home, one), `${record('p', null, prompt)}\n${record('r', 'p', reply)}\n`);
    const child = await forkAt(home.store, await home.store.read(one), 2);
    const [first, second] = readFileSync(pathOf(home, child), 'utf8').split('\n');
    const from = (uuid: string): string => `,"forkedFrom":{"sessionId":"${one}","messageUuid":"${uuid}"}}`;
    const copied = (text: string, uuid: string): string =>
      text.replace(`"sessionId":"${one}"`, `"sessionId":"${child}"`).slice(0, -1) + from(uuid);
    assert.equal(first, copied(record('p', null, prompt), 'p'));
    assert.equal(second, copied(record('r', 'p', reply), 'r'));
  });

  it('writes nothing when other records stand in the file than were found there', async () => {
    using home = emptyHome();
    const turns = Array.from({ length: 400 }, (_, turn) => [
      ask(`a${turn}`.padEnd(2500, 'x')),
      answer('b'.repeat(500)),
    ]);
    const path = writeSession(home, one, turns.flat());
    const read = await home.store.read(one);
    await home.store.read(one, undefined, 'outline');
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replaceAll('"00000005"', '"0000000X"'));
    await assert.rejects(forkAt(home.store, read, 20), { code: 'fork_point_invalid' });
    assert.equal((await home.store.list()).sessions.length, 1);
  });
});
