import * as vscode from 'vscode';
import type { SessionRef } from '../core/model.ts';
import {
  type LoadServices,
  type PanelOptions,
  type PanelServices,
  type Panels,
  panelViewType,
} from './services.ts';

/** The chat panels, loaded with the first one. */
export class LazyPanels implements Panels {
  readonly #load: () => Promise<PanelServices>;
  #panels: Promise<Panels> | undefined;

  constructor(load: () => Promise<PanelServices>) {
    this.#load = load;
  }

  async open(session: SessionRef, options?: PanelOptions): Promise<void> {
    await (await this.#loaded()).open(session, options);
  }

  closeFor(session: SessionRef): void {
    void this.#panels?.then((panels) => panels.closeFor(session));
  }

  async restore(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    await (await this.#loaded()).restore(panel, state);
  }

  dispose(): void {
    void this.#panels?.then((panels) => panels.dispose());
  }

  #loaded(): Promise<Panels> {
    this.#panels ??= this.#make();
    return this.#panels;
  }

  async #make(): Promise<Panels> {
    const { createPanels } = await import('./panel/index.ts');
    return createPanels(await this.#load());
  }
}

/** Restores chat panels after a reload of the window. */
export function registerPanels(load: LoadServices): vscode.Disposable {
  return vscode.window.registerWebviewPanelSerializer(panelViewType, {
    deserializeWebviewPanel: async (panel, state: unknown) => (await load()).panels.restore(panel, state),
  });
}
