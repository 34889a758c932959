import { basename, extname } from 'node:path';
import * as vscode from 'vscode';
import type { Attachment } from '../../core/model.ts';

const imageTypes: Readonly<Record<string, string>> = {
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.gif': 'image/gif',
  '.webp': 'image/webp',
};

/** The largest image that is sent as bytes. */
const largestImage = 5 * 1024 * 1024;

/** Asks for files to attach; images come with their bytes, other files by their path. */
export async function pickAttachments(): Promise<readonly Attachment[]> {
  const files = await vscode.window.showOpenDialog({
    canSelectMany: true,
    openLabel: vscode.l10n.t('Attach'),
  });
  return Promise.all((files ?? []).map(toAttachment));
}

async function toAttachment(file: vscode.Uri): Promise<Attachment> {
  const path = file.fsPath;
  const name = basename(path);
  const mimeType = imageTypes[extname(path).toLowerCase()];
  const { size } = await vscode.workspace.fs.stat(file);
  if (!mimeType || size > largestImage) {
    return { name, path };
  }
  const bytes = await vscode.workspace.fs.readFile(file);
  return { name, path, mimeType, data: Buffer.from(bytes).toString('base64') };
}

/** Files that were dropped on the composer, by their URIs; what is no file of this machine is left out. */
export async function droppedAttachments(uris: readonly string[]): Promise<readonly Attachment[]> {
  const files = uris
    .map((uri) => vscode.Uri.parse(uri))
    .filter(({ scheme }) => scheme === 'file' || scheme === 'vscode-remote');
  return Promise.all(files.map(toAttachment));
}

/** Opens a file that a transcript names, `path` or `path:line`; relative paths start at the session's folder. */
export async function openNamedFile(name: string, folder: string | undefined): Promise<void> {
  const [, path = name, line] = /^(.+?)(?::(\d+)(?::\d+)?)?$/.exec(name) ?? [];
  const base = folder ? vscode.Uri.file(folder) : vscode.workspace.workspaceFolders?.[0]?.uri;
  const absolute = /^(?:\/|[a-z]:[\\/])/i.test(path);
  const uri = absolute || !base ? vscode.Uri.file(path) : vscode.Uri.joinPath(base, path);
  const at = Math.max(Number(line ?? 1) - 1, 0);
  try {
    await vscode.window.showTextDocument(uri, { selection: new vscode.Range(at, 0, at, 0) });
  } catch {
    void vscode.window.showWarningMessage(vscode.l10n.t('{0} is no longer there.', path));
  }
}

/** Opens a web address in the person's browser; every other scheme is left alone. */
export async function openWebLink(url: string): Promise<void> {
  const uri = vscode.Uri.parse(url);
  if (['http', 'https', 'mailto'].includes(uri.scheme)) {
    await vscode.env.openExternal(uri);
  }
}
