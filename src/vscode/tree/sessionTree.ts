import * as vscode from 'vscode';
import { ancestors, type ForkNode } from '../../core/forkTree.ts';
import { isSubagentRun, type SessionKey, type SessionRef, sessionKey } from '../../core/model.ts';
import type { LoadServices, Services, TreeFilter } from '../services.ts';
import { type Layout, layOut } from './layout.ts';
import {
  foldersFace,
  type ProblemRow,
  problemFace,
  type Row,
  type RowFace,
  rowId,
  type SessionRow,
  sessionFace,
  toItem,
} from './rows.ts';
import { tooltip } from './tooltip.ts';

const foldersRow: Row = { kind: 'folders' };

/** Why the view shows no row, for its welcome text. */
export type Emptiness = 'no' | 'noSessions' | 'onlyOtherFolders' | 'filtered' | 'archived';

interface Face {
  readonly row: Row;
  readonly face: string;
}

/** The rows of the tree. Nothing is listed before VS Code asks for the first of them. */
export class SessionTree implements vscode.TreeDataProvider<Row> {
  readonly #load: LoadServices;
  readonly #changes = new vscode.EventEmitter<Row[] | undefined>();
  readonly #listings = new vscode.EventEmitter<Services>();
  readonly #rows = new Map<SessionKey, SessionRow>();
  /** What VS Code was last told, by row id: only what differs is told again. */
  readonly #faces = new Map<string, Face>();
  readonly #children = new Map<string, { readonly row: Row | undefined; readonly rows: readonly Row[] }>();
  /** There may be thousands of roots, and mostly they are the ones of last time. */
  readonly #rootRows = new WeakMap<readonly ForkNode[], readonly Row[]>();
  #filter: TreeFilter = { agents: [], archived: false, otherFolders: false };
  #layout: Layout | undefined;
  #services: Services | undefined;

  readonly onDidChangeTreeData = this.#changes.event;
  /** Fires once, when rows were asked for the first time and the sessions are listed. */
  readonly onDidList = this.#listings.event;

  constructor(load: LoadServices) {
    this.#load = load;
  }

  get filter(): TreeFilter {
    return this.#filter;
  }

  setFilter(filter: Partial<TreeFilter>): void {
    this.#filter = { ...this.#filter, ...filter };
    this.update();
  }

  /**
   * Tells VS Code of the rows that changed: of all rows, or with `changed` of those that tell of these sessions, as long as
   * the forest is the same.
   */
  update(changed?: readonly SessionKey[]): void {
    const services = this.#services;
    const isSame = changed !== undefined && this.#layout?.forest === services?.catalog.forest();
    this.#layout = isSame ? this.#layout : undefined;
    if (!services) {
      return;
    }
    if (this.#childrenChanged(services, undefined)) {
      this.#changes.fire(undefined);
      return;
    }
    const told = isSame ? this.#facesTelling(services, changed) : [...this.#faces];
    const different = told.flatMap(([id, { row, face }]) => {
      const now = this.#faceOf(services, row);
      return now && (JSON.stringify(now) !== face || this.#childrenChanged(services, id)) ? [row] : [];
    });
    if (different.length > 0) {
      this.#changes.fire(different);
    }
  }

  /**
   * A row tells of its session, of what its parent is called, for which that one's parent counts, and of the order of
   * those below it, as does the group of other folders.
   */
  #facesTelling({ catalog }: Services, keys: readonly SessionKey[]): readonly (readonly [string, Face])[] {
    const forest = catalog.forest();
    const nodes = keys.flatMap((key) => {
      const node = forest.nodes.get(key);
      const below = node?.children ?? [];
      const belowThose = below.flatMap(({ children }) => children);
      return node ? [node, ...below, ...belowThose, ...ancestors(forest, node.info.ref)] : [];
    });
    const rows = nodes.map(({ info }): Row => ({ kind: 'session', ...info.ref }));
    return Array.from(new Set([foldersRow, ...rows].map(rowId))).flatMap((id) => {
      const face = this.#faces.get(id);
      return face ? [[id, face] as const] : [];
    });
  }

  async getChildren(parent?: Row): Promise<Row[]> {
    const services = await this.#listed();
    const rows = this.#childrenOf(services, parent);
    this.#children.set(parent ? rowId(parent) : '', { row: parent, rows });
    return [...rows];
  }

  async getTreeItem(row: Row): Promise<vscode.TreeItem> {
    const face = this.#faceOf(await this.#listed(), row);
    if (!face) {
      return new vscode.TreeItem('');
    }
    this.#faces.set(face.id, { row, face: JSON.stringify(face) });
    return toItem(face);
  }

  getParent(row: Row): Row | undefined {
    const node = this.#services && row.kind === 'session' ? nodeOf(this.#services, row) : undefined;
    if (!node || !this.#services) {
      return undefined;
    }
    if (node.parent) {
      return this.#row(node.parent.info.ref);
    }
    return this.#laidOut(this.#services).elsewhere.includes(node) ? foldersRow : undefined;
  }

  async resolveTreeItem(item: vscode.TreeItem, row: Row): Promise<vscode.TreeItem> {
    const services = await this.#load();
    const node = row.kind === 'session' ? nodeOf(services, row) : undefined;
    if (node) {
      item.tooltip = tooltip(node, services.catalog.store(node.info.ref.agent)?.agent.name ?? '');
    } else if (row.kind === 'problem') {
      item.tooltip = row.problem.text;
    }
    return item;
  }

