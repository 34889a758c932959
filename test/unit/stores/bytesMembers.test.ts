import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { LastMembersFinder, lastMembers } from '../../../src/stores/common/bytesMembers.ts';
import { type JsonRecord, parseRecord } from '../../../src/stores/common/jsonl.ts';

const fixtures = fileURLToPath(new URL('../../fixtures/', import.meta.url));

/** Lines of all agents' real files that hold an object without line ends or spaces around it. */
const lines = globSync('{claude-code,qwen-code,pi,codex,gemini-cli}/**/*.jsonl', { cwd: fixtures })
  .sort()
  .flatMap((path) => readFileSync(fixtures + path, 'utf8').split('\n'))
  .filter((line) => line.endsWith('}') && parseRecord(line));

/** The members by text, from the one that was asked for on; with what stands around the object in the buffer. */
function found(line: string, name: string): JsonRecord | undefined {
  const before = Buffer.from('{"before":1,"sessionId":"other"}\n');
  const object = Buffer.from(line);
  const bytes = Buffer.concat([before, object, Buffer.from('\n{"uuid":"behind"}')]);
  const last = lastMembers(bytes, before.length, before.length + object.length, name);
  return (
    last &&
    Object.fromEntries(
      [...last.places].map(([key, { start, end }]) => [
        key,
        JSON.parse(bytes.toString('utf8', last.at + start, last.at + end)),
      ]),
    )
  );
}

/** What JSON.parse gives from the member on; undefined where there is none. */
function expected(line: string, name: string): JsonRecord | undefined {
  const members = Object.entries(parseRecord(line) ?? {});
  const from = members.findIndex(([key]) => key === name);
  return from === -1 ? undefined : Object.fromEntries(members.slice(from));
}

/** A small generator of numbers that is the same in every run. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state % below;
  };
}

describe('finding the last members of an object by bytes', () => {
  it('agrees with JSON.parse on every member of every record of every agent', () => {
    let compared = 0;
    for (const line of lines) {
      for (const name of Object.keys(parseRecord(line) ?? {})) {
        const members = found(line, name);
        // A name that also stands in what the object holds many times is given up; never a wrong answer.
        if (members) {
          assert.deepEqual(members, expected(line, name));
          compared++;
        }
      }
      assert.equal(found(line, 'absent'), undefined);
    }
    assert.ok(compared > 10_000, `${compared}`);
  });

  it('finds the session id of every record of Claude Code that has one', () => {
    const own = lines.filter((line) => 'parentUuid' in (parseRecord(line) ?? {}));
    assert.ok(own.length > 500);
    for (const line of own) {
      assert.deepEqual(found(line, 'sessionId'), expected(line, 'sessionId'));
    }
  });

  it('is not misled by names within strings and inner objects', () => {
    const inner = JSON.stringify({ sessionId: 'inner', list: [{ sessionId: 'deep' }] });
    for (const line of [
      `{"a":${JSON.stringify(inner)},"sessionId":"mine","b":${inner}}`,
      `{"sessionId":"mine","text":${JSON.stringify(`","sessionId":"x"}`)}}`,
      `{"a":[${inner},${inner}],"sessionId":"mine","c":${JSON.stringify(JSON.stringify(inner))}}`,
    ]) {
      assert.equal(found(line, 'sessionId')?.sessionId, 'mine');
    }
    for (const line of [inner.replace('"sessionId"', '"other"'), `{"a":${JSON.stringify(inner)}}`]) {
      assert.equal(found(line, 'sessionId'), undefined);
    }
  });

  it('gives the same from line to line, whatever end was found before', () => {
    const finder = new LastMembersFinder('sessionId');
    const tail = ',"sessionId":"mine","version":"1"}';
    const alike = [
      `{"a":1${tail}`,
      `{"b":[2]${tail}`,
      `{"c":${JSON.stringify(`x${tail.slice(1)}`)}}`,
      tail.slice(1),
      `{"d":{"e":0${tail}}`,
      `{"f":0${tail.replace('1', '2')}`,
      `{${tail.slice(1)}`,
    ];
    for (const line of [...alike, ...alike.toReversed(), ...lines]) {
      const bytes = Buffer.from(`{"before":1${tail}\n${line}`);
      const start = bytes.indexOf('\n') + 1;
      const expectedPlaces = lastMembers(bytes, start, bytes.length, 'sessionId');
      assert.deepEqual(finder.find(bytes, start, bytes.length), expectedPlaces, line.slice(0, 200));
    }
  });

  it('never gives what JSON.parse would not, whatever harm a line has come to', () => {
    const below = numbers(7);
    const pieces = [
      '"',
      '\\',
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"sessionId":"x"',
      ',"sessionId":{"uuid":1}',
      ' ',
    ];
    let valid = 0;
    for (let round = 0; round < 20_000; round++) {
      const line = lines[below(lines.length)] ?? '';
      const at = below(line.length);
      const harmed = line.slice(0, at) + (pieces[below(pieces.length)] ?? '') + line.slice(at + below(3));
      const record = parseRecord(harmed);
      const members = record && harmed.startsWith('{') ? found(harmed, 'sessionId') : undefined;
      if (record && members) {
        assert.deepEqual(members.sessionId, record.sessionId, harmed);
        valid++;
      }
    }
    assert.ok(valid > 1_000, `${valid}`);
  });
});
