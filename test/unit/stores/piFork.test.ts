import assert from 'node:assert/strict';
import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { type Message, sessionId } from '../../../src/core/model.ts';
import type { SessionStore } from '../../../src/core/store.ts';
import {
  answer,
  ask,
  call,
  emptyPiHome,
  piFixtureHome,
  piHistory,
  result,
  writePiSession,
} from './piHome.ts';
import { forkAt, hashesIn, infoOf, type Line, linesOf, withoutLines } from './qwenCodeHome.ts';

const one = sessionId('11111111-1111-4111-8111-111111111111');
const canEnd = (message: Message | undefined): boolean => message?.kind !== 'reply' || message.finished;

async function pathOf(store: SessionStore, id: string): Promise<string> {
  return (await infoOf(store, id)).file?.path ?? '';
}

const childOf = async (store: SessionStore, id: string): Promise<readonly Line[]> =>
  linesOf(await pathOf(store, id));

/** The lines of a file up to the last record that a fork in front of `next` keeps. */
function before(lines: readonly Line[], next: Message | undefined): readonly Line[] {
  const first = lines.find(({ id }) => id === next?.id);
  const last = lines.findIndex(({ id }) => id === first?.parentId);
  return first === undefined ? lines : lines.slice(0, first.parentId === null ? 0 : last + 1);
}