  /** The row of a session that the tree shows; the filter gives way if it hides the session. */
  async find(session: SessionRef): Promise<Row | undefined> {
    const services = await this.#listed();
    const node = services.catalog.forest().nodes.get(sessionKey(session));
    if (!node) {
      return undefined;
    }
    if (!this.#laidOut(services).shows(node)) {
      this.setFilter({ agents: [], archived: node.info.archived === true || this.#filter.archived });
    }
    if (this.#emptinessOf(services) === 'onlyOtherFolders') {
      this.setFilter({ otherFolders: true });
    }
    return this.#row(session);
  }

  /** The row of a session that has one child and stands open by itself. */
  rowWithFirstChild(session: SessionRef): Row | undefined {
    const node = this.#services?.catalog.forest().nodes.get(sessionKey(session));
    if (!node || !this.#services) {
      return undefined;
    }
    const layout = this.#laidOut(this.#services);
    const opens = layout.childrenOf(node).length === 1 && collapse(node, layout) === 'expanded';
    return opens ? this.#row(session) : undefined;
  }

  async emptiness(): Promise<Emptiness> {
    return this.#emptinessOf(await this.#listed());
  }

  dispose(): void {
    this.#changes.dispose();
    this.#listings.dispose();
  }

  async #listed(): Promise<Services> {
    const services = await this.#load();
    await services.listed();
    if (!this.#services) {
      this.#services = services;
      this.#listings.fire(services);
    }
    return services;
  }

  #laidOut(services: Services): Layout {
    const folders = (vscode.workspace.workspaceFolders ?? []).map((folder) => folder.uri.fsPath);
    this.#layout ??= layOut(services.catalog.forest(), folders, this.#filter);
    return this.#layout;
  }

  #emptinessOf(services: Services): Emptiness {
    const layout = this.#laidOut(services);
    if (layout.here.length > 0 || this.#problemRows(services).length > 0) {
      return 'no';
    }
    if (layout.allFiltered) {
      return this.#filter.agents.length > 0 ? 'filtered' : 'archived';
    }
    return layout.elsewhere.length === 0
      ? 'noSessions'
      : this.#filter.otherFolders
        ? 'no'
        : 'onlyOtherFolders';
  }

  #childrenOf(services: Services, parent: Row | undefined): readonly Row[] {
    const layout = this.#laidOut(services);
    switch (parent?.kind) {
      case undefined:
        return this.#emptinessOf(services) === 'no'
          ? [
              ...this.#problemRows(services),
              ...this.#rowsOfRoots(layout.here),
              ...(layout.elsewhere.length > 0 ? [foldersRow] : []),
            ]
          : [];
      case 'folders':
        return this.#rowsOfRoots(layout.elsewhere);
      case 'session': {
        const node = nodeOf(services, parent);
        return node ? this.#rowsOf(layout.childrenOf(node)) : [];
      }
      case 'problem':
        return [];
    }
  }

  #faceOf(services: Services, row: Row): RowFace | undefined {
    const layout = this.#laidOut(services);
    switch (row.kind) {
      case 'folders':
        return foldersFace(layout.elsewhereCount, this.#filter.otherFolders ? 'expanded' : 'collapsed');
      case 'problem':
        return problemFace(row);
      case 'session': {
        const node = nodeOf(services, row);
        const { catalog } = services;
        const store = catalog.store(row.agent);
        return (
          node &&
          sessionFace(node, {
            store,
            forest: catalog.forest(),
            children: collapse(node, layout),
            now: Date.now(),
          })
        );
      }
    }
  }

  #childrenChanged(services: Services, id: string | undefined): boolean {
    const told = this.#children.get(id ?? '');
    return told !== undefined && !areSame(told.rows, this.#childrenOf(services, told.row));
  }

  #problemRows({ catalog }: Services): readonly ProblemRow[] {
    const { agents } = this.#filter;
    return catalog
      .problems()
      .filter(({ agent }) => agents.length === 0 || agents.includes(agent.id))
      .map(({ agent, problem }) => ({ kind: 'problem', agent: agent.name, problem }));
  }

  #rowsOfRoots(nodes: readonly ForkNode[]): readonly Row[] {
    const rows = this.#rootRows.get(nodes) ?? this.#rowsOf(nodes);
    this.#rootRows.set(nodes, rows);
    return rows;
  }

  #rowsOf(nodes: readonly ForkNode[]): readonly Row[] {
    return nodes.map(({ info }) => this.#row(info.ref));
  }

  #row(ref: SessionRef): SessionRow {
    const key = sessionKey(ref);
    const row = this.#rows.get(key) ?? { kind: 'session', agent: ref.agent, id: ref.id };
    this.#rows.set(key, row);
    return row;
  }
}

const areSame = (a: readonly Row[], b: readonly Row[]): boolean =>
  a.length === b.length &&
  a.every((row, index) => {
    const other = b[index];
    return row === other || (other !== undefined && rowId(row) === rowId(other));
  });

const nodeOf = (services: Services, row: SessionRow): ForkNode | undefined =>
  services.catalog.forest().nodes.get(sessionKey(row));

// Trees of this workspace stand open, those of other folders do not; nor do mere runs of subagents, which may be many.
function collapse(node: ForkNode, layout: Layout): RowFace['children'] {
  const children = layout.childrenOf(node);
  if (children.length === 0) {
    return 'none';
  }
  if (children.every(({ info }) => isSubagentRun(info))) {
    return 'collapsed';
  }
  let root = node;
  while (root.parent) {
    root = root.parent;
  }
  return layout.isHere(root) ? 'expanded' : 'collapsed';
}
