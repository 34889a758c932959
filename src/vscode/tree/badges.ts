import * as vscode from 'vscode';
import type { SessionRef } from '../../core/model.ts';
import { t } from '../words.ts';

const scheme = 'session-forks-row';

/** Names a row for its badge: VS Code decorates addresses, not rows. */
export const rowUri = (session: SessionRef, live: 'idle' | 'waiting'): vscode.Uri =>
  vscode.Uri.from({ scheme, path: `/${session.agent}/${session.id}`, query: live });

/** The badges of live sessions. */
export function registerBadges(): vscode.Disposable {
  return vscode.window.registerFileDecorationProvider({
    provideFileDecoration: (uri) => (uri.scheme === scheme ? badgeOf(uri.query) : undefined),
  });
}

// A badge's colour goes over the whole row: kept for what waits for the person.
function badgeOf(live: string): vscode.FileDecoration {
  return live === 'waiting'
    ? new vscode.FileDecoration(
        '!',
        t('Waiting for an answer'),
        new vscode.ThemeColor('list.warningForeground'),
      )
    : new vscode.FileDecoration('●', t('Live'));
}
