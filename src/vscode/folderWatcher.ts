import { readdirSync, statSync } from 'node:fs';
import * as vscode from 'vscode';
import type { Disposable } from '../core/events.ts';
import type { FolderWatcher } from '../core/watching.ts';

/** VS Code joins watch requests made at once: a new one must come after the old one is gone. */
const rearmMs = 500;
/** A new watch sees nothing for about so long. */
const armedMs = 1500;

/** Watches folders with VS Code's own watcher, outside the workspace as well. */
export const folderWatcher: FolderWatcher = { watch: (folder, changed) => new FolderWatch(folder, changed) };

/**
 * VS Code's watcher loses what is made inside a folder before it knows of that folder, for good when the folder has
 * subfolders by then (microsoft/vscode#142694). So a new folder is looked into again, and the watch is made anew.
 */
class FolderWatch implements Disposable {
  readonly #folder: string;
  readonly #changed: (path?: string) => void;
  readonly #timers = new Set<NodeJS.Timeout>();
  #watcher: vscode.Disposable;
  #rearming = false;

  constructor(folder: string, changed: (path?: string) => void) {
    this.#folder = folder;
    this.#changed = changed;
    this.#watcher = this.#arm();
  }

  dispose(): void {
    this.#watcher.dispose();
    for (const timer of this.#timers) {
      clearTimeout(timer);
    }
    this.#timers.clear();
  }

  #arm(): vscode.Disposable {
    const pattern = new vscode.RelativePattern(vscode.Uri.file(this.#folder), '**');
    const watcher = vscode.workspace.createFileSystemWatcher(pattern);
    return vscode.Disposable.from(
      watcher,
      watcher.onDidCreate((uri) => this.#created(uri)),
      watcher.onDidChange((uri) => this.#changed(uri.fsPath)),
      watcher.onDidDelete((uri) => this.#changed(uri.fsPath)),
    );
  }

  #created(uri: vscode.Uri): void {
    this.#changed(uri.fsPath);
    const nested = hasSubfolders(uri.fsPath);
    if (nested !== undefined) {
      this.#later(armedMs, this.#changed);
    }
    if (nested && !this.#rearming) {
      this.#rearm();
    }
  }

  #rearm(): void {
    this.#rearming = true;
    this.#watcher.dispose();
    this.#later(rearmMs, () => {
      this.#rearming = false;
      this.#watcher = this.#arm();
      this.#changed();
      this.#later(armedMs, this.#changed);
    });
  }

  #later(ms: number, run: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      run();
    }, ms);
    this.#timers.add(timer);
  }
}

/** Whether a folder holds folders; undefined for a file, or when it is gone already. */
function hasSubfolders(path: string): boolean | undefined {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory()
    ? readdirSync(path, { withFileTypes: true }).some((item) => item.isDirectory())
    : undefined;
}
