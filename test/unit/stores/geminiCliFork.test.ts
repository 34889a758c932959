import assert from 'node:assert/strict';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { describe, it } from 'node:test';
import { type Message, sessionId } from '../../../src/core/model.ts';
import type { SessionStore } from '../../../src/core/store.ts';
import {
  answer,
  ask,
  call,
  context,
  emptyGeminiHome,
  geminiFixtureHome,
  response,
  results,
  writeGeminiSession,
} from './geminiCliHome.ts';
import { forkAt, hashesIn, infoOf, type Line, linesOf, withoutLines } from './qwenCodeHome.ts';

const one = sessionId('11111111-1111-4111-8111-111111111111');
const turns = [ask('p1', 'a'), answer('r1', 'b'), ask('p2', 'c'), answer('r2', 'd')];
const canEnd = (message: Message | undefined): boolean => message?.kind !== 'reply' || message.finished;

const childOf = async (store: SessionStore, id: string): Promise<readonly Line[]> =>
  linesOf((await infoOf(store, id)).file?.path ?? '');

describe('A fork of a Gemini CLI session', () => {
  it('at any message of any real session holds exactly the messages before (invariants 1, 3 and 4)', async () => {
    using home = geminiFixtureHome();
    const hashes = hashesIn(home.folder);
    let forks = 0;
    for (const { ref } of (await home.store.list()).sessions) {
      const source = await home.store.read(ref.id);
      for (let keep = 1; keep <= source.total; keep++) {
        if (canEnd(source.messages[keep - 1])) {
          const id = await forkAt(home.store, source, keep, `Fork ${keep}`);
          const child = await home.store.read(id);
          assert.notEqual(id, ref.id);
          assert.deepEqual(withoutLines(child.messages), withoutLines(source.messages.slice(0, keep)));
          assert.deepEqual(child.info.lineage, {
            parent: ref,
            kind: 'fork',
            messages: keep,
            how: 'recorded',
          });
          assert.deepEqual(
            [child.info.messageCount, child.info.title, child.info.preview, child.info.problem],
            [keep, `Fork ${keep}`, '', undefined],
          );
          await home.store.remove?.(id);
          forks++;
        }
      }
    }
    assert.ok(forks >= 25, `${forks} forks`);
    assert.deepEqual(hashesIn(home.folder), hashes);
  });

  it('is named after a minute that is over: the agent begins anew in a file of the current minute', async () => {
    using home = emptyGeminiHome();
    writeGeminiSession(home, one, turns);
    const id = await forkAt(home.store, await home.store.read(one), 2);
    const info = await infoOf(home.store, id);
    const name = basename(info.file?.path ?? '');
    const minute = /^session-(.{13})-(..)-/.exec(name);
    assert.ok(name.endsWith(`-${id.slice(0, 8)}.jsonl`));
    const named = Date.parse(`${minute?.[1]}:${minute?.[2]}:00.000Z`);
    assert.ok(Math.floor(named / 60_000) < Math.floor(info.created / 60_000));
  });

  it('holds records as they stand in the source, byte for byte (invariant 7)', async () => {
    using home = emptyGeminiHome();
    const numbers =
      '"odd": {"big":12345678901234567890, "one":1.0,"same":1,"same":2,"text":"caf\\u00e9 \\/"}';
    const prompt = `{"id":"p1","type":"user",${numbers},"content":[{"text":"a"}]}`;
    const result = '[{"functionResponse":{"id":"c1","name":"ls","response":{"output":"ok"}}}]';
    const call = `{"id":"c1","name":"ls","args":{"n": 1.50},"result":${result},"status":"success"}`;
    const reply = `{"id":"r1","type":"gemini",${numbers},"content":"b","toolCalls":[${call}]}`;
    const end = `{"id":"r2","type":"gemini",${numbers},"content":"c"}`;
    const path = writeGeminiSession(home, one, []);
    appendFileSync(path, [prompt, reply, end].map((line) => `${line}\n`).join(''));
    const id = await forkAt(home.store, await home.store.read(one), 3);
    const child = readFileSync((await infoOf(home.store, id)).file?.path ?? '', 'utf8');
    assert.deepEqual(child.split('\n').slice(2, 5), [prompt, reply, end]);
  });

  it('is flat: what was set, rewound or replaced is done, unknown fields stay (invariant 7)', async () => {
    using home = emptyGeminiHome();
    const kept = answer('r1', 'b', { flavour: 'sweet\u2028sour' });
    const path = writeGeminiSession(home, one, [
      context,
      ask('p1', 'a'),
      kept,
      ask('p0', 'gone'),
      { $rewindTo: 'p0' },
      { $set: { summary: 'Old', memoryScratchpad: { version: 1 }, aisle: 5 } },
      ...turns.slice(2),
    ]);
    writeFileSync(
      path,
      readFileSync(path, 'utf8').replace('"kind":"main"', '"kind":"main","directories":["/x"]'),
    );
    const id = await forkAt(home.store, await home.store.read(one), 2, 'New');
    const [header, set, ...records] = await childOf(home.store, id);
    assert.deepEqual([header?.sessionId, header?.directories, header?.aisle], [id, ['/x'], 5]);
    assert.deepEqual(set, {
      $set: { summary: 'New', sessionForks: { parent: one, after: 'r1', messages: 2 } },
    });
    assert.deepEqual(records, [context, ask('p1', 'a'), kept]);
    const file = (await infoOf(home.store, id)).file?.path ?? '';
    assert.equal(readFileSync(file, 'utf8').includes('\u2028'), false);
  });

  it('has each result of a tool once, where the agent has stored it several times', async () => {
    using home = emptyGeminiHome();
    const both = [response('x'), response('y')];
    writeGeminiSession(home, one, [
      ask('p1', 'a'),
      answer('r1', '', { toolCalls: [call('x', both), call('y', both)] }),
      results('r1_response', 'x', 'y', 'x'),
      answer('r2', 'b'),
    ]);
    const id = await forkAt(home.store, await home.store.read(one), 3);
    const [, , ...records] = await childOf(home.store, id);
    assert.deepEqual(records, [
      ask('p1', 'a'),
      answer('r1', '', { toolCalls: [call('x'), call('y')] }),
      answer('r2', 'b'),
    ]);
  });

  it('keeps a result that stands in another call and in a record of its own, but not in its own call', async () => {
    using home = emptyGeminiHome();
    const long = (id: string) => response(id, `${id} `.repeat(1_000));
    const told = { ...results('r1_response'), content: [long('x'), long('y')] };
    writeGeminiSession(home, one, [
      ask('p1', 'a'),
      answer('r1', '', { toolCalls: [call('x', [long('x'), long('y')]), call('y', [])] }),
      told,
      answer('r2', 'b'),
    ]);
    const id = await forkAt(home.store, await home.store.read(one), 3);
    const [, , ...records] = await childOf(home.store, id);
    assert.deepEqual(records, [
      ask('p1', 'a'),
      answer('r1', '', { toolCalls: [call('x', [long('x')]), call('y', [])] }),
      { ...told, content: [long('y')] },
      answer('r2', 'b'),
    ]);
  });

  it('of a fork of a fork names its immediate source; after a rewind less of it is left', async () => {
    using home = emptyGeminiHome();
    writeGeminiSession(home, one, turns);
    const first = await forkAt(home.store, await home.store.read(one), 4);
    const second = await forkAt(home.store, await home.store.read(first), 2);
    const lineage = (await infoOf(home.store, second)).lineage;
    assert.deepEqual([lineage?.parent.id, lineage?.messages], [first, 2]);
    const path = (await infoOf(home.store, first)).file?.path ?? '';
    writeFileSync(path, `${readFileSync(path, 'utf8')}{"$rewindTo":"p2"}\n`);
    assert.equal((await infoOf(home.store, first)).lineage?.messages, 2);
  });

  it('of a legacy file is one of the format of today', async () => {
    using home = geminiFixtureHome();
    const source = (await home.store.list()).sessions.find(({ ref }) => ref.id.startsWith('63616e88'));
    const chats = readdirSync(home.chats);
    for (const name of chats.filter((candidate) => candidate.endsWith('63616e88.jsonl'))) {
      writeFileSync(join(home.chats, name), '{"torn');
    }
    const id = await forkAt(home.store, await home.store.read(sessionId(source?.ref.id ?? '')), 2);
    assert.match((await infoOf(home.store, id)).file?.path ?? '', /\.jsonl$/);
    assert.equal((await home.store.read(id)).total, 2);
  });

  it('is refused when its record is gone, never a full copy in its place (invariant 5)', async () => {
    using home = emptyGeminiHome();
    writeGeminiSession(home, one, turns);
    const source = await home.store.read(one);
    writeGeminiSession(home, one, turns.slice(0, 1));
    const files = readdirSync(home.chats);
    await assert.rejects(forkAt(home.store, source, 4), { code: 'fork_point_invalid' });
    await assert.rejects(forkAt(home.store, source, 2), { code: 'fork_point_invalid' });
    await assert.rejects(home.store.fork(sessionId('gone'), { keep: 1 }, 'x'), { code: 'no_such_session' });
    assert.deepEqual(readdirSync(home.chats), files);
  });

  it('is refused without messages, and after a reply whose tools have no results', async () => {
    using home = emptyGeminiHome();
    writeGeminiSession(home, one, [ask('p1', 'a'), answer('r1', '', { toolCalls: [call('x', [])] })]);
    const source = await home.store.read(one);
    await assert.rejects(forkAt(home.store, source, 0), { code: 'not_supported' });
    await assert.rejects(forkAt(home.store, source, 2), { code: 'fork_point_invalid' });
  });

  it('of a session that lost its project is listed all the same, and refused where nothing tells the project', async () => {
    using home = emptyGeminiHome();
    const path = writeGeminiSession(home, one, turns);
    writeFileSync(path, readFileSync(path, 'utf8').replace('"projectHash"', '"was"'));
    const [lost] = (await home.store.list()).sessions;
    assert.ok(lost);
    const source = await home.store.read(lost.ref.id);
    const child = await forkAt(home.store, source, 2);
    assert.equal((await infoOf(home.store, child)).messageCount, 2);
    rmSync(join(home.folder, 'tmp', 'gws', '.project_root'));
    await assert.rejects(forkAt(home.store, source, 2), { code: 'fork_failed' });
  });

  it('leaves nothing when it is cancelled', async () => {
    using home = emptyGeminiHome();
    writeGeminiSession(home, one, turns);
    const files = readdirSync(home.chats);
    await assert.rejects(home.store.fork(one, { keep: 2 }, 'x', AbortSignal.abort()), { code: 'cancelled' });
    assert.deepEqual(readdirSync(home.chats), files);
  });
});

describe('Changing a Gemini CLI session', () => {
  it('names it by one line more', async () => {
    using home = emptyGeminiHome();
    const path = writeGeminiSession(home, one, turns);
    const bytes = readFileSync(path, 'utf8');
    await home.store.rename?.(one, 'Better');
    assert.equal(readFileSync(path, 'utf8'), `${bytes}{"$set":{"summary":"Better"}}\n`);
    assert.deepEqual((await infoOf(home.store, one)).title, 'Better');
  });

  it('deletes all its files and side files, and nothing of a session with the same first characters', async () => {
    using home = emptyGeminiHome();
    writeGeminiSession(home, one, turns);
    const second = writeGeminiSession(home, one, [], '2026-11-21T02-05');
    const other = writeGeminiSession(home, '11111111-2222-4222-8222-222222222222', turns, '2026-11-21T02-06');
    const outputs = join(home.folder, 'tmp', 'gws', 'tool-outputs', `session-${one}`);
    mkdirSync(outputs, { recursive: true });
    await home.store.remove?.(one);
    assert.deepEqual(readdirSync(home.chats), [basename(other)]);
    assert.deepEqual([existsSync(second), existsSync(outputs)], [false, false]);
  });
});
