import * as vscode from 'vscode';

/** Gives a transcript's text; `at` says when it was rendered, in ms since 1970. */
export type ReadTranscript = (uri: vscode.Uri) => Promise<{ readonly text: string; readonly at: number }>;

/**
 * Transcripts as read-only files: VS Code opens these again after a reload and shows breadcrumbs for them, which it does
 * for no other kind of virtual document.
 */
export class TranscriptFiles implements vscode.FileSystemProvider {
  readonly #read: ReadTranscript;
  readonly #changes = new vscode.EventEmitter<vscode.FileChangeEvent[]>();

  readonly onDidChangeFile = this.#changes.event;

  constructor(read: ReadTranscript) {
    this.#read = read;
  }

  changed(uri: vscode.Uri): void {
    this.#changes.fire([{ type: vscode.FileChangeType.Changed, uri }]);
  }

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    const { text, at } = await this.#read(uri);
    return { type: vscode.FileType.File, ctime: at, mtime: at, size: Buffer.byteLength(text) };
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    return Buffer.from((await this.#read(uri)).text);
  }

  /** The catalog watches the sessions already. */
  watch(): vscode.Disposable {
    return new vscode.Disposable(() => undefined);
  }

  readDirectory(): [string, vscode.FileType][] {
    return [];
  }

  createDirectory(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  writeFile(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  delete(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  rename(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  dispose(): void {
    this.#changes.dispose();
  }
}
