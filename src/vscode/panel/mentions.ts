import { isAbsolute, relative } from 'node:path';
import * as vscode from 'vscode';
import type { Mention } from '../../protocol.ts';
import type { LastEditor } from './lastEditor.ts';
import { matchPaths } from './matchPaths.ts';

/** How many files of a folder are looked at, and how many are offered at once. */
const mostFiles = 10_000;
const mostOffered = 12;
/** How long a list of files serves, in ms: as long as a person types one mention. */
const freshMs = 10_000;

interface Listed {
  readonly at: number;
  readonly folder: string;
  readonly paths: Promise<readonly string[]>;
}

/** Finds what can be mentioned: the selection of the editor that was used last, and the files of a session's folder. */
export class Mentions {
  readonly #editor: LastEditor;
  #listed: Listed | undefined;

  constructor(editor: LastEditor) {
    this.#editor = editor;
  }

  /** The best of them first, for what was typed behind the @. */
  async find(query: string, folder: string): Promise<readonly Mention[]> {
    const paths = matchPaths(query, await this.#paths(folder)).slice(0, mostOffered);
    const files = paths.map((path): Mention => ({ text: `@${path}`, label: path, kind: 'file' }));
    const selection = this.#selection(folder);
    return selection && matchPaths(query, [selection.label]).length > 0 ? [selection, ...files] : files;
  }

  #selection(folder: string): Mention | undefined {
    const { document, selection } = this.#editor.current ?? {};
    if (!document || !selection || selection.isEmpty || document.uri.scheme === 'output') {
      return undefined;
    }
    const path = pathFrom(folder, document.uri);
    const from = selection.start.line + 1;
    const to = Math.max(from, selection.end.line + (selection.end.character > 0 ? 1 : 0));
    const lines = from === to ? `${from}` : `${from}-${to}`;
    return {
      text: `@${path}#L${lines}`,
      label: `${path}:${lines}`,
      kind: 'selection',
    };
  }

  #paths(folder: string): Promise<readonly string[]> {
    if (!this.#listed || this.#listed.folder !== folder || Date.now() - this.#listed.at > freshMs) {
      this.#listed = { at: Date.now(), folder, paths: listFiles(folder) };
    }
    return this.#listed.paths;
  }
}

async function listFiles(folder: string): Promise<readonly string[]> {
  const pattern = new vscode.RelativePattern(vscode.Uri.file(folder), '**/*');
  const found = await vscode.workspace.findFiles(pattern, '**/{node_modules,.git}/**', mostFiles);
  return found.map((uri) => pathFrom(folder, uri));
}

/** As an agent in the folder names the file. */
function pathFrom(folder: string, { fsPath }: vscode.Uri): string {
  const path = relative(folder, fsPath);
  return path.startsWith('..') || isAbsolute(path) ? fsPath : path.replaceAll('\\', '/');
}
