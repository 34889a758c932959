import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { type SessionId, sessionId } from '../../../src/core/model.ts';
import type { SessionStore } from '../../../src/core/store.ts';
import {
  answer,
  ask,
  emptyHome,
  fixtureHome,
  hashesIn,
  idOf,
  infoOf,
  linesOf,
  modelHistory,
  pathOf,
  writeSession,
} from './qwenCodeHome.ts';

const one = sessionId('11111111-1111-4111-8111-111111111111');

async function refusesChanges(store: SessionStore, id: SessionId, code: string): Promise<void> {
  await assert.rejects(async () => store.remove?.(id), { code });
  await assert.rejects(async () => store.rename?.(id, 'x'), { code });
  await assert.rejects(async () => store.archive?.(id, true), { code });
}

describe('Renaming a Qwen Code session', () => {
  it('appends the title as the child of the last record and changes nothing else', async () => {
    using home = fixtureHome();
    const id = await idOf(home.store, '6fd21ee9');
    const before = readFileSync(pathOf(home, id), 'utf8');
    await home.store.rename?.(id, 'New name');
    const after = readFileSync(pathOf(home, id), 'utf8');
    assert.ok(after.startsWith(before));
    assert.equal((await infoOf(home.store, id)).title, 'New name');
    assert.deepEqual(
      modelHistory(linesOf(pathOf(home, id))),
      modelHistory(
        before
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line)),
      ),
    );
  });

  it('hangs the title on the conversation, not on a record beside it', async () => {
    using home = emptyHome();
    const beside = { type: 'system', subtype: 'session_artifact_event', systemPayload: {} };
    writeSession(home, one, [ask('a'), answer('b'), beside]);
    await home.store.rename?.(one, 'Named');
    assert.equal((await home.store.read(one)).total, 2);
    assert.equal(linesOf(pathOf(home, one)).at(-1)?.parentUuid, '00000002');
  });

  it('does not lose the title behind a torn last line', async () => {
    using home = emptyHome();
    appendFileSync(writeSession(home, one, [ask('a'), answer('b')]), '{"uuid":"x","text":"tor');
    await home.store.rename?.(one, 'Named');
    const { title, messageCount } = await infoOf(home.store, one);
    assert.deepEqual([title, messageCount], ['Named', 2]);
  });
});

describe('Removing a Qwen Code session', () => {
  it('takes its own files and nothing of another session', async () => {
    using home = fixtureHome();
    const id = await idOf(home.store, 'a45a7efe');
    writeFileSync(join(home.chats, `${id}.runtime.json`), '{}');
    const before = [...hashesIn(home.folder).keys()];
    await home.store.remove?.(id);
    const left = hashesIn(home.folder);
    const gone = before.filter((path) => !left.has(path));
    assert.deepEqual(gone.map((path) => path.slice(home.folder.length + 1)).sort(), [
      `file-history/${id}/a540826904371f7e@v2`,
      `projects/-srv-dev-qwen-ws1/chats/${id}.jsonl`,
      `projects/-srv-dev-qwen-ws1/chats/${id}.ledger.jsonl`,
      `projects/-srv-dev-qwen-ws1/chats/${id}.runtime.json`,
      `projects/-srv-dev-qwen-ws1/subagents/${id}/agent-fork-4e9faab0.jsonl`,
      `projects/-srv-dev-qwen-ws1/subagents/${id}/agent-fork-4e9faab0.meta.json`,
    ]);
    const child = await infoOf(home.store, await idOf(home.store, 'f97973ed'));
    assert.equal(child.lineage?.parent.id, id);
  });

  it('refuses a branch that is part of a session', async () => {
    using home = fixtureHome();
    const branch = (await home.store.list()).sessions.find(({ ref }) => ref.id.includes('~'));
    const before = hashesIn(home.folder);
    const id = branch?.ref.id ?? one;
    await refusesChanges(home.store, id, 'not_supported');
    assert.deepEqual(hashesIn(home.folder), before);
  });
});

describe('Archiving a Qwen Code session', () => {
  it('moves it with its ledger, and back, byte for byte', async () => {
    using home = fixtureHome();
    const id = await idOf(home.store, 'a45a7efe');
    const before = hashesIn(home.folder);
    await home.store.archive?.(id, true);
    assert.deepEqual(readdirSync(join(home.chats, 'archive')).sort(), [`${id}.jsonl`, `${id}.ledger.jsonl`]);
    const archived = await infoOf(home.store, id);
    assert.equal(archived.archived, true);
    assert.equal(home.store.resumeCommand?.(archived), undefined);
    await home.store.archive?.(id, true);
    await home.store.archive?.(id, false);
    assert.deepEqual(hashesIn(home.folder), before);
  });

  it('never writes over an archived file of the same id', async () => {
    using home = emptyHome();
    writeSession(home, one, [ask('a'), answer('b')]);
    mkdirSync(join(home.chats, 'archive'));
    writeFileSync(join(home.chats, 'archive', `${one}.jsonl`), 'other');
    await assert.rejects(Promise.resolve(home.store.archive?.(one, true)), { code: 'collision' });
    assert.equal(readFileSync(join(home.chats, 'archive', `${one}.jsonl`), 'utf8'), 'other');
    assert.ok(existsSync(pathOf(home, one)));
    const { sessions, problems } = await home.store.list();
    assert.equal(sessions.length, 1);
    assert.match(problems[0]?.text ?? '', /stored twice/);
  });
});

describe('A session that Qwen Code has open', () => {
  it('is not changed', async () => {
    using home = emptyHome();
    writeSession(home, one, [ask('a'), answer('b')]);
    const status = { schema_version: 1, pid: process.pid, session_id: one, work_dir: '/srv/dev/qwen/ws1' };
    writeFileSync(join(home.chats, `${one}.runtime.json`), JSON.stringify(status));
    const before = hashesIn(home.folder);
    await refusesChanges(home.store, one, 'busy');
    assert.deepEqual(hashesIn(home.folder), before);
  });
});

describe('How to resume in a terminal', () => {
  it('is qwen --resume with the explicit id, in the session’s folder (traps 19 and 20)', async () => {
    using home = fixtureHome();
    const info = await infoOf(home.store, await idOf(home.store, '6fd21ee9'));
    assert.deepEqual(home.store.resumeCommand?.(info), {
      command: 'qwen',
      args: ['--resume', info.ref.id],
      cwd: '/srv/dev/qwen/ws1',
    });
  });

  it('is nothing for a rewound branch, nor for an id without dashes, which the program refuses', async () => {
    using home = emptyHome();
    const bare = '1'.repeat(32);
    writeSession(home, bare, [ask('a'), answer('b')]);
    const info = await infoOf(home.store, bare);
    assert.equal(home.store.resumeCommand?.(info), undefined);
    const branch = { ...info, ref: { ...info.ref, id: sessionId(`${one}~x`) } };
    assert.equal(home.store.resumeCommand?.(branch), undefined);
  });
});
