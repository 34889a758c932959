import assert from 'node:assert/strict';
import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Catalog } from '../../../src/core/catalog.ts';
import { ForkService } from '../../../src/core/forkService.ts';
import { agentId, sessionId } from '../../../src/core/model.ts';
import { openLineageFile } from '../../../src/stores/lineageFile.ts';
import { MemoryStore } from '../support/memoryStore.ts';

const ref = (id: string) => ({ agent: agentId('a'), id: sessionId(id) });
const lineage = (id: string) => ({ parent: ref(id), kind: 'fork', messages: 3, how: 'recorded' }) as const;

describe('the file of recorded forks', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lineage-'));
  });
  after(() => rm(folder, { recursive: true }));

  it('gives back what was added, also after it is opened anew, past a damaged line', async () => {
    const path = join(folder, 'deep', 'lineage.jsonl');
    const first = await openLineageFile(path);
    await first.add(ref('child'), lineage('parent'));
    await appendFile(path, '{"child":{"agent":"a"\n{"child":5}\n');
    await first.add(ref('other'), lineage('child'));
    const second = await openLineageFile(path);
    assert.deepEqual(second.get(ref('child')), lineage('parent'));
    assert.deepEqual(second.get(ref('other')), lineage('child'));
    assert.equal(second.get(ref('unknown')), undefined);
  });

  it('takes in what another process has added', async () => {
    const path = join(folder, 'shared.jsonl');
    const [mine, theirs] = [await openLineageFile(path), await openLineageFile(path)];
    await theirs.add(ref('child'), lineage('parent'));
    assert.equal(mine.get(ref('child')), undefined);
    await mine.refresh?.();
    assert.deepEqual(mine.get(ref('child')), lineage('parent'));
  });

  it('gives a fork its lineage where the agent keeps no parent: recorded beats inferred (checklist 0.7)', async () => {
    const store = new MemoryStore();
    store.add('s', 'pRpR');
    store.lineageOf = (source, cut) => ({
      parent: { agent: store.agent.id, id: source },
      kind: 'fork',
      messages: cut.keep - 1,
      how: 'inferred',
    });
    const catalog = new Catalog([store], await openLineageFile(join(folder, 'forks.jsonl')));
    const source = { agent: store.agent.id, id: sessionId('s') };
    const result = await new ForkService(catalog).fork({ source, point: 'end', origin: 'api' });
    assert.deepEqual(catalog.get(result.session)?.lineage, {
      parent: source,
      kind: 'fork',
      messages: 4,
      how: 'recorded',
    });
  });
});
