import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { type Message, type SessionInfo, sessionId } from '../../../src/core/model.ts';
import type { SessionStore } from '../../../src/core/store.ts';
import { bench, cutAfter, id, result, says, twoTurns, user } from '../support/claudeTranscripts.ts';
import { answer, ask, call, emptyGeminiHome, response, writeGeminiSession } from './geminiCliHome.ts';
import { MoltisHome } from './moltisHome.ts';

const infoOf = async (store: SessionStore, wanted: string): Promise<SessionInfo> =>
  (await store.list()).sessions.find(({ ref }) => ref.id === wanted) ??
  assert.fail(`${wanted} is not listed`);

/** Forks of a session after each of these counts of messages, as they are listed. */
async function forksAfter(store: SessionStore, source: string, counts: readonly number[]) {
  const { messages } = await store.read(sessionId(source));
  const forks: SessionInfo[] = [];
  for (const keep of counts) {
    const child = await store.fork(sessionId(source), cutAfter(messages, keep), `After ${keep}`);
    forks.push(await infoOf(store, child));
  }
  return forks;
}

async function losers(store: SessionStore, of: SessionInfo, forks: readonly SessionInfo[]) {
  return (await store.dependents?.(of, forks)) ?? assert.fail('the store does not say it');
}

const writeText = (path: string): string => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, 'all of it');
  return path;
};

const outputsIn = (messages: readonly Message[]): string => JSON.stringify(messages);

/** Agents whose sessions keep files in a folder of their own that a copy goes on naming. */
describe('tool outputs and media that a fork inherited', () => {
  it('Claude Code: are found in the source’s folder, and who loses them with it is told', async () => {
    await using at = await bench();
    const output = join(dirname(at.pathOf(id('s'))), id('s'), 'tool-results', 'x.txt');
    const text = `<persisted-output>\nFull output saved to: ${output}\n</persisted-output>`;
    const call_ = { type: 'tool_use', id: 't1', name: 'Bash', input: {} };
    await at.write(id('s'), [
      ...twoTurns(),
      user('u3', 'a2'),
      {
        ...says('c1', 'u3'),
        message: { id: 'm', role: 'assistant', content: [call_], stop_reason: 'tool_use' },
      },
      result('r1', 'c1', 't1', text),
      says('a3', 'r1'),
    ]);
    const before = await infoOf(at.store, id('s'));
    const forks = await forksAfter(at.store, id('s'), [2, 6]);
    const [, long] = forks;
    assert.ok(long);
    assert.deepEqual(await losers(at.store, before, forks), [], 'no output was kept yet');
    writeText(output);
    assert.deepEqual(await losers(at.store, before, forks), [long.ref.id]);
    assert.match(outputsIn((await at.store.read(long.ref.id)).messages), /tool-results/);
    assert.ok(existsSync(output));
    const [nested] = await forksAfter(at.store, long.ref.id, [6]);
    assert.ok(nested);
    assert.deepEqual(await losers(at.store, before, [...forks, nested]), [long.ref.id, nested.ref.id]);
    assert.deepEqual(await losers(at.store, long, [nested]), []);
  });

  it('Gemini CLI: are found in the source’s folder, and who loses them with it is told', async () => {
    using home = emptyGeminiHome();
    const one = '11111111-1111-4111-8111-111111111111';
    const output = join(home.folder, 'tmp', 'gws', 'tool-outputs', `session-${one}`, 'x.txt');
    writeGeminiSession(home, one, [
      ask('p1', 'a'),
      answer('r1', 'b'),
      ask('p2', 'c'),
      answer('r2', 'd', { toolCalls: [call('t1', [response('t1', `Output too large. See: ${output}`)])] }),
      answer('r3', 'e'),
    ]);
    const forks = await forksAfter(home.store, one, [2, 5]);
    const source = await infoOf(home.store, one);
    assert.deepEqual(await losers(home.store, source, forks), []);
    writeText(output);
    assert.deepEqual(
      await losers(home.store, source, forks),
      forks.slice(1).map(({ ref }) => ref.id),
    );
    assert.ok(existsSync(output));
  });

  it('Moltis: are found in the source’s folder, in both layouts, and who loses them with it is told', async () => {
    using home = new MoltisHome();
    home.add('main', 'main');
    home.add('session:long', 'main', { parent_session_key: 'main', fork_point: 7 });
    home.add('session:short', 'four', { parent_session_key: 'main', fork_point: 2 });
    const source = await infoOf(home.store, 'main');
    const forks = [await infoOf(home.store, 'session:long'), await infoOf(home.store, 'session:short')];
    assert.deepEqual(await losers(home.store, source, forks), []);
    const media = writeText(join(home.folder, 'sessions/media/v1/k6d61696e/files/x-a.pdf'));
    assert.deepEqual(await losers(home.store, source, forks), ['session:long']);
    const attached = (await home.messages('session:long')).flatMap((message) =>
      message.kind === 'prompt' ? message.attachments.map(({ path }) => path) : [],
    );
    assert.ok(attached.includes(media));
    rmSync(dirname(dirname(media)), { recursive: true });
    writeText(join(home.folder, 'sessions/media/main/voice.webm'));
    const history = forks[1]?.file?.path ?? '';
    writeFileSync(
      history,
      readFileSync(history, 'utf8').replace('"content"', '"audio":"media/main/voice.webm","content"'),
    );
    assert.deepEqual(await losers(home.store, source, forks), ['session:short']);
  });

  it('count by the paths of Windows as well', async () => {
    await using at = await bench();
    const source = await at.write(id('s'), twoTurns());
    await at.write(id('f'), [user('u1', null), says('a1', 'u1', `C:\\p\\${id('s')}\\tool-results\\x.txt`)]);
    writeText(join(dirname(source), id('s'), 'tool-results', 'x.txt'));
    const fork = await infoOf(at.store, id('f'));
    assert.deepEqual(await losers(at.store, await infoOf(at.store, id('s')), [fork]), [fork.ref.id]);
    assert.deepEqual(await losers(at.store, fork, [await infoOf(at.store, id('s'))]), []);
  });
});
