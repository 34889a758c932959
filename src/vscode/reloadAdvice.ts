import * as vscode from 'vscode';
import { foldersChanged } from './settings.ts';
import { t } from './words.ts';

/** Stores are made once: a new folder of an agent counts from the next start of the window. */
export function registerReloadAdvice(): vscode.Disposable {
  return vscode.workspace.onDidChangeConfiguration(async (change) => {
    const reload = t('Reload Window');
    const text = t('Session Forks looks into the new folder after a reload.');
    if (foldersChanged(change) && (await vscode.window.showInformationMessage(text, reload)) === reload) {
      await vscode.commands.executeCommand('workbench.action.reloadWindow');
    }
  });
}
