import { sep } from 'node:path';
import { depthFirst, type Forest, type ForkNode, forksOf } from '../../core/forkTree.ts';
import { isSubagentRun, type SessionKey, sessionKey } from '../../core/model.ts';
import type { TreeFilter } from '../services.ts';

/** The forest as the tree shows it: roots of this workspace, then those of other folders. */
export interface Layout {
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
export function layOut(forest: Forest, folders: readonly string[], filter: TreeFilter): Layout {
  const visible = new Set<SessionKey>();
  const local = new Set<SessionKey>();
  for (const node of [...depthFirst(forest.roots)].reverse()) {
    const children = forksOf(node).map((child) => sessionKey(child.info.ref));
    const key = sessionKey(node.info.ref);
    if (passes(node, filter) || children.some((child) => visible.has(child))) {
      visible.add(key);
    }
    if (belongsTo(node.info.cwd, folders) || children.some((child) => local.has(child))) {
      local.add(key);
    }
  }
  const shows = (node: ForkNode): boolean =>
    isSubagentRun(node.info) && node.parent ? shows(node.parent) : visible.has(sessionKey(node.info.ref));
  const here = (root: ForkNode): boolean => local.has(sessionKey(root.info.ref));
  const roots = forest.roots.filter(shows);
  const elsewhere = roots.filter((root) => !here(root));
  return {
    here: roots.filter(here),
    elsewhere,
    elsewhereCount: [...depthFirst(elsewhere)].filter((node) => shows(node) && !isSubagentRun(node.info))
      .length,
    allFiltered: roots.length === 0 && forest.roots.length > 0,
    childrenOf: (node) => node.children.filter(shows),
    shows,
    isHere: here,
  };
}

/** Whether a session's folder is one of `folders` or lies in one. */
export const belongsTo = (cwd: string | undefined, folders: readonly string[]): boolean =>
  folders.length === 0 ||
  (cwd !== undefined && folders.some((folder) => cwd === folder || cwd.startsWith(withSeparator(folder))));

const withSeparator = (folder: string): string => (folder.endsWith(sep) ? folder : folder + sep);

function passes(node: ForkNode, filter: TreeFilter): boolean {
  const { ref, archived } = node.info;
  return (filter.archived || !archived) && (filter.agents.length === 0 || filter.agents.includes(ref.agent));
}
