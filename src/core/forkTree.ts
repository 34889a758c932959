import { isSubagentRun, type SessionInfo, type SessionKey, type SessionRef, sessionKey } from './model.ts';

/**
 * One session in the forest; what it holds changes as sessions do. `orphan` says why a session with lineage stands as a
 * root.
 */
export interface ForkNode {
  readonly info: SessionInfo;
  readonly parent?: ForkNode;
  readonly children: readonly ForkNode[];
  readonly orphan?: 'parentDeleted' | 'cycle';
  /** The latest activity (ms since 1970) of this session and all below it. */
  readonly latest: number;
}

/** All sessions linked by lineage. Every session stands in it exactly once. */
export interface Forest {
  /** Another array whenever their order changes. */
  readonly roots: readonly ForkNode[];
  readonly nodes: ReadonlyMap<SessionKey, ForkNode>;
}

/** The same for whoever keeps it up to date. */
export interface RenewableForest extends Forest {
  /**
   * Takes over what became of some sessions, in the nodes themselves. False, with nothing changed, when one of them is
   * new, began at another time or belongs elsewhere now: in the forest, in another folder or in the archive.
   */
  renew(infos: readonly SessionInfo[]): boolean;
}

interface OpenNode {
  info: SessionInfo;
  parent?: OpenNode;
  children: OpenNode[];
  orphan?: 'parentDeleted' | 'cycle';
  latest: number;
}

/**
 * Builds the forest: newest activity first at each level, runs of subagents behind the forks. A session whose parent is unknown becomes a root marked
 * `parentDeleted`; a cycle is broken at its oldest session, which becomes a root marked `cycle`.
 */
export function buildForest(sessions: readonly SessionInfo[]): RenewableForest {
  const nodes = new Map<SessionKey, OpenNode>();
  for (const info of sessions) {
    nodes.set(sessionKey(info.ref), { info, children: [], latest: info.updated });
  }
  for (const node of nodes.values()) {
    linkToParent(node, nodes);
  }
  breakCycles(nodes);
  const roots = adopt(nodes);
  sortByActivity(roots);
  return new LinkedForest(roots, nodes);
}

class LinkedForest implements RenewableForest {
  #roots: readonly OpenNode[];
  readonly #nodes: ReadonlyMap<SessionKey, OpenNode>;

  constructor(roots: readonly OpenNode[], nodes: ReadonlyMap<SessionKey, OpenNode>) {
    this.#roots = roots;
    this.#nodes = nodes;
  }

  get roots(): readonly ForkNode[] {
    return this.#roots;
  }

  get nodes(): ReadonlyMap<SessionKey, ForkNode> {
    return this.#nodes;
  }

  renew(infos: readonly SessionInfo[]): boolean {
    const renewed: { readonly node: OpenNode; readonly info: SessionInfo }[] = [];
    for (const info of infos) {
      const node = this.#nodes.get(sessionKey(info.ref));
      if (!node || !belongsAlike(node.info, info)) {
        return false;
      }
      renewed.push({ node, info });
    }
    const unordered = new Set<OpenNode | undefined>();
    for (const { node, info } of renewed) {
      node.info = info;
      noteActivity(node, unordered);
    }
    for (const parent of unordered) {
      if (parent) {
        parent.children.sort(forksFirst);
      } else {
        this.#sortRoots();
      }
    }
    return true;
  }

  #sortRoots(): void {
    const sorted = this.#roots.toSorted(byLatest);
    const isAsWas = sorted.every((root, index) => root === this.#roots[index]);
    this.#roots = isAsWas ? this.#roots : sorted;
  }
}

function belongsAlike(a: SessionInfo, b: SessionInfo): boolean {
  return (
    a.created === b.created &&
    a.cwd === b.cwd &&
    a.archived === b.archived &&
    a.lineage?.kind === b.lineage?.kind &&
    a.lineage?.parent.agent === b.lineage?.parent.agent &&
    a.lineage?.parent.id === b.lineage?.parent.id
  );
}

/** Adds the parents among whose children another one may be the latest now; undefined stands for that of the roots. */
function noteActivity(node: OpenNode, unordered: Set<OpenNode | undefined>): void {
  for (let at: OpenNode | undefined = node; at; at = at.parent) {
    const latest = latestOf(at);
    if (latest === at.latest) {
      return;
    }
    at.latest = latest;
    unordered.add(at.parent);
  }
}