describe('A fork of a pi session', () => {
  it('at any message of any real session holds exactly the messages before (invariants 1, 3 and 4)', async () => {
    using home = piFixtureHome();
    const hashes = hashesIn(home.folder);
    const damaged = new Set<string>();
    let forks = 0;
    for (const { ref, problem } of (await home.store.list()).sessions) {
      const source = await home.store.read(ref.id);
      const isDamaged = problem !== undefined || source.info.lineage?.messages === 0;
      for (let keep = 0; keep <= source.total && !isDamaged; keep++) {
        if (canEnd(source.messages[keep - 1])) {
          const id = await forkAt(home.store, source, keep, `Fork ${keep}`);
          const child = await home.store.read(id);
          assert.notEqual(id, ref.id);
          assert.deepEqual(withoutLines(child.messages), withoutLines(source.messages.slice(0, keep)));
          assert.equal(child.info.lineage?.parent.id, ref.id.split('~')[0]);
          assert.deepEqual([child.info.lineage?.messages, child.info.messageCount], [keep, keep]);
          assert.deepEqual(
            [child.info.title, child.info.preview, child.info.problem],
            [`Fork ${keep}`, '', undefined],
          );
          await home.store.remove?.(id);
          forks++;
        }
      }
      if (isDamaged) {
        damaged.add(ref.id);
      }
    }
    assert.ok(forks > 90, `${forks} forks`);
    assert.equal(damaged.size, 4);
    assert.deepEqual(hashesIn(home.folder), hashes);
  });

  it('gives the model exactly the prefix, by the agent’s own rule, at every message', async () => {
    using home = piFixtureHome();
    const { sessions } = await home.store.list();
    for (const { ref, file } of sessions.filter(
      ({ problem, lineage }) => !problem && lineage?.kind !== 'rewound',
    )) {
      const source = await home.store.read(ref.id);
      const raw = linesOf(file?.path ?? '');
      for (let keep = 1; keep <= source.total; keep++) {
        if (canEnd(source.messages[keep - 1])) {
          const child = await childOf(home.store, await forkAt(home.store, source, keep));
          assert.deepEqual(
            piHistory(child),
            piHistory(before(raw, source.messages[keep])),
            `${ref.id} keep ${keep}`,
          );
        }
      }
    }
  });

  it('hangs every record from the one before, labels at the end, the title last', async () => {
    using home = emptyPiHome();
    const label = { type: 'label', targetId: '00000001', label: 'mark' };
    writePiSession(home, one, [
      ask('a'),
      answer('b'),
      label,
      ask('c'),
      answer('d'),
      { ...label, label: 'late' },
    ]);
    const source = await home.store.read(one);
    const [header, ...records] = await childOf(home.store, await forkAt(home.store, source, 4, 'Named'));
    assert.equal(header?.parentSession, source.info.file?.path);
    assert.deepEqual(
      records.map(({ type }) => type),
      ['message', 'message', 'message', 'message', 'label', 'session_info'],
    );
    records.forEach((record, index) => void assert.equal(record.parentId, records[index - 1]?.id ?? null));
    assert.deepEqual([records[4]?.label, records[5]?.name], ['late', 'Named']);
  });

  it('lets a compaction that kept from a label on keep from the record after it', async () => {
    using home = emptyPiHome();
    writePiSession(home, one, [
      ask('a'),
      answer('b'),
      { type: 'label', targetId: '00000001', label: 'mark' },
      ask('c'),
      answer('d'),
      { type: 'compaction', summary: 'so far', firstKeptEntryId: '00000003', tokensBefore: 9 },
      ask('e'),
      answer('f'),
    ]);
    const source = await home.store.read(one);
    const child = await childOf(home.store, await forkAt(home.store, source, 6));
    assert.equal(child.find(({ type }) => type === 'compaction')?.firstKeptEntryId, '00000004');
    assert.deepEqual(piHistory(child).length, 5);
  });

  it('before a compaction has the messages themselves, not the summary', async () => {
    using home = emptyPiHome();
    const compaction = { type: 'compaction', summary: 'so far', firstKeptEntryId: '00000003' };
    writePiSession(home, one, [ask('a'), answer('b'), compaction, ask('c'), answer('d')]);
    const child = await childOf(home.store, await forkAt(home.store, await home.store.read(one), 2));
    assert.equal(
      child.some(({ type }) => type === 'compaction'),
      false,
    );
    assert.equal(piHistory(child).length, 2);
  });

  it('passes unknown fields and records through untouched, and escapes U+2028 (invariant 7)', async () => {
    using home = emptyPiHome();
    const strange = { type: 'hologram', depth: { of: [1] }, text: 'a\u2028b' };
    writePiSession(home, one, [ask('a'), strange, answer('b', { flavour: 'sweet' })]);
    const path = await pathOf(home.store, await forkAt(home.store, await home.store.read(one), 2));
    const [, , unknown, reply] = linesOf(path);
    assert.deepEqual([unknown?.depth, unknown?.text], [{ of: [1] }, 'a\u2028b']);
    assert.deepEqual(reply?.message, answer('b', { flavour: 'sweet' }).message);
    assert.equal(readFileSync(path, 'utf8').includes('\u2028'), false);
  });

  it('writes anew of each record only what it hangs from, byte for byte (invariant 7)', async () => {
    using home = emptyPiHome();
    const numbers =
      '"odd": {"big":12345678901234567890, "one":1.0,"same":1,"same":2,"text":"caf\\u00e9 \\/"}';
    const record = (id: string, parent: string | null, message: unknown): string =>
      `{"type":"message","id":"${id}","parentId":${JSON.stringify(parent)},${numbers},"message":${JSON.stringify(message)}}`;
    const path = writePiSession(home, one, []);
    const label = { type: 'label', id: 'mark', parentId: 'p', targetId: 'p', label: 'here' };
    const [prompt, reply] = [record('p', null, ask('a').message), record('r', 'mark', answer('b').message)];
    appendFileSync(path, [prompt, JSON.stringify(label), reply].map((line) => `${line}\n`).join(''));
    const child = await pathOf(home.store, await forkAt(home.store, await home.store.read(one), 2));
    const [, first, second] = readFileSync(child, 'utf8').split('\n');
    assert.equal(first, prompt);
    assert.equal(second, reply.replace('"parentId":"mark"', '"parentId":"p"'));
  });

  it('writes nothing when other records stand in the file than were found there', async () => {
    using home = emptyPiHome();
    const turns = Array.from({ length: 400 }, () => [ask('a'.padEnd(2_500, 'x')), answer('b'.repeat(500))]);
    const path = writePiSession(home, one, turns.flat());
    const source = await home.store.read(one);
    await home.store.list();
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll('"id":"00000005"', '"id":"0000000X"'));
    const files = readdirSync(home.sessions);
    await assert.rejects(forkAt(home.store, source, 20), { code: 'fork_point_invalid' });
    assert.deepEqual(readdirSync(home.sessions), files);
  });

  it('of a session whose chain is broken is refused: pi would send what is left without a word', async () => {
    using home = emptyPiHome();
    const path = writePiSession(home, one, [ask('a'), answer('b'), ask('c'), answer('d')]);
    writeFileSync(path, readFileSync(path, 'utf8').replace('"id":"00000002"', '"id":"other"'));
    const files = readdirSync(home.sessions);
    const source = await home.store.read(one);
    assert.deepEqual(source.total, 2);
    await assert.rejects(forkAt(home.store, source, 2), { code: 'fork_point_invalid' });
    assert.deepEqual(readdirSync(home.sessions), files);
  });

  it('is refused when its record is gone, never a full copy in its place (invariant 5)', async () => {
    using home = emptyPiHome();
    const path = writePiSession(home, one, [ask('a'), answer('b'), ask('c'), answer('d')]);
    const source = await home.store.read(one);
    writePiSession(home, one, [ask('a')]);
    await assert.rejects(forkAt(home.store, source, 2), { code: 'fork_point_invalid' });
    assert.ok(existsSync(path));
    await assert.rejects(home.store.fork(sessionId('gone'), { keep: 0 }, 'x'), { code: 'no_such_session' });
  });

  it('is refused after a reply whose tools have no results', async () => {
    using home = emptyPiHome();
    writePiSession(home, one, [ask('a'), call('x', 'y'), result('x')]);
    await assert.rejects(forkAt(home.store, await home.store.read(one), 2), { code: 'fork_point_invalid' });
  });

  it('leaves nothing when it is cancelled', async () => {
    using home = emptyPiHome();
    writePiSession(home, one, [ask('a'), answer('b')]);
    const files = readdirSync(home.sessions);
    await assert.rejects(home.store.fork(one, { keep: 2 }, 'x', AbortSignal.abort()), { code: 'cancelled' });
    assert.deepEqual(readdirSync(home.sessions), files);
  });

  it('of a fork of a fork names its immediate source', async () => {
    using home = emptyPiHome();
    writePiSession(home, one, [ask('a'), answer('b'), ask('c'), answer('d')]);
    const first = await forkAt(home.store, await home.store.read(one), 4);
    const second = await forkAt(home.store, await home.store.read(first), 2);
    assert.deepEqual((await infoOf(home.store, second)).lineage, {
      parent: { agent: 'pi', id: first },
      kind: 'fork',
      messages: 2,
      how: 'recorded',
    });
  });
});

