import * as vscode from 'vscode';
import type { ForkOrigin } from '../../core/catalog.ts';
import { SessionForksError } from '../../core/errors.ts';
import { lastFinishedTurn } from '../../core/forkPoint.ts';
import type { ForkRequest, ForkResult, WhenBusy } from '../../core/forkService.ts';
import type { ForkPoint } from '../../core/model.ts';
import type { Services } from '../services.ts';
import { settings } from '../settings.ts';
import { messagesText, number, t } from '../words.ts';
import { showError } from './showError.ts';
import { nameOf, type Target } from './target.ts';
import { undoFork } from './undoFork.ts';

/** A fork that takes longer than this also shows where it can be cancelled. */
const patienceMs = 1000;

export interface ForkOrder {
  readonly point: ForkPoint;
  readonly title?: string;
  readonly origin: ForkOrigin;
  /** Neither shows nor opens the child, whatever the person's setting says. */
  readonly stay?: boolean;
}

/** Forks with progress; then the child stands in the tree and its panel is open. Throws as the fork service does. */
export async function runFork(
  services: Services,
  target: Target,
  order: ForkOrder,
): Promise<ForkResult | undefined> {
  const result = await forkOrAsk(services, target, order);
  if (result) {
    services.made.push(result);
    const opened = !order.stay && (await showChild(services, result));
    // The message may stay for long; the command is done.
    void tell(services, target, result, opened);
  }
  return result;
}

/** Forks without a word to the person. Throws as the fork service does. */
export const forkSilently = (services: Services, target: Target, order: ForkOrder): Promise<ForkResult> =>
  services.forkService.fork(requestOf(target, order, settings.whenBusy()));

/** Shows the child as the person wants it; true when its panel is open. A prompt to edit needs the panel. */
async function showChild(services: Services, result: ForkResult): Promise<boolean> {
  const afterFork = settings.afterFork();
  if (afterFork !== 'stay') {
    await services.tree.showLater(result.session);
  }
  const open = afterFork === 'openPanel' || result.draft !== undefined;
  if (open) {
    await services.panels.open(result.session, { result, ...(result.draft && { draft: result.draft }) });
  }
  return open;
}

async function forkOrAsk(
  services: Services,
  target: Target,
  order: ForkOrder,
): Promise<ForkResult | undefined> {
  const whenBusy = settings.whenBusy();
  try {
    return await forkWithProgress(services, target, order, whenBusy);
  } catch (error) {
    if (!(error instanceof SessionForksError) || error.code !== 'busy' || whenBusy !== 'refuse') {
      throw error;
    }
    const choice = await askWhenBusy(services, target);
    return choice && forkWithProgress(services, target, order, choice);
  }
}

async function askWhenBusy(services: Services, { info, store }: Target): Promise<WhenBusy | undefined> {
  const { messages } = await store.read(info.ref.id);
  const { keep } = lastFinishedTurn(messages).cut;
  const name = nameOf(services, info);
  const fork = t('Fork at {0}', number(keep));
  const wait = t('Wait');
  const question = t('“{0}” is running; fork from its last finished turn ({1})?', name, number(keep));
  const answer = await vscode.window.showInformationMessage(question, fork, wait);
  return answer === fork ? 'lastFinishedTurn' : answer === wait ? 'wait' : undefined;
}

/** Throws as the fork service does, `cancelled` included. */
async function forkWithProgress(
  services: Services,
  target: Target,
  order: ForkOrder,
  whenBusy: WhenBusy,
): Promise<ForkResult> {
  const abort = new AbortController();
  const { signal } = abort;
  const fork = services.forkService.fork({ ...requestOf(target, order, whenBusy), signal });
  const text = t('Forking “{0}”…', nameOf(services, target.info));
  void vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title: text }, () =>
    settled(fork),
  );
  const slow = setTimeout(() => void showCancellable(text, fork, abort), patienceMs);
  return fork.finally(() => clearTimeout(slow));
}

const requestOf = (
  { info }: Target,
  { point, title, origin }: ForkOrder,
  whenBusy: WhenBusy,
): ForkRequest => ({ source: info.ref, point, origin, whenBusy, ...(title && { title }) });

const showCancellable = (text: string, fork: Promise<unknown>, abort: AbortController): Thenable<void> =>
  vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: text, cancellable: true },
    (_, token) => {
      token.onCancellationRequested(() => abort.abort());
      return settled(fork);
    },
  );

const settled = async (work: Promise<unknown>): Promise<void> => {
  await Promise.allSettled([work]);
};

async function tell(services: Services, target: Target, result: ForkResult, opened: boolean): Promise<void> {
  const undo = t('Undo Fork');
  const show = opened ? t('Show in Tree') : t('Open Session');
  const answer = await vscode.window.showInformationMessage(doneText(services, target, result), show, undo);
  try {
    if (answer === undo) {
      await undoFork(services, result);
    } else if (answer === show) {
      await (opened ? services.tree.show(result.session) : services.panels.open(result.session, { result }));
    }
  } catch (error) {
    await showError(services, error);
  }
}

function doneText(services: Services, { info }: Target, { messages, leftOut }: ForkResult): string {
  const name = nameOf(services, info);
  const kept = number(messages);
  if (leftOut && info.live === 'busy') {
    const turn =
      leftOut.from === leftOut.to ? number(leftOut.from) : `${number(leftOut.from)}–${number(leftOut.to)}`;
    return t(
      'Forked from “{0}” at message {1}, its last finished turn. That session is still running; the open turn ({2}) is not in this fork.',
      name,
      kept,
      turn,
    );
  }
  if (messages === 0) {
    return t('Forked “{0}” before its first message: nothing kept; files on disk are as they are now.', name);
  }
  return t(
    'Forked “{0}” after message {1}. {2} kept; files on disk are as they are now.',
    name,
    kept,
    messagesText(messages),
  );
}
