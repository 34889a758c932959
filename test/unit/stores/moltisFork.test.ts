import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { Catalog } from '../../../src/core/catalog.ts';
import { ForkService } from '../../../src/core/forkService.ts';
import { agentId, sessionId } from '../../../src/core/model.ts';
import { type DoubleOptions, MoltisDouble } from '../../agents/support/moltisDouble/index.ts';
import { cutAt, MoltisHome, shape } from './moltisHome.ts';

async function serve(home: MoltisHome, options: DoubleOptions = {}): Promise<MoltisDouble> {
  const double = new MoltisDouble(home.data, options);
  await double.listen();
  home.access.url = double.url;
  return double;
}

const source = sessionId('main');

describe('Moltis: forking through the gateway', () => {
  for (const keep of [0, 1, 3, 4, 5, 6]) {
    it(`keeps exactly ${keep} of 6 messages`, async () => {
      using home = new MoltisHome();
      home.add('main', 'main', { model: 'openai::gpt-5' });
      await using double = await serve(home);
      const messages = await home.messages('main');
      const bytes = readFileSync(home.data.historyPath('main'));
      const child = await home.store.fork(source, cutAt(messages, keep), 'Another way');
      const info = await home.info(child);
      assert.deepEqual(
        [info.title, info.messageCount, info.lineage?.parent.id, info.lineage?.messages, info.size === 0],
        ['Another way', keep, 'main', keep, keep === 0],
      );
      const copied = (await home.messages(child)).map(({ id }) => id);
      assert.deepEqual(
        copied,
        messages.slice(0, keep).map(({ id }) => id),
      );
      assert.deepEqual(readFileSync(home.data.historyPath('main')), bytes, "the source's bytes never change");
      assert.equal(home.data.row('main')?.version, 0, 'nor does its row');
      assert.deepEqual(double.asked, ['connect', 'sessions.list', 'sessions.fork']);
    });
  }

  it('counts entries as the gateway does: past odd lines, notices and broken lines', async () => {
    using home = new MoltisHome();
    home.add('main');
    home.put(home.data.historyPath('main'), 'four');
    const [one, two, three, four] = readFileSync(home.data.historyPath('main'), 'utf8').split('\n');
    const lines = ['42', '{"role":', one, '{"role":"notice","content":"n"}', two, three, four, ''];
    writeFileSync(home.data.historyPath('main'), lines.join('\n'));
    await using _double = await serve(home);
    const child = await home.store.fork(source, cutAt(await home.messages('main'), 2), 'x');
    assert.equal(home.data.row(child)?.fork_point, 4);
    assert.equal(shape(await home.messages(child)), 'pR');
  });

  it('forks a fork, and an older history', async () => {
    using home = new MoltisHome();
    home.add('session:old');
    home.put(home.data.legacyPath('session:old'), 'four');
    await using _double = await serve(home);
    const messages = await home.messages('session:old');
    const first = await home.store.fork(sessionId('session:old'), cutAt(messages, 4), 'a');
    const second = await home.store.fork(first, cutAt(await home.messages(first), 2), 'b');
    const { lineage, messageCount } = await home.info(second);
    assert.deepEqual([lineage?.parent.id, lineage?.messages, messageCount], [first, 2, 2]);
  });

  it('is verified by the fork service, told once, and can be taken back', async () => {
    using home = new MoltisHome();
    home.add('main', 'main');
    await using _double = await serve(home);
    const catalog = new Catalog([home.store]);
    await catalog.refresh();
    const told: string[] = [];
    catalog.onDidFork(({ origin, messages }) => told.push(`${origin}@${messages}`));
    const service = new ForkService(catalog);
    const messages = await home.messages('main');
    const [, , , , next] = messages;
    assert.ok(next);
    const result = await service.fork({
      source: { agent: agentId('moltis'), id: source },
      point: { before: next.id },
      origin: 'command',
    });
    assert.deepEqual([result.messages, result.draft?.text], [4, 'What is in the picture?']);
    assert.deepEqual(told, ['command@4']);
    await service.undo(result);
    assert.deepEqual(
      catalog.sessions().map(({ ref }) => ref.id),
      ['main'],
    );
  });
});