const latestOf = ({ info, children }: OpenNode): number =>
  children.reduce((latest, child) => Math.max(latest, child.latest), info.updated);

function linkToParent(node: OpenNode, nodes: ReadonlyMap<SessionKey, OpenNode>): void {
  const lineage = node.info.lineage;
  if (!lineage) {
    return;
  }
  const parent = nodes.get(sessionKey(lineage.parent));
  if (parent) {
    node.parent = parent;
  } else {
    node.orphan = 'parentDeleted';
  }
}

function breakCycles(nodes: ReadonlyMap<SessionKey, OpenNode>): void {
  const settled = new Set<OpenNode>();
  for (const start of nodes.values()) {
    // No way up from a child of a root leads in a circle, and most sessions are one of the two.
    if (!start.parent?.parent) {
      continue;
    }
    const walked: OpenNode[] = [];
    let node: OpenNode | undefined = start;
    while (node && !settled.has(node) && !walked.includes(node)) {
      walked.push(node);
      node = node.parent;
    }
    if (node && !settled.has(node)) {
      cutAtOldest(walked.slice(walked.indexOf(node)));
    }
    for (const seen of walked) {
      settled.add(seen);
    }
  }
}

function cutAtOldest(cycle: readonly OpenNode[]): void {
  const oldest = cycle.reduce((a, b) => (b.info.created < a.info.created ? b : a));
  delete oldest.parent;
  oldest.orphan = 'cycle';
}

function adopt(nodes: ReadonlyMap<SessionKey, OpenNode>): OpenNode[] {
  const roots: OpenNode[] = [];
  for (const node of nodes.values()) {
    (node.parent?.children ?? roots).push(node);
  }
  return roots;
}

// An explicit stack: chains of forks may be deeper than the call stack.
function sortByActivity(roots: OpenNode[]): void {
  const order = [...roots];
  for (let index = 0; index < order.length; index++) {
    order.push(...(order[index]?.children ?? []));
  }
  for (const node of order.reverse()) {
    // Most have none, and are as late as they are.
    if (node.children.length > 0) {
      node.children.sort(forksFirst);
      node.latest = latestOf(node);
    }
  }
  roots.sort(byLatest);
}

const forksFirst = (a: OpenNode, b: OpenNode): number =>
  Number(isSubagentRun(a.info)) - Number(isSubagentRun(b.info)) || byLatest(a, b);

const byLatest = (a: OpenNode, b: OpenNode): number =>
  b.latest - a.latest || a.info.ref.id.localeCompare(b.info.ref.id);

/** The children that began as copies of this session, rewound branches included; runs of subagents are no forks. */
export const forksOf = (node: ForkNode | undefined): readonly ForkNode[] =>
  (node?.children ?? []).filter(({ info }) => !isSubagentRun(info));

/** These sessions and all below them, each before those below it. An explicit stack: chains of forks may be deep. */
export function* depthFirst(roots: readonly ForkNode[]): Iterable<ForkNode> {
  const open = [...roots].reverse();
  for (let node = open.pop(); node; node = open.pop()) {
    yield node;
    if (node.children.length > 0) {
      open.push(...node.children.toReversed());
    }
  }
}

/** The sessions from the root down to the parent of this one; empty for a root. */
export function ancestors(forest: Forest, ref: SessionRef): readonly ForkNode[] {
  const path: ForkNode[] = [];
  for (let node = forest.nodes.get(sessionKey(ref))?.parent; node; node = node.parent) {
    path.unshift(node);
  }
  return path;
}

/**
 * Forks of the same parent that kept the same number of messages, oldest first, this one among them. A subagent's run
 * stands for itself.
 */
export function siblings(forest: Forest, ref: SessionRef): readonly ForkNode[] {
  const node = forest.nodes.get(sessionKey(ref));
  const at = node?.info.lineage?.messages;
  if (!node?.parent || at === undefined || isSubagentRun(node.info)) {
    return node ? [node] : [];
  }
  return forksOf(node.parent)
    .filter((child) => child.info.lineage?.messages === at)
    .toSorted((a, b) => a.info.created - b.info.created || a.info.ref.id.localeCompare(b.info.ref.id));
}
