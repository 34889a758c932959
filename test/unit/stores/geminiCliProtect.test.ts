import assert from 'node:assert/strict';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { describe, it } from 'node:test';
import { protectTranscript, restoreVanished } from '../../../src/stores/geminiCli/protect.ts';
import { answer, ask, context, emptyGeminiHome, writeGeminiSession } from './geminiCliHome.ts';

const one = '11111111-1111-4111-8111-111111111111';
const turns = [ask('p1', 'a'), answer('r1', 'b')];

/** As if the process that protects had ended: no process has this number. */
function abandonProtection(chats: string): void {
  for (const name of readdirSync(chats)) {
    renameSync(join(chats, name), join(chats, name.replace(`-${process.pid}-`, `-${2 ** 22 + 1}-`)));
  }
}

describe('A protected Gemini CLI transcript', () => {
  it('comes back whole when the agent’s clean-up deletes it, with what was written since', async () => {
    using home = emptyGeminiHome();
    const path = writeGeminiSession(home, one, turns);
    const protection = await protectTranscript(path);
    appendFileSync(path, '{"$set":{"later":1}}\n');
    const bytes = readFileSync(path);
    assert.equal(await protection.check(), 'intact');
    unlinkSync(path);
    assert.equal(await protection.check(), 'restored');
    assert.deepEqual(readFileSync(path), bytes);
  });

  it('joins what the program wrote into a new file after the old one was deleted', async () => {
    using home = emptyGeminiHome();
    const path = writeGeminiSession(home, one, turns);
    const bytes = readFileSync(path, 'utf8');
    const protection = await protectTranscript(path);
    unlinkSync(path);
    writeFileSync(path, '{"$set":{"new":1}}\n');
    assert.equal(await protection.check(), 'restored');
    assert.equal(readFileSync(path, 'utf8'), `${bytes}{"$set":{"new":1}}\n`);
  });

  it('is not a second session, and leaves nothing when its protection ends but the transcript', async () => {
    using home = emptyGeminiHome();
    const path = writeGeminiSession(home, one, turns);
    const other = writeGeminiSession(home, '22222222-2222-4222-8222-222222222222', [context]);
    const protection = await protectTranscript(path);
    writeGeminiSession(home, one, [context], '2026-11-21T02-05');
    assert.equal((await home.store.list()).sessions.length, 1);
    assert.equal(await protection.end(), 'intact');
    assert.deepEqual(readdirSync(home.chats), [basename(path), basename(other)]);
  });

  it('keeps a second file that holds messages', async () => {
    using home = emptyGeminiHome();
    const path = writeGeminiSession(home, one, turns);
    const protection = await protectTranscript(path);
    const second = writeGeminiSession(home, one, turns, '2026-11-21T02-05');
    await protection.end();
    assert.equal(existsSync(second), true);
  });

  it('may be protected twice at a time', async () => {
    using home = emptyGeminiHome();
    const path = writeGeminiSession(home, one, turns);
    const first = await protectTranscript(path);
    const second = await protectTranscript(path);
    await first.end();
    assert.equal(await second.end(), 'intact');
    assert.deepEqual(readdirSync(home.chats), [basename(path)]);
  });

  it('is found again after a protection that nobody ended', async () => {
    using home = emptyGeminiHome();
    const path = writeGeminiSession(home, one, turns);
    await protectTranscript(path);
    unlinkSync(path);
    const projects = join(home.folder, 'tmp');
    assert.deepEqual(await restoreVanished(projects), [], 'its process runs: not ours to end');
    abandonProtection(home.chats);
    assert.deepEqual(await restoreVanished(projects), [path]);
    assert.deepEqual(readdirSync(home.chats), [basename(path)]);
    assert.deepEqual(await restoreVanished(projects), []);
    assert.deepEqual(await restoreVanished(join(projects, 'missing')), []);
  });

  it('that cannot be put back is told by the listing, and tried again by the next one', async () => {
    using home = emptyGeminiHome();
    const path = writeGeminiSession(home, one, turns);
    await protectTranscript(path);
    unlinkSync(path);
    mkdirSync(path);
    abandonProtection(home.chats);
    assert.match((await home.store.list()).problems[0]?.text ?? '', /could not be put back: EISDIR/);
    rmdirSync(path);
    const { sessions, problems } = await home.store.list();
    assert.deepEqual([sessions.map(({ ref }) => ref.id), problems], [[one], []]);
  });

  it('goes with its session when the person deletes it', async () => {
    using home = emptyGeminiHome();
    const path = writeGeminiSession(home, one, turns);
    await protectTranscript(path);
    const [info] = (await home.store.list()).sessions;
    assert.ok(info);
    await home.store.remove?.(info.ref.id);
    assert.deepEqual(readdirSync(home.chats), []);
  });
});
