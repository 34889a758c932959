import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Reply } from '../../../src/core/model.ts';
import { sessionId } from '../../../src/core/model.ts';
import { MoltisHome, shape } from './moltisHome.ts';

const replies = async (home: MoltisHome, key: string): Promise<readonly Reply[]> =>
  (await home.messages(key)).filter((message) => message.kind === 'reply');

describe('Moltis: reading', () => {
  it('reads prompts and replies; a call and its result are one reply, notices and system records none', async () => {
    using home = new MoltisHome();
    home.add('main', 'main');
    assert.equal(shape(await home.messages('main')), 'prrRpR');
  });

  it('joins thinking, call and result, failed ones as failed', async () => {
    using home = new MoltisHome();
    home.add('main', 'main');
    const [run, read, answer] = await replies(home, 'main');
    assert.deepEqual(run?.parts, [
      { kind: 'thinking', text: 'First see what there is.' },
      {
        kind: 'tool',
        id: 'call_1',
        name: 'exec',
        action: 'run',
        target: 'ls',
        input: 'ls',
        output: 'a.txt\n',
        status: 'done',
      },
    ]);
    const [failed] = read?.parts ?? [];
    assert.deepEqual(
      failed?.kind === 'tool' && [failed.action, failed.target, failed.output, failed.status],
      ['read', '/p/a.txt', 'file not found', 'failed'],
    );
    assert.deepEqual(
      [answer?.parts, answer?.model, answer?.usage],
      [
        [
          { kind: 'thinking', text: 'Only one file.' },
          { kind: 'text', text: 'There is one file, a.txt.' },
        ],
        'openai::gpt-5',
        { input: 100, output: 5, cacheRead: 90 },
      ],
    );
  });

  it('gives images, documents and voice of a prompt, with paths below the folder of histories', async () => {
    using home = new MoltisHome();
    home.add('main', 'main');
    const message = (await home.messages('main'))[4];
    const files = join(home.folder, 'sessions/media/v1/k6d61696e/files');
    assert.deepEqual(message?.kind === 'prompt' && [message.text, message.attachments], [
      'What is in the picture?',
      [
        { name: 'image', mimeType: 'image/png', data: 'iVBORw0KGgo=' },
        { name: 'a.pdf', mimeType: 'application/pdf', path: join(files, 'x-a.pdf') },
        { name: 'voice-1.webm', path: join(files, 'voice-1.webm') },
      ],
    ]);
  });

  it('names the lines of each message in the file', async () => {
    using home = new MoltisHome();
    home.add('main', 'main');
    const lines = (await home.messages('main')).map((message) => [message.lines?.first, message.lines?.last]);
    assert.deepEqual(lines, [
      [2, 2],
      [3, 4],
      [5, 6],
      [7, 7],
      [9, 9],
      [10, 10],
    ]);
  });

  it('leaves a call without a result open at the end, and stopped before a prompt', async () => {
    using home = new MoltisHome();
    home.add('main', 'open');
    assert.equal(shape(await home.messages('main')), 'po');
    assert.equal(
      (await replies(home, 'main'))[0]?.parts.map((part) => part.kind === 'tool' && part.status)[0],
      'running',
    );
    appendFileSync(home.data.historyPath('main'), '{"role":"user","content":"Again"}\n');
    assert.equal(shape(await home.messages('main')), 'pop');
    assert.equal(
      (await replies(home, 'main'))[0]?.parts.map((part) => part.kind === 'tool' && part.status)[0],
      'stopped',
    );
  });

  it('shows the summary of a compaction as a finished reply, and marks what comes behind it', async () => {
    using home = new MoltisHome();
    home.add('main', 'compacted');
    const messages = await home.messages('main');
    assert.equal(shape(messages), 'RpR');
    assert.deepEqual(
      messages.map((message) => message.afterCompaction ?? false),
      [false, true, false],
    );
  });

  it('reads the older records of role tool, calls that were written before their results, and odd lines', async () => {
    using home = new MoltisHome();
    home.add('main');
    home.put(home.data.historyPath('main'), 'four');
    const call = (id: string) => ({
      role: 'assistant',
      content: '',
      tool_calls: [{ id, type: 'function', function: { name: 'Grep', arguments: '{"pattern":"x"}' } }],
    });
    const records = [
      { role: 'user', content: 'Look' },
      42,
      call('a'),
      call('b'),
      { role: 'tool', tool_call_id: 'b', content: 'two' },
      { role: 'tool', tool_call_id: 'a', content: 'one' },
      { role: 'tool', tool_call_id: 'nobody', content: 'orphan' },
      { role: 'hologram', content: 'from the future' },
      { role: 'assistant', content: 'Found.' },
    ];
    writeFileSync(
      home.data.historyPath('main'),
      records.map((record) => `${JSON.stringify(record)}\n`).join(''),
    );
    const messages = await home.messages('main');
    assert.equal(shape(messages), 'prR');
    const outputs =
      messages[1]?.kind === 'reply' && messages[1].parts.map((part) => part.kind === 'tool' && part.output);
    assert.deepEqual(outputs, ['one', 'two']);
  });

  it('gives a message another id once the history was replaced', async () => {
    using home = new MoltisHome();
    home.add('main', 'four');
    const before = (await home.messages('main')).map(({ id }) => id);
    const text = readFileSync(home.data.historyPath('main'), 'utf8');
    assert.deepEqual(
      (await home.messages('main')).map(({ id }) => id),
      before,
    );
    home.put(home.data.historyPath('main'), 'compacted');
    const after = (await home.messages('main')).map(({ id }) => id);
    assert.deepEqual(
      after.filter((id) => before.includes(id)),
      [],
    );
    writeFileSync(home.data.historyPath('main'), text);
    assert.equal(new Set(before).size, 4);
  });

  it('reads a message whose time is nested thousands deep, as one without a time', async () => {
    using home = new MoltisHome();
    home.add('main', 'four');
    const path = home.data.historyPath('main');
    const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll(/"created_at":\d+/g, `"created_at":${deep}`));
    const messages = await home.messages('main');
    assert.deepEqual([messages.length, messages.some(({ at }) => at !== undefined)], [4, false]);
  });

  it('gives the stretch that was asked for', async () => {
    using home = new MoltisHome();
    home.add('main', 'main');
    const { first, total, messages } = await home.store.read(sessionId('main'), { last: 2 });
    assert.deepEqual([first, total, shape(messages)], [4, 6, 'pR']);
  });

  it('throws no_such_session for a session that is not there, or whose history cannot be read', async () => {
    using home = new MoltisHome();
    await assert.rejects(home.store.read(sessionId('session:none')), { code: 'no_such_session' });
    home.add('session:folder');
    mkdirSync(home.data.historyPath('session:folder'), { recursive: true });
    await assert.rejects(home.store.read(sessionId('session:folder')), { code: 'no_such_session' });
  });
});
