import assert from 'node:assert/strict';
import { afterEach, describe, it, mock } from 'node:test';
import { type Lineage, sessionId } from '../../src/core/model.ts';
import { remove } from '../../src/vscode/commands/remove.ts';
import type { MemoryStore } from '../unit/support/memoryStore.ts';
import { answering, makeScene, type Scene } from './fakeServices.ts';

const forkedFrom = (store: MemoryStore, id: string, messages: number): { lineage: Lineage } => ({
  lineage: {
    parent: { agent: store.agent.id, id: sessionId(id) },
    kind: 'fork',
    messages,
    how: 'recorded',
  },
});

/** A parent with two forks, and a session that stands after it. */
const family = (): Promise<Scene> =>
  makeScene((store, cwd) => {
    store.add('after', 'pR', { cwd, updated: 1 });
    store.add('parent', 'pRpR', { cwd, updated: 8 });
    store.add('untouched', 'pR', { cwd, updated: 9, ...forkedFrom(store, 'parent', 2) });
    store.add('continued', 'pRpR', { cwd, updated: 7, ...forkedFrom(store, 'parent', 2) });
    store.add('put away', 'pR', { cwd, updated: 5, archived: true });
  });

const ids = ({ store }: Scene): readonly string[] => [...store.kept.keys()];
const removeOf = ({ services, ref }: Scene, id: string) => remove(services, ref(sessionId(id)));

describe('deleting a session', () => {
  afterEach(() => mock.restoreAll());

  it('asks nothing for a fork to which nothing was added (checklist 1.12)', async () => {
    const said = answering('showWarningMessage', undefined);
    const scene = await family();
    await removeOf(scene, 'untouched');
    assert.deepEqual(said, []);
    assert.ok(!ids(scene).includes('untouched'));
  });

  it('asks for a fork that was continued, and keeps it when the answer is no (checklist 1.12)', async () => {
    const said = answering('showWarningMessage', undefined);
    const scene = await family();
    await removeOf(scene, 'continued');
    assert.deepEqual(said, ['Delete “continued”? [Delete]']);
    assert.ok(ids(scene).includes('continued'));
    assert.deepEqual(scene.shown, []);
  });

  it('asks by what is stored now: what another program added since the list counts (checklist 1.12)', async () => {
    const said = answering('showWarningMessage', undefined);
    const scene = await family();
    const { lineage } = scene.store.kept.get(sessionId('untouched')) ?? assert.fail();
    scene.store.add('untouched', 'pRpR', { ...(lineage && { lineage }) });
    await removeOf(scene, 'untouched');
    assert.equal(said.length, 1);
    assert.ok(ids(scene).includes('untouched'));
  });

  it('says how many forks stay, and deletes none of them: they become roots (checklist 1.10, invariant 10)', async () => {
    const said = answering('showWarningMessage', 'Delete');
    const scene = await family();
    await removeOf(scene, 'parent');
    assert.deepEqual(said, ['Delete “parent”? Its 2 forks stay and move to the top level. [Delete]']);
    assert.deepEqual(ids(scene), ['after', 'untouched', 'continued', 'put away']);
    const { roots } = scene.services.catalog.forest();
    const orphans = roots.filter(({ orphan }) => orphan === 'parentDeleted').map(({ info }) => info.ref.id);
    assert.deepEqual(orphans.toSorted(), ['continued', 'untouched']);
  });

  it('warns that forks, however far down, lose files that are deleted with it', async () => {
    const said = answering('showWarningMessage', undefined);
    const scene = await family();
    const asked: string[] = [];
    scene.store.add('grandchild', 'pRpR', { ...forkedFrom(scene.store, 'continued', 3) });
    const rewound = forkedFrom(scene.store, 'parent', 2).lineage;
    scene.store.add('rewound', 'pR', { lineage: { ...rewound, kind: 'rewound' } });
    scene.store.dependents = async ({ ref }, forks) => {
      asked.push(ref.id, ...forks.map((fork) => fork.ref.id).toSorted());
      return forks.flatMap((fork) => (fork.ref.id === 'untouched' ? [] : [fork.ref.id]));
    };
    await removeOf(scene, 'parent');
    assert.deepEqual(asked, ['parent', 'continued', 'grandchild', 'untouched']);
    assert.deepEqual(said, [
      'Delete “parent”? Its 2 forks stay and move to the top level. ' +
        '2 forks use files that are deleted with it: outputs of tools, or media. [Delete]',
    ]);
    assert.ok(ids(scene).includes('parent'));
  });

  it('closes its panel and selects the parent (checklist 1.11, trap 24)', async () => {
    const scene = await family();
    await removeOf(scene, 'untouched');
    assert.deepEqual(scene.shown, ['closed untouched', 'tree parent']);
  });

  it('selects the next root where there is no parent, never one that the tree hides (checklist 1.11)', async () => {
    answering('showWarningMessage', 'Delete');
    const scene = await makeScene((store, cwd) => {
      store.add('last', 'pR', { cwd, updated: 1 });
      store.add('put away', 'pR', { cwd, updated: 2, archived: true });
      store.add('middle', 'pR', { cwd, updated: 3 });
      store.add('elsewhere', 'pR', { cwd: '/elsewhere', updated: 4 });
      store.add('first', 'pR', { cwd, updated: 5 });
    });
    await removeOf(scene, 'first');
    await removeOf(scene, 'middle');
    await removeOf(scene, 'elsewhere');
    await removeOf(scene, 'last');
    assert.deepEqual(
      scene.shown.filter((what) => what.startsWith('tree')),
      ['tree middle', 'tree last', 'tree last'],
    );
  });

  it('is refused while its agent works: busy', async () => {
    const scene = await makeScene((store, cwd) => void store.add('running', 'pRp', { cwd, live: 'busy' }));
    await assert.rejects(removeOf(scene, 'running'), { code: 'busy' });
    assert.deepEqual(ids(scene), ['running']);
  });

  it('that is gone is no_such_session, and makes nothing anew (checklist 0.16, trap 24)', async () => {
    const scene = await family();
    scene.store.kept.delete(sessionId('parent'));
    await assert.rejects(removeOf(scene, 'parent'), { code: 'no_such_session' });
    assert.ok(!ids(scene).includes('parent'));
  });
});
