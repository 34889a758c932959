import * as vscode from 'vscode';

/** The path of one of our files in the extension's storage. */
export const storagePath = ({ globalStorageUri }: vscode.ExtensionContext, name: string): string =>
  vscode.Uri.joinPath(globalStorageUri, name).fsPath;

/** The path of a program that is packed with the extension. */
export const programPath = ({ extensionUri }: vscode.ExtensionContext, name: string): string =>
  vscode.Uri.joinPath(extensionUri, 'dist', name).fsPath;

/** What links to this extension begin with. */
export const linkBase = ({ extension }: vscode.ExtensionContext): string =>
  `${vscode.env.uriScheme}://${extension.id}`;

export const versionOf = ({ extension }: vscode.ExtensionContext): string =>
  String(extension.packageJSON.version);
