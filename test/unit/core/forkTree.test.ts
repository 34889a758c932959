import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ancestors, buildForest, type ForkNode, forksOf, siblings } from '../../../src/core/forkTree.ts';
import {
  agentId,
  type SessionInfo,
  type SessionRef,
  sessionId,
  sessionKey,
} from '../../../src/core/model.ts';
import { infoOf } from '../support/infos.ts';

const agent = agentId('a');
const ref = (id: string): SessionRef => ({ agent, id: sessionId(id) });

/** Sessions from `b<a@3`: b is a fork of a at message 3; `s<a@0!`: s is the run of a subagent of a. Later ones are newer. */
function sessions(notation: string): SessionInfo[] {
  return notation.split(' ').map((word, index) => {
    const [id = '', parent, at] = word.split(/[<@!]/);
    const kind = word.endsWith('!') ? 'subagent' : 'fork';
    return infoOf(id, {
      created: index,
      updated: index,
      messageCount: 9,
      ...(parent && {
        lineage: { parent: ref(parent), kind, messages: Number(at ?? 1), how: 'recorded' },
      }),
    });
  });
}

const draw = (nodes: readonly ForkNode[]): string =>
  nodes
    .map((node) => {
      const mark = node.orphan === 'parentDeleted' ? '?' : node.orphan === 'cycle' ? '!' : '';
      return node.info.ref.id + mark + (node.children.length > 0 ? `(${draw(node.children)})` : '');
    })
    .join(' ');

const forest = (notation: string): string => draw(buildForest(sessions(notation)).roots);

describe('the fork tree', () => {
  it('keeps real depth and puts the newest activity first', () => {
    assert.equal(forest('a b<a c<b d e<a'), 'a(e b(c)) d');
  });

  it('makes an orphan a root that says its parent is deleted (checklist 1.10, trap 22)', () => {
    assert.equal(forest('b<gone c<b'), 'b?(c)');
  });

  it('puts runs of subagents under their session, behind its forks, and takes them for none (trap 17)', () => {
    const built = buildForest(sessions('a s<a@0! b<a@2 t<a@0! c<a@0'));
    assert.equal(draw(built.roots), 'a(c b t s)');
    const forks = forksOf(built.nodes.get(sessionKey(ref('a'))));
    assert.deepEqual(
      forks.map(({ info }) => info.ref.id),
      ['c', 'b'],
    );
    const walk = (id: string) => siblings(built, ref(id)).map(({ info }) => info.ref.id);
    assert.deepEqual([walk('c'), walk('s')], [['c'], ['s']]);
  });

  it('counts the work of a subagent as its session’s (trap 17)', () => {
    assert.equal(forest('a b<a c s<b@0!'), 'a(b(s)) c');
  });

  it('breaks a cycle at its oldest session and hides nothing (trap 22)', () => {
    assert.equal(forest('a<c b<a c<b'), 'a!(b(c))');
  });

  it('breaks a session that names itself', () => {
    assert.equal(forest('a<a b<a'), 'a!(b)');
  });

  it('holds every session exactly once, also behind a cycle', () => {
    const built = buildForest(sessions('a<b b<a c<b d<c e'));
    const count = (nodes: readonly ForkNode[]): number =>
      nodes.reduce((sum, node) => sum + 1 + count(node.children), 0);
    assert.equal(count(built.roots), 5);
  });

  it('takes a chain of 20,000 forks without an overflow (trap 23)', () => {
    const chain = ['s0', ...Array.from({ length: 19_999 }, (_, index) => `s${index + 1}<s${index}`)].join(
      ' ',
    );
    assert.equal(buildForest(sessions(chain)).roots.length, 1);
  });

  it('tells the path from the root to the parent', () => {
    const path = ancestors(buildForest(sessions('a b<a c<b')), ref('c'));
    assert.deepEqual(
      path.map((node) => node.info.ref.id),
      ['a', 'b'],
    );
  });

  it('tells siblings at the same message only, oldest first', () => {
    const found = siblings(buildForest(sessions('a b<a@3 c<a@5 d<a@3')), ref('d'));
    assert.deepEqual(
      found.map((node) => node.info.ref.id),
      ['b', 'd'],
    );
  });

  describe('taking over what became of sessions', () => {
    const notation = 'a b<a@1 c<b@2 d<a@1 s<b@0! e f<e@3 g<gone@1 h<i@1 i<h@1 j';
    /** Everything that a forest tells, as text. */
    const all = (nodes: readonly ForkNode[]): string =>
      JSON.stringify(
        nodes.map(({ info, latest, orphan, children }) => [info, latest, orphan, all(children)]),
      );

    it('gives what building it anew would give, whoever was active', () => {
      let infos = sessions(notation);
      const forest = buildForest(infos);
      for (let round = 0; round < 300; round++) {
        const changed = infos.filter((_, index) => (round * 7 + index * 5) % 11 < 1 + (round % 3));
        const renewed = changed.map((info, index) => ({
          ...info,
          title: `${info.title}+`,
          updated: ((round * 37 + index * 11) % 97) - 40,
          messageCount: info.messageCount + 1,
        }));
        assert.ok(forest.renew(renewed));
        infos = infos.map((info) => renewed.find(({ ref: { id } }) => id === info.ref.id) ?? info);
        assert.equal(all(forest.roots), all(buildForest(infos).roots));
      }
    });

    it('keeps its roots while their order lasts', () => {
      const [first, second] = sessions('a b');
      assert.ok(first && second);
      const forest = buildForest([first, second]);
      const titles = () => forest.roots.map(({ info }) => info.title);
      assert.ok(forest.renew([{ ...first, updated: 9 }]));
      assert.deepEqual(titles(), ['a', 'b']);
      const { roots } = forest;
      assert.ok(forest.renew([{ ...first, updated: 10, title: 'A' }]));
      assert.equal(forest.roots, roots);
      assert.deepEqual(titles(), ['A', 'b']);
    });

    it('refuses what belongs elsewhere now, and changes nothing', () => {
      const infos = sessions(notation);
      const forest = buildForest(infos);
      const before = all(forest.roots);
      const [a, b] = infos;
      assert.ok(a && b?.lineage);
      const other = { parent: ref('e'), kind: 'fork', messages: 1, how: 'recorded' } as const;
      const elsewhere: readonly SessionInfo[] = [
        { ...a, ref: ref('new') },
        { ...a, lineage: other },
        { ...b, lineage: other },
        { ...b, lineage: { ...b.lineage, kind: 'subagent' } },
        { ...a, cwd: '/elsewhere' },
        { ...a, archived: true },
        { ...a, created: 77 },
      ];
      for (const info of elsewhere) {
        assert.equal(forest.renew([{ ...b, updated: 99 }, info]), false);
        assert.equal(all(forest.roots), before);
      }
    });
  });
});
