import assert from 'node:assert/strict';
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Message, SessionInfo } from '../../../src/core/model.ts';
import { minute, now, type Samples, withSamples } from './harness.ts';

/** `title count parent@kept`, one line a session, indented by its depth; siblings by title. */
function forest(sessions: readonly SessionInfo[]): string {
  const byId = new Map(sessions.map((info) => [info.ref.id, info]));
  const under = (parent: SessionInfo | undefined, depth: number): readonly string[] =>
    sessions
      .filter((info) => (info.lineage ? byId.get(info.lineage.parent.id) : undefined) === parent)
      .map((info) => ({ info, line: describe(info, parent) }))
      .sort((a, b) => a.line.localeCompare(b.line, 'en'))
      .flatMap(({ info, line }) => [`${'  '.repeat(depth)}${line}`, ...under(info, depth + 1)]);
  return under(undefined, 0).join('\n');
}

function describe(info: SessionInfo, parent: SessionInfo | undefined): string {
  const name = info.lineage?.kind === 'rewound' ? info.preview : info.title;
  const origin = info.lineage
    ? ` ${info.lineage.kind}@${info.lineage.messages}${parent ? '' : ' orphan'}`
    : '';
  return `${name} ${info.messageCount}${origin}`;
}

test('Claude Code samples are read as the forest of the story', () =>
  withSamples(async ({ list }) => {
    assert.equal(
      forest(await list('claude-code')),
      `Add OAuth login 24
  Opaque tokens 20 fork@12
  Rotate tokens 21 fork@12
    Keep them opaque 17 rewound@15
    Redis allow-list 23 fork@18
      Migration first 24 fork@21
  Sign with EdDSA 15 fork@12
Bump Node to 24 7
  Use node:sqlite 7 fork@4
Draft the v3 API guide 2
Explain the billing cron 3`,
    );
  }));

test('Qwen Code samples are read as the forest of the story, an orphan and a damaged one among them', () =>
  withSamples(async ({ list }) => {
    assert.equal(
      forest(await list('qwen-code')),
      `Flaky upload test 14
  Run against a real S3 bucket in CI 9 fork@6
  Try fake timers 11 fork@6
    Mock the clock 12 fork@9
Import legacy users 7
Move logging to pino 4
Second try at caching 10 fork@7 orphan
Shrink the Docker image 3`,
    );
  }));

test('only the damaged sample has a problem, and it can be read up to the line that breaks off', () =>
  withSamples(async ({ list }) => {
    const all = [...(await list('claude-code')), ...(await list('qwen-code'))];
    assert.deepEqual(
      all.filter((info) => info.problem).map((info) => `${info.title} ${info.problem?.readable}`),
      ['Import legacy users 7'],
    );
    const text = all.find((info) => info.problem)?.problem?.text ?? '';
    assert.match(text, /breaks off/);
  }));

test('times are told back from now, in the list and as the file was changed', () =>
  withSamples(async ({ named }) => {
    for (const [agent, title, minutes] of [
      ['claude-code', 'Rotate tokens', 60],
      ['qwen-code', 'Flaky upload test', 24 * 60],
    ] as const) {
      const info = await named(agent, title);
      assert.ok(Math.abs(info.updated - (now - minutes * minute)) < minute, `${title} ${info.updated}`);
      assert.equal((await stat(info.file?.path ?? '')).mtimeMs, now - minutes * minute);
    }
  }));

test('samples belong to the workspace, or to a folder that is made for them', () =>
  withSamples(async ({ list, cwd, home }) => {
    const folders = [...new Set((await list('claude-code')).map((info) => info.cwd ?? ''))];
    const made = ['billing', 'docs'].map((name) => join(home, 'folders', name));
    assert.deepEqual(folders.sort(), [cwd, ...made].sort());
    for (const folder of folders) {
      assert.ok((await stat(folder)).isDirectory());
    }
  }));

const summary = (message: Message): string =>
  message.kind === 'prompt'
    ? `prompt ${message.text}`
    : `reply ${message.parts.map((part) => (part.kind === 'tool' ? `${part.action}:${part.status}` : part.kind)).join(' ')}`;

async function own(samples: Samples, agent: 'claude-code' | 'qwen-code', title: string) {
  const info = await samples.named(agent, title);
  const { messages } = await samples.store(agent).read(info.ref.id);
  return messages.slice(info.lineage?.messages ?? 0);
}

test('thinking, edits and commands are read as such (Claude Code)', () =>
  withSamples(async (samples) => {
    const messages = await own(samples, 'claude-code', 'Rotate tokens');
    assert.deepEqual(messages.slice(0, 3).map(summary), [
      'prompt Rotate refresh tokens on use, and revoke the family when one is used twice.',
      'reply thinking edit:done edit:done run:done',
      'reply text',
    ]);
    const reply = messages[1];
    assert.ok(reply?.kind === 'reply');
    const edits = reply.parts.flatMap((part) => (part.kind === 'tool' ? (part.edits ?? []) : []));
    assert.match(edits[1]?.before ?? '', /findByToken/);
    assert.match(edits[1]?.after ?? '', /rotate\(refreshToken\)/);
  }));

test('thinking, edits and commands that fail are read as such (Qwen Code)', () =>
  withSamples(async (samples) => {
    const messages = await own(samples, 'qwen-code', 'Flaky upload test');
    assert.equal(summary(messages[1] ?? assert.fail()), 'reply thinking read:done run:failed');
    assert.equal(summary(messages[7] ?? assert.fail()), 'reply edit:done run:done');
  }));

test('every turn but the damaged one is finished, so that each session can be forked at its end', () =>
  withSamples(async ({ list }) => {
    const all = [...(await list('claude-code')), ...(await list('qwen-code'))];
    assert.deepEqual(
      all.filter((info) => info.openTurn).map((info) => info.title),
      ['Import legacy users'],
    );
  }));

test('a second installation leaves alone what became of the samples, deleted ones included (trap 24)', () =>
  withSamples(async ({ home, install, named, list }) => {
    const changed = (await named('claude-code', 'Rotate tokens')).file?.path ?? '';
    const deleted = (await named('claude-code', 'Sign with EdDSA')).file?.path ?? '';
    await writeFile(changed, '');
    await rm(deleted);
    await install();
    assert.equal(await readFile(changed, 'utf8'), '');
    await assert.rejects(stat(deleted));
    await install(true);
    assert.equal((await list('claude-code')).length, 11);
    assert.deepEqual((await readdir(home)).sort(), ['.claude', '.qwen', 'acme-api', 'folders', 'samples']);
  }));

test('the stores fork a sample as they fork any session', () =>
  withSamples(async ({ store, named, list }) => {
    for (const [agent, title] of [
      ['claude-code', 'Rotate tokens'],
      ['qwen-code', 'Flaky upload test'],
    ] as const) {
      const info = await named(agent, title);
      const { messages } = await store(agent).read(info.ref.id);
      const cut = { keep: 6, last: messages[5]?.id ?? assert.fail(), next: messages[6]?.id ?? assert.fail() };
      const child = await store(agent).fork(info.ref.id, cut, 'A fork');
      const listed = (await list(agent)).find((session) => session.ref.id === child);
      assert.deepEqual(
        [listed?.title, listed?.messageCount, listed?.lineage?.parent.id, listed?.lineage?.messages],
        ['A fork', 6, info.ref.id, 6],
      );
    }
  }));