describe('Moltis: a fork exists whole or not at all', () => {
  for (const fault of ['copiesAll', 'miscounts', 'otherRecords'] as const) {
    it(`takes a child back when the gateway ${fault}`, async () => {
      using home = new MoltisHome();
      home.add('main', 'four');
      await using double = await serve(home);
      double.sessions.forkFault = fault;
      const cut = cutAt(await home.messages('main'), 2);
      await assert.rejects(home.store.fork(source, cut, 'x'), {
        code: 'fork_failed',
        message: /Moltis did not fork the session: the child (holds 4 entries instead of 2|does not hold)/,
      });
      assert.deepEqual(
        (await home.store.list()).sessions.map(({ ref }) => ref.id),
        ['main'],
      );
    });
  }

  it('names the child that it may not delete', async () => {
    using home = new MoltisHome();
    home.add('main', 'four');
    await using double = await serve(home, { keys: { weak: ['operator.read', 'operator.write'] } });
    home.access.key = 'weak';
    double.sessions.forkFault = 'copiesAll';
    const cut = cutAt(await home.messages('main'), 2);
    await assert.rejects(home.store.fork(source, cut, 'x'), {
      code: 'fork_failed',
      message: /Delete session:[0-9a-f-]{36} in Moltis: .*missing scope: operator\.admin/,
    });
  });

  it('finds a fork point again by its own record, and never copies everything in its place', async () => {
    using home = new MoltisHome();
    home.add('main', 'four');
    await using double = await serve(home);
    const cut = cutAt(await home.messages('main'), 2);
    home.put(home.data.historyPath('main'), 'compacted');
    await assert.rejects(home.store.fork(source, cut, 'x'), { code: 'fork_point_invalid' });
    await assert.rejects(home.store.fork(source, { keep: 99 }, 'x'), { code: 'fork_point_invalid' });
    assert.deepEqual(double.asked, []);
  });

  it('does not fork what another gateway serves under the same key', async () => {
    using home = new MoltisHome();
    using other = new MoltisHome();
    home.add('main', 'four');
    other.add('main', 'four');
    await using double = await serve(other);
    home.access.url = double.url;
    const cut = cutAt(await home.messages('main'), 2);
    await assert.rejects(home.store.fork(source, cut, 'x'), { code: 'no_such_session' });
    await assert.rejects(home.store.remove?.(source) ?? Promise.resolve(), { code: 'no_such_session' });
    assert.equal(other.data.rows().length, 1);
  });

  for (const key of ['cron:nightly', 'telegram:bot:42', 'agent:a:channel:telegram:account:b:peer:user:1']) {
    it(`cannot fork ${key}`, async () => {
      using home = new MoltisHome();
      home.add(key, 'four');
      await assert.rejects(home.store.fork(sessionId(key), cutAt(await home.messages(key), 2), 'x'), {
        code: 'not_supported',
      });
    });
  }

  it('cannot fork a session that is bound to a channel, but forks every session of a person', async () => {
    using home = new MoltisHome();
    const keys = ['main', 'session:550e8400-e29b-41d4-a716-446655440000', 'acp:1', 'agent:research:main'];
    for (const key of keys) home.add(key, 'four');
    home.add('session:bound', 'four', { channel_binding: '{"channel_type":"telegram"}' });
    await using _double = await serve(home);
    const cut = cutAt(await home.messages('main'), 2);
    for (const key of keys) await home.store.fork(sessionId(key), cut, 'x');
    await assert.rejects(home.store.fork(sessionId('session:bound'), cut, 'x'), { code: 'not_supported' });
  });
});

describe('Moltis: without a gateway that helps', () => {
  it('reads, and says what to start when it is to fork', async () => {
    using home = new MoltisHome();
    home.add('main', 'four');
    const cut = cutAt(await home.messages('main'), 2);
    await assert.rejects(home.store.fork(source, cut, 'x'), {
      code: 'agent_missing',
      message: /No Moltis gateway answers at ws:\/\/127\.0\.0\.1:9.*“moltis gateway”/,
    });
  });

  it('says that an older gateway cannot fork', async () => {
    using home = new MoltisHome();
    home.add('main', 'four');
    await using _double = await serve(home, { without: ['sessions.fork'] });
    const cut = cutAt(await home.messages('main'), 2);
    await assert.rejects(home.store.fork(source, cut, 'x'), { code: 'not_supported' });
  });

  it('asks for a key, or for one that may do more, with the line that makes it', async () => {
    using home = new MoltisHome();
    home.add('main', 'four');
    const keys = { none: [], read: ['operator.read'], enough: ['operator.read', 'operator.write'] };
    await using _double = await serve(home, { keys });
    const cut = cutAt(await home.messages('main'), 2);
    for (const key of [undefined, 'wrong', 'none', 'read']) {
      if (key) home.access.key = key;
      await assert.rejects(home.store.fork(source, cut, 'x'), {
        code: 'sign_in_needed',
        message: /moltis auth create-api-key --label session-forks --scopes operator\.read,operator\.write/,
      });
    }
    home.access.key = 'enough';
    await home.store.fork(source, cut, 'x');
  });

  it('stops when it is cancelled', async () => {
    using home = new MoltisHome();
    home.add('main', 'four');
    await using double = await serve(home);
    const cut = cutAt(await home.messages('main'), 2);
    await assert.rejects(home.store.fork(source, cut, 'x', AbortSignal.abort()), { code: 'cancelled' });
    assert.deepEqual(double.asked, []);
  });
});

describe('Moltis: renaming, archiving, deleting', () => {
  it('changes the session through the gateway', async () => {
    using home = new MoltisHome();
    home.add('main', 'four');
    await using _double = await serve(home);
    await home.store.rename?.(source, 'Sums');
    await home.store.archive?.(source, true);
    const { title, archived } = await home.info('main');
    assert.deepEqual([title, archived], ['Sums', true]);
    await home.store.archive?.(source, false);
    assert.equal((await home.info('main')).archived, undefined);
  });

  it('deleting never cascades: forks keep their messages and the name of their parent', async () => {
    using home = new MoltisHome();
    home.add('main', 'main');
    await using _double = await serve(home);
    const child = await home.store.fork(source, cutAt(await home.messages('main'), 6), 'x');
    await home.store.remove?.(source);
    const { sessions } = await home.store.list();
    assert.deepEqual(
      sessions.map(({ ref, lineage }) => [ref.id, lineage?.parent.id]),
      [[child, 'main']],
    );
    const messages = await home.messages(child);
    assert.equal(shape(messages), 'prrRpR');
    const prompt = messages[4];
    assert.equal(prompt?.kind === 'prompt' && prompt.attachments.length, 3);
    await assert.rejects(home.store.remove?.(source) ?? Promise.resolve(), { code: 'no_such_session' });
    assert.deepEqual(
      home.data.rows().map(({ key }) => key),
      [child],
      'a deleted session is not brought back',
    );
  });

  it('tells why the gateway refuses', async () => {
    using home = new MoltisHome();
    home.add('main', 'four');
    await using double = await serve(home);
    double.sessions.dirty.add('main');
    await assert.rejects(home.store.remove?.(source) ?? Promise.resolve(), {
      code: 'not_supported',
      message: /worktree has uncommitted changes/,
    });
  });
});
