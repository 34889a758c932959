import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Catalog } from '../../../src/core/catalog.ts';
import { agentId, type SessionInfo, sessionId, type Transcript } from '../../../src/core/model.ts';
import type { SessionStore } from '../../../src/core/store.ts';
import { awaitGrowth, sizesOf } from '../../../src/vscode/panel/growth.ts';

const agent = agentId('fake');

function info(id: string, messageCount: number, parent?: string): SessionInfo {
  const base = { titled: true, preview: '', created: 1, updated: 1, size: 1, title: id, messageCount };
  const ref = { agent, id: sessionId(id) };
  return parent
    ? {
        ...base,
        ref,
        lineage: { parent: { agent, id: sessionId(parent) }, kind: 'fork', messages: 2, how: 'recorded' },
      }
    : { ...base, ref };
}

/** A parent and a child whose sizes the test changes. */
async function fixture() {
  const counts = { parent: 4, child: 2 };
  const list = async () => ({
    sessions: [info('parent', counts.parent), info('child', counts.child, 'parent')],
    problems: [],
  });
  const store: Pick<SessionStore, 'agent' | 'list' | 'watchRoots'> = {
    agent: { id: agent, name: 'Fake' },
    list,
    watchRoots: () => [],
  };
  const catalog = new Catalog([store as SessionStore]);
  await catalog.refresh();
  const read = async (): Promise<Transcript> => ({
    info: info('child', counts.child, 'parent'),
    messages: [],
    first: counts.child,
    total: counts.child,
  });
  return { counts, catalog, read, before: sizesOf(catalog, await read()) };
}

describe('after a turn', () => {
  it('waits until the child has grown, as agents may flush a moment later', async () => {
    const { counts, catalog, read, before } = await fixture();
    setTimeout(() => {
      counts.child = 4;
    }, 50);
    const { transcript, grew } = await awaitGrowth(catalog, before, read);
    assert.deepEqual([grew, transcript.total], ['own', 4]);
  });

  it('notices that the parent grew in place of the child (trap 12)', async () => {
    const { counts, catalog, read, before } = await fixture();
    counts.parent = 6;
    assert.equal((await awaitGrowth(catalog, before, read)).grew, 'astray');
  });

  it('blames nobody when nothing grew', async () => {
    const { catalog, read, before } = await fixture();
    assert.equal((await awaitGrowth(catalog, before, read)).grew, 'nothing');
  });

  it('lets the parent grow too when the child did', async () => {
    const { counts, catalog, read, before } = await fixture();
    counts.parent = 6;
    counts.child = 4;
    assert.equal((await awaitGrowth(catalog, before, read)).grew, 'own');
  });
});
