import * as vscode from 'vscode';
import type { CatalogChange } from '../../core/catalog.ts';
import { errorText, SessionForksError } from '../../core/errors.ts';
import { type SessionKey, type SessionRef, sessionKey } from '../../core/model.ts';
import { type PanelOptions, type PanelServices, type Panels, panelViewType } from '../services.ts';
import { EditDocuments } from './editDocuments.ts';
import { pageHtml, styleFiles } from './html.ts';
import { keepQueue, noQueue } from './keptQueue.ts';
import { LastEditor } from './lastEditor.ts';
import { Mentions } from './mentions.ts';
import { parseSavedSession } from './messages.ts';
import { goneNotice } from './notices.ts';
import { handlePageMessage } from './pageActions.ts';
import { SessionPanel } from './panel.ts';
import { pageSize } from './state.ts';

/** Makes the chat panels' keeper. Nothing is read or started before a panel is opened or restored. */
export function createPanels(services: PanelServices): Panels {
  return new ChatPanels(services);
}

class ChatPanels implements Panels {
  readonly #services: PanelServices;
  readonly #panels = new Map<SessionKey, SessionPanel>();
  readonly #opening = new Map<SessionKey, Promise<SessionPanel>>();
  readonly #edits = new EditDocuments();
  readonly #editor = new LastEditor();
  readonly #mentions = new Mentions(this.#editor);
  readonly #disposable: vscode.Disposable;
  #disposed = false;

  constructor(services: PanelServices) {
    this.#services = services;
    const { dispose } = services.catalog.onDidChange((change) => this.#refreshAll(change));
    this.#disposable = vscode.Disposable.from(
      { dispose },
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.#trusted()),
    );
  }

  async open(session: SessionRef, options: PanelOptions = {}): Promise<void> {
    const key = sessionKey(session);
    const known = this.#panels.get(key);
    known?.view.reveal();
    const panel = known ?? (await this.#create(session));
    panel.take(options);
  }

  closeFor(session: SessionRef): void {
    this.#panels.get(sessionKey(session))?.view.dispose();
  }

  async restore(view: vscode.WebviewPanel, state: unknown): Promise<void> {
    const session = parseSavedSession(state);
    if (!session || this.#panels.has(sessionKey(session))) {
      view.dispose();
      return;
    }
    try {
      await this.#fill(view, session);
    } catch (error) {
      this.#services.log.warn(`A chat panel could not be restored: ${errorText(error)}`);
      view.dispose();
    }
  }

  dispose(): void {
    this.#disposed = true;
    this.#disposable.dispose();
    for (const panel of [...this.#panels.values()]) {
      panel.view.dispose();
    }
    this.#edits.dispose();
    this.#editor.dispose();
  }

  // Two calls at a time must not open two panels of one session.
  #create(session: SessionRef): Promise<SessionPanel> {
    const key = sessionKey(session);
    const opening = this.#opening.get(key) ?? this.#createNow(session);
    this.#opening.set(key, opening);
    return opening.finally(() => this.#opening.delete(key));
  }

  async #createNow(session: SessionRef): Promise<SessionPanel> {
    const view = vscode.window.createWebviewPanel(panelViewType, '…', vscode.ViewColumn.Active);
    try {
      return await this.#fill(view, session);
    } catch (error) {
      view.dispose();
      throw error;
    }
  }

  async #fill(view: vscode.WebviewPanel, session: SessionRef): Promise<SessionPanel> {
    const store = this.#services.catalog.store(session.agent);
    if (!store) {
      throw new SessionForksError('no_such_session', `No agent “${session.agent}” is known here.`);
    }
    const transcript = await store.read(session.id, { last: pageSize });
    const panel = new SessionPanel(view, this.#services, store, transcript, (other) =>
      this.#panels.get(sessionKey(other)),
    );
    this.#panels.set(sessionKey(session), panel);
    const context = {
      panel,
      panels: this,
      edits: this.#edits,
      editor: this.#editor,
      mentions: this.#mentions,
      endIdle: () => this.#endIdle(),
    };
    view.webview.onDidReceiveMessage((message: unknown) => handlePageMessage(context, message));
    view.onDidChangeViewState(() => view.visible || panel.pageGone());
    view.onDidDispose(() => this.#forget(panel));
    this.#load(view);
    return panel;
  }

  #load(view: vscode.WebviewPanel): void {
    const page = vscode.Uri.joinPath(this.#services.extensionUri, 'dist', 'webview');
    const address = (name: string): string =>
      view.webview.asWebviewUri(vscode.Uri.joinPath(page, name)).toString();
    view.webview.options = { enableScripts: true, localResourceRoots: [page] };
    view.webview.html = pageHtml({
      cspSource: view.webview.cspSource,
      script: address('main.js'),
      styles: styleFiles.map((name) => address(`${name}.css`)),
      title: view.title,
      language: vscode.env.language,
    });
  }

  #forget(panel: SessionPanel): void {
    this.#panels.delete(sessionKey(panel.session));
    // A panel that goes with its window comes back with what waits in it; one that the person closes does not.
    if (!this.#disposed) {
      this.#log(keepQueue(this.#services.workspaceState, panel.session, noQueue));
    }
    this.#log(panel.dispose());
  }

  #refreshAll(change: CatalogChange): void {
    const changed = new Set([...change.added, ...change.changed]);
    const removed = new Set(change.removed);
    for (const [key, panel] of [...this.#panels]) {
      if (removed.has(key)) {
        panel.live.notify(goneNotice(vscode.l10n.t));
      } else {
        this.#log(panel.refresh(changed.has(key)));
      }
    }
  }

  async #endIdle(): Promise<void> {
    await Promise.all([...this.#panels.values()].map(({ live }) => live.endIdle()));
  }

  #trusted(): void {
    for (const { live } of this.#panels.values()) {
      live.trusted();
    }
  }

  #log(work: Promise<void>): void {
    work.catch((error: unknown) => this.#services.log.error(`Chat panel: ${errorText(error)}`));
  }
}
