import assert from 'node:assert/strict';
import { appendFileSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { SessionForksError } from '../../../src/core/errors.ts';
import type { Message, SessionInfo } from '../../../src/core/model.ts';
import { agentId, isSubagentRun, sessionId } from '../../../src/core/model.ts';
import type { SessionStore } from '../../../src/core/store.ts';
import { allOf, Batches, sizeOf } from '../../../src/extension/storeWorker/batches.ts';
import { StoreWorker } from '../../../src/extension/storeWorker/storeWorker.ts';
import { type StoreEnvironment, storeFactories } from '../../../src/stores/index.ts';

const fixtures = join(import.meta.dirname, '../../fixtures');
const source = join(import.meta.dirname, '../../../src/extension/storeWorker/stores.worker.ts');
const agents = ['claude-code', 'qwen-code', 'pi', 'gemini-cli'];

describe('the thread in which the stores work', () => {
  let home = '';
  let inline: readonly SessionStore[] = [];
  let lost: string[] = [];
  let workers: StoreWorker[] = [];
  let environment: StoreEnvironment;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'session-forks-worker-'));
    for (const agent of agents) {
      cpSync(join(fixtures, agent), join(home, agent), { recursive: true });
    }
    const folders = Object.fromEntries(agents.map((agent) => [agent, join(home, agent)]));
    environment = { home, variables: {}, folders };
    inline = storeFactories.map((make) => make(environment)).filter(({ agent }) => agents.includes(agent.id));
    lost = [];
    workers = [];
  });
  afterEach(() => {
    for (const worker of workers) {
      worker.dispose();
    }
    // A worker that is just ending may still write a list.
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  });

  function start(program = source): readonly SessionStore[] {
    const worker = new StoreWorker({
      program,
      start: {
        environments: [environment],
        agents: agents.map(agentId),
        lists: join(home, 'lists'),
        version: 'test',
      },
      onLost: (reason) => lost.push(reason),
    });
    workers.push(worker);
    return inline.map((store) => worker.store(store));
  }
  const startOne = (agent: string, program = source): SessionStore => named(start(program), agent);

  it('lists, reads and answers the same as the stores themselves', async () => {
    for (const remote of start()) {
      const own = named(inline, remote.agent.id);
      const [there, here] = [await remote.list(), await own.list()];
      assert.ok(here.sessions.length > 3);
      assert.deepEqual(sorted(there.sessions), sorted(here.sessions));
      assert.deepEqual(there.problems, here.problems);
      for (const { ref, file } of here.sessions) {
        assert.deepEqual(await remote.read(ref.id), await own.read(ref.id));
        assert.deepEqual(await remote.read(ref.id, { last: 2 }), await own.read(ref.id, { last: 2 }));
        assert.equal(remote.locate?.(file?.path ?? ''), own.locate?.(file?.path ?? ''));
      }
      for (const { ref, file } of here.sessions.filter((info) => own.pathOf && !isSubagentRun(info))) {
        assert.equal(await remote.pathOf?.(ref.id), file?.path);
      }
    }
    assert.deepEqual(lost, []);
  });

  it('tells what changed alone: the other sessions stay the same objects', async () => {
    const remote = startOne('claude-code');
    const { sessions } = await remote.list();
    const again = await remote.list(sessions);
    assert.ok(again.sessions.every((info) => sessions.includes(info)));
    const path = sessions[0]?.file?.path ?? '';
    appendFileSync(path, '\n');
    const now = (await remote.relist?.(sessions, [path])) ?? [];
    const changed = now.filter((info) => !sessions.includes(info));
    assert.ok(changed.length > 0 && changed.every(({ file }) => file?.path === path));
    rmSync(path);
    assert.equal(await remote.relist?.(now, [path]), undefined);
    assert.deepEqual(
      sorted((await remote.list(now)).sessions),
      sorted((await named(inline, 'claude-code').list()).sessions),
    );
  });

  it('forks, renames and deletes', async () => {
    const remote = startOne('claude-code');
    const { sessions } = await remote.list();
    const source =
      sessions.find(({ messageCount, lineage }) => messageCount > 4 && !lineage) ?? assert.fail();
    const { messages } = await remote.read(source.ref.id);
    const keep = messages.findIndex((message) => message.kind === 'reply' && message.endsTurn) + 1;
    const last = messages[keep - 1]?.id ?? assert.fail();
    const child = await remote.fork(source.ref.id, { keep, last }, 'A fork');
    const path = (await remote.pathOf?.(child)) ?? assert.fail();
    const listed = (await remote.relist?.(sessions, [path]))?.find(({ ref }) => ref.id === child);
    assert.deepEqual(
      [listed?.title, listed?.messageCount, listed?.lineage?.parent.id],
      ['A fork', keep, source.ref.id],
    );
    await remote.rename?.(child, 'Another name');
    assert.equal((await remote.read(child)).info.title, 'Another name');
    await remote.remove?.(child);
    assert.equal(await remote.pathOf?.(child), undefined);
    await assert.rejects(remote.read(child), { code: 'no_such_session' });
  });

  it('gives errors with their codes, and stops when it is told to', async () => {
    const remote = startOne('claude-code');
    await assert.rejects(remote.read(sessionId('no-such')), (error) => {
      assert.ok(error instanceof SessionForksError);
      assert.equal(error.code, 'no_such_session');
      return true;
    });
    await assert.rejects(remote.list([], AbortSignal.abort()), { code: 'cancelled' });
  });

  it('puts a transcript back that its agent lost', async () => {
    const remote = startOne('gemini-cli');
    const { sessions } = await remote.list();
    const info = sessions.find(({ file, readOnly }) => file && !readOnly) ?? assert.fail();
    const protection = (await remote.protect?.(info.ref.id)) ?? assert.fail();
    assert.equal(await protection.check(), 'intact');
    rmSync(info.file?.path ?? '');
    assert.equal(await protection.end(), 'restored');
  });

  it('is done without when it cannot start, and that is told once', async () => {
    const stores = start(join(home, 'no-such.js'));
    for (const remote of stores) {
      assert.deepEqual(await remote.list(), await named(inline, remote.agent.id).list());
    }
    assert.equal(lost.length, 1);
  });

  /** A program that ends as soon as it is asked for something. */
  function broken(): string {
    const program = join(home, 'broken.mjs');
    const lines = [
      "import { parentPort } from 'node:worker_threads';",
      "parentPort.once('message', () => process.exit(3));",
    ];
    writeFileSync(program, lines.join('\n'));
    return program;
  }

  it('is done without when it ends in the middle of a listing', async () => {
    const remote = startOne('claude-code', broken());
    assert.deepEqual(await remote.list(), await named(inline, 'claude-code').list());
    assert.deepEqual(lost, ['it ended with 3']);
  });

  it('does not make a fork a second time when it ends in the middle of one', async () => {
    const remote = startOne('claude-code', broken());
    const own = named(inline, 'claude-code');
    const { sessions } = await own.list();
    const [source] = sessions.filter(({ lineage, messageCount }) => !lineage && messageCount > 4);
    const fork = remote.fork(source?.ref.id ?? assert.fail(), { keep: 0 }, 'A fork');
    await assert.rejects(fork, { code: 'fork_failed' });
    assert.equal((await own.list()).sessions.length, sessions.length);
  });
});

