import * as vscode from 'vscode';
import { type ForkNode, forksOf } from '../../core/forkTree.ts';
import { sessionKey } from '../../core/model.ts';
import { pick } from '../pickers/quickPick.ts';
import { pickSession } from '../pickers/sessionPicker.ts';
import type { Services } from '../services.ts';
import { nodeName, sessionDetails, sessionIcon } from '../sessionWords.ts';
import { messageText } from '../transcript/render.ts';
import { showTranscript } from '../transcript/showTranscript.ts';
import { t } from '../words.ts';
import type { ForksArgument, MessageArgument, OpenArgument } from './commandTypes.ts';
import { lookUp, type Target, targetOf } from './target.ts';

/** Opens a session's chat panel, at a message if one is named. */
export async function open(services: Services, argument: OpenArgument | undefined): Promise<void> {
  const target = await openTarget(services, argument);
  if (target) {
    const { message: reveal, top } = argument ?? {};
    await services.panels.open(target.info.ref, reveal ? { reveal, ...(top !== undefined && { top }) } : {});
  }
}

// The palette asks even when a row is selected: a click on the row has opened that one already.
async function openTarget(
  services: Services,
  argument: MessageArgument | undefined,
): Promise<Target | undefined> {
  const session = argument ?? (await pickSession(services, { title: t('Open Session') }));
  return session && lookUp(services, session);
}

/** Opens the session whose row was clicked. */
export async function openClicked(services: Services): Promise<void> {
  const session = await services.tree.clicked();
  if (session) {
    await open(services, session);
  }
}

/** Opens the readable transcript, at a message if one is named. */
export async function openTranscript(
  services: Services,
  argument: MessageArgument | undefined,
): Promise<void> {
  const target = await targetOf(services, argument, t('Open Transcript'));
  if (target) {
    await showTranscript(services, target, argument?.message);
  }
}

/** Lists the forks that start at a message, to open one; a single one is opened at once. */
export async function showForks(services: Services, argument: ForksArgument | undefined): Promise<void> {
  const target = await targetOf(services, argument, t('Open Session'));
  const node = target && services.catalog.forest().nodes.get(sessionKey(target.info.ref));
  const forks = forksOf(node).filter(({ info }) => info.lineage?.messages === argument?.messages);
  const fork = forks.length > 1 ? await pickFork(services, forks) : forks[0];
  if (fork) {
    await services.panels.open(fork.info.ref);
  }
}

async function pickFork(services: Services, forks: readonly ForkNode[]): Promise<ForkNode | undefined> {
  const items = forks.map((fork) => ({
    label: nodeName(fork),
    description: sessionDetails(
      fork,
      services.catalog.store(fork.info.ref.agent)?.agent.name ?? '',
      Date.now(),
    ),
    iconPath: new vscode.ThemeIcon(sessionIcon(fork.info).id),
    fork,
  }));
  const title = t('Forks from this message');
  const chosen = await pick({ title, placeholder: t('Pick the fork to open'), items, back: false });
  return chosen === 'back' ? undefined : chosen?.fork;
}

/** Copies one message as Markdown. */
export async function copyMessage(services: Services, argument: MessageArgument | undefined): Promise<void> {
  if (!argument) {
    return;
  }
  const { info, store } = await lookUp(services, argument);
  const { messages } = await store.read(info.ref.id);
  const message = messages.find(({ id }) => id === argument.message);
  if (message) {
    await vscode.env.clipboard.writeText(messageText(message));
  }
}