describe('Changing a pi session', () => {
  it('names it, as the child of the last record, also behind a torn line', async () => {
    using home = emptyPiHome();
    const path = writePiSession(home, one, [ask('a'), answer('b')]);
    appendFileSync(path, '{"torn');
    const bytes = readFileSync(path, 'utf8');
    await home.store.rename?.(one, 'Better');
    assert.ok(readFileSync(path, 'utf8').startsWith(bytes));
    const info = await infoOf(home.store, one);
    assert.deepEqual([info.title, info.titled, info.messageCount], ['Better', true, 2]);
  });

  it('deletes its file and no other; its forks become roots', async () => {
    using home = emptyPiHome();
    const path = writePiSession(home, one, [ask('a'), answer('b')]);
    const child = await forkAt(home.store, await home.store.read(one), 2);
    await home.store.remove?.(one);
    assert.equal(existsSync(path), false);
    assert.deepEqual(
      (await home.store.list()).sessions.map(({ ref }) => ref.id),
      [child],
    );
    assert.equal((await infoOf(home.store, child)).lineage?.messages, 2);
  });

  it('refuses a branch that is part of a session, which has no command to resume either', async () => {
    using home = piFixtureHome();
    const branch = (await home.store.list()).sessions.find(({ lineage }) => lineage?.kind === 'rewound');
    assert.ok(branch);
    await assert.rejects(async () => home.store.remove?.(branch.ref.id), { code: 'not_supported' });
    await assert.rejects(async () => home.store.rename?.(branch.ref.id, 'x'), { code: 'not_supported' });
    assert.equal(home.store.resumeCommand?.(branch), undefined);
  });
});
