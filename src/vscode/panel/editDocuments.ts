import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { FileEdit } from '../../core/model.ts';

const scheme = 'session-forks-edit';

/** Shows both sides of an agent's edit in VS Code's diff editor, from memory. */
export class EditDocuments implements vscode.TextDocumentContentProvider {
  readonly #texts = new Map<string, string>();
  readonly #disposable: vscode.Disposable;
  #count = 0;

  constructor() {
    this.#disposable = vscode.Disposable.from(
      vscode.workspace.registerTextDocumentContentProvider(scheme, this),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => void this.#texts.delete(uri.toString())),
    );
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.#texts.get(uri.toString()) ?? '';
  }

  async show(edit: FileEdit): Promise<void> {
    const number = ++this.#count;
    const before = this.#keep(edit.path, `before-${number}`, edit.before);
    const after = this.#keep(edit.path, `after-${number}`, edit.after);
    await vscode.commands.executeCommand('vscode.diff', before, after, basename(edit.path));
  }

  dispose(): void {
    this.#disposable.dispose();
    this.#texts.clear();
  }

  #keep(path: string, side: string, text: string): vscode.Uri {
    const uri = vscode.Uri.from({ scheme, path: path.startsWith('/') ? path : `/${path}`, query: side });
    this.#texts.set(uri.toString(), text);
    return uri;
  }
}