describe('batches of a long answer', () => {
  const message = (number: number, length: number): Pick<Message, 'kind'> & { readonly text: string } => ({
    kind: 'prompt',
    text: `${number} `.padEnd(length, 'x'),
  });

  it('are small, and hold all items in their order', async () => {
    const items = Array.from({ length: 300 }, (_, number) =>
      message(number, number === 7 ? 1_000_000 : 5_000),
    );
    const batches = new Batches<(typeof items)[number]>(sizeOf);
    const sizes: number[] = [];
    const first = batches.first(items);
    const found = await allOf(first, async (rest) => {
      const batch = batches.next(rest);
      sizes.push(batch.items.length);
      return batch;
    });
    assert.deepEqual(found, items);
    assert.ok(first.items.length < 60 && Math.max(...sizes) < 60, sizes.join());
    assert.ok(sizes.includes(1), 'what is larger than a batch goes alone');
  });

  it('of a short answer are one', () => {
    assert.deepEqual(new Batches<number>(sizeOf).first([1, 2]), { items: [1, 2] });
  });
});

const named = (stores: readonly SessionStore[], agent: string): SessionStore =>
  stores.find((store) => store.agent.id === agent) ?? assert.fail(agent);

const sorted = (sessions: readonly SessionInfo[]): readonly SessionInfo[] =>
  sessions.toSorted((a, b) => a.ref.id.localeCompare(b.ref.id));
