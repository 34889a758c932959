import * as vscode from 'vscode';

/** The text editor that was used last: while a panel has the focus, VS Code tells of none. */
export class LastEditor {
  #editor = vscode.window.activeTextEditor;
  readonly #following = vscode.window.onDidChangeActiveTextEditor((editor) => {
    this.#editor = editor ?? this.#editor;
  });

  /** Undefined before the first one, and when its file was closed. */
  get current(): vscode.TextEditor | undefined {
    return this.#editor?.document.isClosed ? undefined : this.#editor;
  }

  /** Puts text at its cursors, and the focus there. A panel may cover it: then it comes to the front. */
  async insert(text: string): Promise<void> {
    if (!this.current) {
      void vscode.window.showInformationMessage(
        vscode.l10n.t('Open a file first, then insert at its cursor.'),
      );
      return;
    }
    const { document, viewColumn } = this.current;
    const editor = await vscode.window.showTextDocument(document, viewColumn);
    await editor.edit((edit) => {
      for (const selection of editor.selections) {
        edit.replace(selection, text);
      }
    });
  }

  dispose(): void {
    this.#following.dispose();
  }
}
