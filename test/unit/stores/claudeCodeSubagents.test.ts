import assert from 'node:assert/strict';
import { appendFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { SessionForksError } from '../../../src/core/errors.ts';
import { isSubagentRun, type SessionInfo } from '../../../src/core/model.ts';
import {
  type Bench,
  bench,
  id,
  lines,
  says,
  session,
  sketch,
  twoTurns,
  user,
} from '../support/claudeTranscripts.ts';

/** The records of a subagent as 2.1.329 writes them: marked, under the id of the session that started it. */
const sidechain = () =>
  [user('v1', null, 'look around'), says('b1', 'v1')].map((record) => ({
    ...record,
    isSidechain: true,
    agentId: 'a1',
  }));

describe('the runs of Claude Code’s subagents (trap 17)', () => {
  let at: Bench;
  before(async () => {
    at = await bench();
    await at.write(id('s'), twoTurns());
  });
  after(() => at[Symbol.asyncDispose]());

  async function writeRun(place: string, content = lines(sidechain())): Promise<string> {
    const path = join(dirname(at.pathOf(id('s'))), id('s'), 'subagents', place);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
    return path;
  }

  const runs = async (previous: readonly SessionInfo[] = []): Promise<readonly SessionInfo[]> =>
    (await at.store.list(previous)).sessions.filter(isSubagentRun);

  it('stand under the session that started them, those of workflows as well', async () => {
    const path = await writeRun('agent-a1.jsonl');
    await writeFile(path.replace('.jsonl', '.meta.json'), '{"description":"Look around","finished":true}');
    await writeRun('workflows/w1/agent-a2.jsonl');
    const found = await runs();
    assert.deepEqual(
      found.map(({ ref, title, lineage, cwd }) => [
        ref.id,
        title,
        lineage?.parent.id,
        lineage?.messages,
        cwd,
      ]),
      [
        [`${id('s')}~agent-a1`, 'Look around', id('s'), 0, '/srv/dev/sample'],
        [`${id('s')}~agent-a2`, 'look around', id('s'), 0, '/srv/dev/sample'],
      ],
    );
    for (const { ref } of found) {
      const { messages, first, total } = await at.store.read(ref.id, { last: 1 });
      assert.deepEqual([sketch(messages), first, total], ['b1', 1, 2]);
    }
  });

  it('are read anew only when they grew', async () => {
    const path = await writeRun('agent-a1.jsonl');
    const { sessions } = await at.store.list();
    await appendFile(path, lines([{ ...says('b2', 'b1'), isSidechain: true }]));
    const [grown, other] = await runs(sessions);
    assert.equal(grown?.messageCount, 3);
    assert.ok(other && sessions.includes(other));
  });

  it('are listed with their problem when they are damaged', async () => {
    const path = await writeRun('agent-a3.jsonl', '{"torn');
    const damaged = (await runs()).find(({ ref }) => ref.id.endsWith('a3'));
    assert.deepEqual([damaged?.lineage?.kind, damaged?.problem?.line], ['subagent', 1]);
    await rm(path);
  });

  it('take no part in their session: neither its messages nor its branches', async () => {
    const { messages } = await at.store.read(session('s'));
    assert.equal(sketch(messages), 'u1 | a1 | u2 | a2');
  });

  it('go with their session, and are gone then', async () => {
    const [run] = await runs();
    assert.ok(run);
    await at.store.remove?.(session('s'));
    assert.deepEqual((await at.store.list()).sessions, []);
    const isGone = (error: unknown) => error instanceof SessionForksError && error.code === 'no_such_session';
    await assert.rejects(at.store.read(run.ref.id), isGone);
  });
});
