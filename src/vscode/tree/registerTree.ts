import { setTimeout as sleep } from 'node:timers/promises';
import * as vscode from 'vscode';
import type { ForkEvent } from '../../core/catalog.ts';
import { errorText } from '../../core/errors.ts';
import type { SessionKey, SessionRef } from '../../core/model.ts';
import type { LoadServices, TreeDoor } from '../services.ts';
import { registerBadges } from './badges.ts';
import type { Row } from './rows.ts';
import { SessionTree } from './sessionTree.ts';

export const treeViewId = 'sessionForks.sessions';

/** Sessions that other programs write are looked for this often while the view is visible, besides watching. */
const rescanMs = 45_000;
/** The rows are there again by then. */
const redrawnMs = 5_000;
const lookMs = 25;

/** The tree view and what commands ask of it. */
export function registerTree(load: LoadServices): {
  readonly door: TreeDoor;
  readonly disposable: vscode.Disposable;
} {
  const tree = new SessionTree(load);
  const view = vscode.window.createTreeView<Row>(treeViewId, {
    treeDataProvider: tree,
    canSelectMany: true,
  });
  const door = new TreeViewDoor(tree, view);
  const parts = [registerBadges(), view, tree, followCatalog(tree, door), keepFresh(load, view, tree)];
  view.onDidChangeVisibility(({ visible }) => visible && void door.showPending());
  return { door, disposable: vscode.Disposable.from(...parts) };
}

class TreeViewDoor implements TreeDoor {
  readonly #tree: SessionTree;
  readonly #view: vscode.TreeView<Row>;
  #pending: SessionRef | undefined;

  constructor(tree: SessionTree, view: vscode.TreeView<Row>) {
    this.#tree = tree;
    this.#view = view;
  }

  get filter(): TreeDoor['filter'] {
    return this.#tree.filter;
  }

  setFilter(filter: Partial<TreeDoor['filter']>): void {
    this.#tree.setFilter(filter);
    void setContexts(this.#tree);
  }

  async show(session: SessionRef): Promise<void> {
    const row = await this.#tree.find(session);
    if (row) {
      await this.#view.reveal(row, { select: true, focus: false, expand: true });
    }
  }

  async showLater(session: SessionRef): Promise<void> {
    if (this.#view.visible) {
      await this.show(session);
    } else {
      this.#pending = session;
    }
  }

  async showPending(): Promise<void> {
    const session = this.#pending;
    this.#pending = undefined;
    if (session) {
      await this.show(session);
    }
  }

  /** VS Code leaves a row closed that gets its first child: a fork that nobody here asked for would not be seen. */
  async openFor({ source }: Pick<ForkEvent, 'source'>): Promise<void> {
    const row = this.#view.visible ? this.#tree.rowWithFirstChild(source) : undefined;
    if (row) {
      await this.#view.reveal(row, { select: false, focus: false, expand: true });
    }
  }

  selected(): SessionRef | undefined {
    return this.selection()[0];
  }

  /** While VS Code asks for the rows anew it knows of none that is selected. */
  async clicked(): Promise<SessionRef | undefined> {
    for (let waitedMs = 0; waitedMs < redrawnMs && !this.selected(); waitedMs += lookMs) {
      await sleep(lookMs);
    }
    return this.selected();
  }

  selection(): readonly SessionRef[] {
    const rows = this.#view.visible ? this.#view.selection : [];
    return rows.flatMap((row) => (row.kind === 'session' ? [{ agent: row.agent, id: row.id }] : []));
  }
}

/** Draws what the catalog learns, from the moment the services exist. */
function followCatalog(tree: SessionTree, door: TreeViewDoor): vscode.Disposable {
  const parts: vscode.Disposable[] = [];
  const first = tree.onDidList(({ catalog, log }) => {
    const warn = (error: unknown): void => log.warn(`A row could not be opened: ${errorText(error)}`);
    first.dispose();
    parts.push(
      catalog.onDidChange(({ changed }) => redraw(tree, changed)),
      catalog.onDidFork((fork) => void door.openFor(fork).catch(warn)),
    );
    void setContexts(tree);
  });
  parts.push(
    first,
    vscode.workspace.onDidChangeWorkspaceFolders(() => redraw(tree)),
  );
  return { dispose: () => vscode.Disposable.from(...parts).dispose() };
}

function redraw(tree: SessionTree, changed?: readonly SessionKey[]): void {
  tree.update(changed);
  void setContexts(tree);
}

async function setContexts(tree: SessionTree): Promise<void> {
  const { agents, archived } = tree.filter;
  await vscode.commands.executeCommand('setContext', 'sessionForks.empty', await tree.emptiness());
  await vscode.commands.executeCommand('setContext', 'sessionForks.filtered', agents.length > 0);
  await vscode.commands.executeCommand('setContext', 'sessionForks.archivedShown', archived);
}

/**
 * Looks again when the view is shown, when the window gets the focus, and now and then while both last. Ages go on as
 * long as the view is seen.
 */
function keepFresh(load: LoadServices, view: vscode.TreeView<Row>, tree: SessionTree): vscode.Disposable {
  const look = async (): Promise<void> => {
    if (!view.visible) {
      return;
    }
    if (vscode.window.state.focused) {
      const services = await load();
      await services.listed();
      await services.catalog.refresh();
    }
    tree.update();
  };
  const timer = setInterval(() => void look(), rescanMs);
  return vscode.Disposable.from(
    view.onDidChangeVisibility(() => void look()),
    vscode.window.onDidChangeWindowState(() => void look()),
    { dispose: () => clearInterval(timer) },
  );
}
