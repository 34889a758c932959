import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { ForkNode } from '../../core/forkTree.ts';
import type { SessionRef } from '../../core/model.ts';
import { runCommand } from '../commands/commandTypes.ts';
import type { Services } from '../services.ts';
import { forkMark, nodeName, sessionIcon } from '../sessionWords.ts';
import { belongsTo } from '../tree/layout.ts';
import { dotted, duration, messagesText, number, t } from '../words.ts';
import { pick, separator } from './quickPick.ts';

export interface SessionPickOptions {
  readonly title: string;
  readonly prompt?: string;
  /** Only sessions of folders other than the workspace's. */
  readonly onlyElsewhere?: boolean;
}

interface SessionItem extends vscode.QuickPickItem {
  readonly session?: SessionRef;
  readonly words?: string;
}

/** Lets the person pick a session, newest first, those of this folder before the others. */
export async function pickSession(
  services: Services,
  options: SessionPickOptions,
): Promise<SessionRef | undefined> {
  await services.listed();
  const buttons = rowButtons();
  const chosen = await pick<SessionItem>({
    title: options.title,
    placeholder: t('Type a title, a folder or words from the conversation'),
    ...(options.prompt && { prompt: options.prompt }),
    items: sessionItems(services, options.onlyElsewhere === true, Object.values(buttons)),
    back: false,
    hiddenWords: (item) => item.words ?? '',
    onButton: (item, button) =>
      item.session !== undefined && runButton(item.session, button === buttons.fork),
  });
  return chosen === 'back' ? undefined : chosen?.session;
}

function rowButtons(): { readonly fork: vscode.QuickInputButton; readonly open: vscode.QuickInputButton } {
  return {
    fork: { iconPath: new vscode.ThemeIcon('repo-forked'), tooltip: t('Fork at its end') },
    open: { iconPath: new vscode.ThemeIcon('go-to-file'), tooltip: t('Open in chat panel') },
  };
}

function runButton(session: SessionRef, fork: boolean): true {
  void (fork ? runCommand('sessionForks.fork', session) : runCommand('sessionForks.open', session));
  return true;
}

function sessionItems(
  services: Services,
  onlyElsewhere: boolean,
  buttons: readonly vscode.QuickInputButton[],
): readonly SessionItem[] {
  const folders = (vscode.workspace.workspaceFolders ?? []).map((folder) => folder.uri.fsPath);
  const nodes = [...services.catalog.forest().nodes.values()]
    .filter(({ info }) => !info.archived)
    .toSorted((a, b) => b.info.updated - a.info.updated);
  const here = onlyElsewhere ? [] : nodes.filter(({ info }) => belongsTo(info.cwd, folders));
  const elsewhere = nodes.filter(({ info }) => !belongsTo(info.cwd, folders));
  const toItems = (group: readonly ForkNode[], label: string, withFolder: boolean): readonly SessionItem[] =>
    group.length === 0
      ? []
      : [separator(label), ...group.map((node) => sessionItem(services, node, withFolder, buttons))];
  return [...toItems(here, t('this folder'), false), ...toItems(elsewhere, t('other folders'), true)];
}

function sessionItem(
  services: Services,
  node: ForkNode,
  withFolder: boolean,
  buttons: readonly vscode.QuickInputButton[],
): SessionItem {
  const { info } = node;
  const agentName = services.catalog.store(info.ref.agent)?.agent.name ?? '';
  const age = info.live === 'busy' ? t('running') : duration(Date.now() - info.updated);
  return {
    label: nodeName(node),
    description: dotted(
      info.lineage ? forkMark(info.lineage) : agentName,
      withFolder && info.cwd ? basename(info.cwd) : undefined,
      info.problem || info.lineage || withFolder ? damage(node) : messagesText(info.messageCount),
      age,
    ),
    iconPath: new vscode.ThemeIcon(sessionIcon(info).id),
    buttons: [...buttons],
    session: info.ref,
    words: [info.title, info.preview, info.cwd].join(' '),
  };
}

function damage({ info }: ForkNode): string | undefined {
  if (!info.problem) {
    return undefined;
  }
  return info.problem.readable === undefined
    ? t('damaged')
    : t('damaged after message {0}', number(info.problem.readable));
}
