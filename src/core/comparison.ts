import { ancestors, type Forest, type ForkNode } from './forkTree.ts';
import { type SessionRef, sessionKey } from './model.ts';

/** What two sessions have in common: the first `messages` messages, which came from `ancestor`. */
export interface Common {
  /** The youngest session that both descend from; one of the two, if it is the other's ancestor. */
  readonly ancestor: SessionRef;
  readonly messages: number;
}

/**
 * The stretch that two sessions of one fork tree share. Undefined when they stand in different trees, or one of them is
 * unknown. No message is read: every fork on the way from the common ancestor kept so many messages at most.
 */
export function commonStretch(forest: Forest, one: SessionRef, other: SessionRef): Common | undefined {
  const left = lineOf(forest, one);
  const right = lineOf(forest, other);
  const parted = left.findIndex((node, index) => node !== right[index]);
  const shared = parted === -1 ? left.length : parted;
  const ancestor = left[shared - 1];
  if (!ancestor) {
    return undefined;
  }
  const forks = [...left.slice(shared), ...right.slice(shared)];
  const kept = forks.map(({ info }) => info.lineage?.messages ?? 0);
  return { ancestor: ancestor.info.ref, messages: Math.min(ancestor.info.messageCount, ...kept) };
}

/** From the root to the session itself. */
function lineOf(forest: Forest, ref: SessionRef): readonly ForkNode[] {
  const node = forest.nodes.get(sessionKey(ref));
  return node ? [...ancestors(forest, ref), node] : [];
}
