import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Catalog } from '../../../src/core/catalog.ts';
import type { Message, SessionInfo, SessionRef } from '../../../src/core/model.ts';
import { Machine } from './everyStoreMachine.ts';

const fixtures = join(import.meta.dirname, '../../fixtures');
const linesOf = (path: string): readonly string[] =>
  readFileSync(join(fixtures, path), 'utf8').trimEnd().split('\n');

/** One session of a true tree that its own program made. */
interface Row {
  readonly id: string;
  readonly parent?: string;
}

/** `<id> turns=<all> shared=<kept>`, children indented below their parent. */
function codexRows(): readonly (Row & { readonly turns: number; readonly shared: number })[] {
  const path: string[] = [];
  return linesOf('codex/native/tree.txt').map((line) => {
    const [, indent = '', id = '', turns, shared] = /^( *)(\S+) turns=(\d+) shared=(\d+)/.exec(line) ?? [];
    const depth = indent.length / 2;
    path.splice(depth, path.length, id);
    const parent = path[depth - 1];
    return { id, ...(parent && { parent }), turns: Number(turns), shared: Number(shared) };
  });
}

/** `<id> <kind> parent=<id> copied=<messages> at=<first message left out>`. */
function opencodeRows(): readonly (Row & { readonly copied: number; readonly at: string })[] {
  const row = /^(\S+)\s+fork\s+parent=([0-9a-z]+)\s+copied=(\d+)\s+at=(\S+)/;
  return linesOf('opencode/fork-tree.txt').flatMap((line) => {
    const [, id, parent = '', copied, at = ''] = row.exec(line) ?? [];
    return id === undefined ? [] : [{ id, parent, copied: Number(copied), at }];
  });
}

/** What two copies of a message have in common, whatever ids and times they were given. */
const wordOf = (message: Message): string =>
  message.kind === 'prompt'
    ? `> ${message.text}`
    : message.parts
        .map((part) => (part.kind === 'tool' ? `${part.name} ${part.input}` : part.text))
        .join('|');

/** Files of pi with a link that was broken by hand: what they hold of their parent is not its beginning. */
const brokenByHand = ['35bface9', '80d32fc4'];

/** An answer that was under way when it was copied is empty in the copy. */
const startsAlike = (kept: readonly string[], chain: readonly string[]): boolean =>
  kept.every((word, at) => word === chain[at] || (word === '' && at === kept.length - 1));

/** Parents, fork points and fork@N of pi, goose and Gemini CLI row by row: piList, gooseList and geminiCliList. */
describe('Sessions that the agents themselves forked', { timeout: 60_000 }, () => {
  let machine: Machine;
  let catalog: Catalog;

  before(async () => {
    machine = new Machine();
    catalog = await machine.list();
  });

  after(() => machine[Symbol.dispose]());

  const sessionsOf = (agent: string): readonly SessionInfo[] =>
    catalog.sessions().filter(({ ref }) => ref.agent === agent);

  const find = (agent: string, piece: string): SessionInfo =>
    sessionsOf(agent).find(({ ref }) => ref.id.includes(piece)) ?? assert.fail(`${piece} is not listed`);

  /** The parent may have been rewound since: what was copied then stands in a branch of it now. */
  const rewoundIn = (parent: SessionRef): readonly SessionRef[] =>
    sessionsOf(parent.agent).flatMap(({ ref, lineage }) =>
      lineage?.kind === 'rewound' && lineage.parent.id === parent.id ? [ref] : [],
    );

  const messagesOf = async (ref: SessionRef): Promise<readonly Message[]> =>
    (await catalog.store(ref.agent)?.read(ref.id))?.messages ?? assert.fail('no store');

  it('codex equals its true tree: parent, turns and the fork point at the end of the last turn kept', async () => {
    const rows = codexRows();
    assert.deepEqual(rows.length, sessionsOf('codex').length);
    for (const { id, parent, turns, shared } of rows) {
      const { ref, lineage } = find('codex', id);
      const messages = await messagesOf(ref);
      const prompts = messages.flatMap(({ kind }, at) => (kind === 'prompt' ? [at] : []));
      assert.equal(prompts.length, turns, id);
      assert.deepEqual(lineage?.parent, parent && find('codex', parent).ref, id);
      assert.equal(lineage?.messages ?? 0, prompts[shared] ?? (parent ? messages.length : 0), id);
    }
  });

  it('opencode equals its true tree: parent, fork@N and the first message that was left out', async () => {
    const rows = opencodeRows();
    // A copy that fits ten sessions alike: opencodeList tells it by its metadata.
    const certain = rows.filter(({ id }) => id !== 'e041a736');
    assert.ok(certain.length > 12);
    for (const { id, parent = '', copied, at } of certain) {
      const { lineage } = find('opencode', id);
      const source = find('opencode', parent).ref;
      assert.deepEqual([lineage?.parent, lineage?.messages], [source, copied], id);
      if (at !== '-') {
        assert.equal((await messagesOf(source))[copied]?.id, at, id);
      }
    }
  });

  for (const [agent, forks] of [
    ['codex', 6],
    ['opencode', 33],
    ['goose', 6],
    ['gemini-cli', 2],
    ['pi', 17],
  ] as const) {
    it(`${agent}: all that fork@N counts stands in the parent too, and what comes next is the fork's own`, async () => {
      const children = sessionsOf(agent).flatMap(({ ref, lineage }) =>
        lineage && lineage.kind !== 'subagent' ? [{ ref, lineage }] : [],
      );
      assert.equal(children.length, forks);
      const whole = children.filter(({ ref }) => !brokenByHand.some((id) => ref.id.includes(id)));
      for (const { ref, lineage } of whole) {
        const { messages: kept, parent } = lineage;
        const mine = (await messagesOf(ref)).map(wordOf);
        const chains = await Promise.all([parent, ...rewoundIn(parent)].map(messagesOf));
        const source = chains
          .map((chain) => chain.map(wordOf))
          .find((chain) => chain.length >= kept && startsAlike(mine.slice(0, kept), chain));
        assert.ok(source, `${ref.id} has something else than its parent before fork@${kept}`);
        assert.ok(
          mine[kept] === undefined || mine[kept] !== source[kept],
          `${ref.id} kept more than ${kept}`,
        );
      }
    });
  }
});
