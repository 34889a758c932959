import * as vscode from 'vscode';
import { SessionForksError } from '../../core/errors.ts';
import type { ForkResult } from '../../core/forkService.ts';
import type { Services } from '../services.ts';
import { t } from '../words.ts';

/** Takes back the last fork made in this window that is still there. Throws `no_source` when there is none, `busy` when it was continued. */
export async function undoLastFork(services: Services): Promise<void> {
  const last = services.made.findLast(({ session }) => services.catalog.get(session));
  if (!last) {
    throw new SessionForksError('no_source', t('No fork was made in this window that could be taken back.'));
  }
  await undoFork(services, last);
}

/** Deletes the child and goes back to its source. Throws `busy` when messages were added to it. */
export async function undoFork(services: Services, fork: ForkResult): Promise<void> {
  await services.forkService.undo(fork);
  services.panels.closeFor(fork.session);
  services.made.splice(services.made.indexOf(fork), 1);
  await services.tree.showLater(fork.forkedFrom.session);
  vscode.window.setStatusBarMessage(t('The fork was taken back.'), 5000);
}
