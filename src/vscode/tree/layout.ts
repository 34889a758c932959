import { sep } from 'node:path';
import { depthFirst, type Forest, type ForkNode } from '../../core/forkTree.ts';
import { isSubagentRun } from '../../core/model.ts';
import type { TreeFilter } from '../services.ts';

/** The forest as the tree shows it: roots of this workspace, then those of other folders. */
export interface Layout {
  /** As long as the catalog has this one, the layout is true: it follows what changes in it. */
  readonly forest: Forest;
  readonly here: readonly ForkNode[];
  readonly elsewhere: readonly ForkNode[];
  /** How many sessions stand below `elsewhere`, roots included; runs of subagents are none of the person's. */
  readonly elsewhereCount: number;
  /** Sessions exist, but the filter shows none. */
  readonly allFiltered: boolean;
  childrenOf(node: ForkNode): readonly ForkNode[];
  shows(node: ForkNode): boolean;
  /** True for the root of a tree of this workspace. */
  isHere(root: ForkNode): boolean;
}

/**
 * A tree of forks stays whole: it stands here when any of its sessions belongs to one of `folders`.
 * Without folders everything stands here. An archived session is shown while one of its forks is, the run of a subagent
 * while the session that started it is.
 */
export const layOut = (forest: Forest, folders: readonly string[], filter: TreeFilter): Layout =>
  new ForestLayout(forest, folders, filter);

class ForestLayout implements Layout {
  readonly forest: Forest;
  readonly #visible = new Set<ForkNode>();
  readonly #local = new Set<ForkNode>();
  #roots: readonly ForkNode[] = [];
  #here: readonly ForkNode[] = [];
  #elsewhere: readonly ForkNode[] = [];
  #elsewhereCount: number | undefined;

  constructor(forest: Forest, folders: readonly string[], filter: TreeFilter) {
    this.forest = forest;
    for (const node of [...depthFirst(forest.roots)].reverse()) {
      if (passes(node, filter) || hasForkIn(this.#visible, node)) {
        this.#visible.add(node);
      }
      if (belongsTo(node.info.cwd, folders) || hasForkIn(this.#local, node)) {
        this.#local.add(node);
      }
    }
  }

  get here(): readonly ForkNode[] {
    this.#order();
    return this.#here;
  }

  get elsewhere(): readonly ForkNode[] {
    this.#order();
    return this.#elsewhere;
  }

  get elsewhereCount(): number {
    this.#elsewhereCount ??= [...depthFirst(this.elsewhere)].filter(
      (node) => this.shows(node) && !isSubagentRun(node.info),
    ).length;
    return this.#elsewhereCount;
  }

  get allFiltered(): boolean {
    return this.here.length + this.elsewhere.length === 0 && this.forest.roots.length > 0;
  }

  childrenOf(node: ForkNode): readonly ForkNode[] {
    return node.children.filter((child) => this.shows(child));
  }

  shows(node: ForkNode): boolean {
    return isSubagentRun(node.info) && node.parent ? this.shows(node.parent) : this.#visible.has(node);
  }

  isHere(root: ForkNode): boolean {
    return this.#local.has(root);
  }

  /** Which roots stand where stays as it is; their order changes with what is done in them. */
  #order(): void {
    if (this.#roots !== this.forest.roots) {
      this.#roots = this.forest.roots;
      const shown = this.#roots.filter((root) => this.shows(root));
      this.#here = shown.filter((root) => this.isHere(root));
      this.#elsewhere = shown.filter((root) => !this.isHere(root));
    }
  }
}

const hasForkIn = (nodes: ReadonlySet<ForkNode>, { children }: ForkNode): boolean =>
  children.some((child) => nodes.has(child) && !isSubagentRun(child.info));

/** Whether a session's folder is one of `folders` or lies in one. */
export const belongsTo = (cwd: string | undefined, folders: readonly string[]): boolean =>
  folders.length === 0 ||
  (cwd !== undefined && folders.some((folder) => cwd === folder || cwd.startsWith(withSeparator(folder))));

const withSeparator = (folder: string): string => (folder.endsWith(sep) ? folder : folder + sep);

function passes(node: ForkNode, filter: TreeFilter): boolean {
  const { ref, archived } = node.info;
  return (filter.archived || !archived) && (filter.agents.length === 0 || filter.agents.includes(ref.agent));
}
