import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { ForkNode } from '../../core/forkTree.ts';
import { isSubagentRun, type SessionRef, sessionKey } from '../../core/model.ts';
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
  /** A session that is not offered. */
  readonly except?: SessionRef;
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
  const { except, onlyElsewhere = false } = options;
  const offered = [...services.catalog.forest().nodes.values()].filter(
    ({ info }) =>
      !info.archived && !isSubagentRun(info) && !(except && sessionKey(info.ref) === sessionKey(except)),
  );
  const chosen = await pick<SessionItem>({
    title: options.title,
    placeholder: t('Type a title, a folder or words from the conversation'),
    ...(options.prompt && { prompt: options.prompt }),
    items: sessionItems(services, offered, onlyElsewhere, buttons),
    back: false,
    hiddenWords: (item) => item.words ?? '',
    onButton: (item, button) => item.session !== undefined && runButton(item.session, buttons, button),
  });
  return chosen === 'back' ? undefined : chosen?.session;
}

/** The buttons of a row, by the command that each runs. */
type RowButtons = Readonly<Record<'fork' | 'open' | 'compareWithParent', vscode.QuickInputButton>>;

function rowButtons(): RowButtons {
  return {
    fork: { iconPath: new vscode.ThemeIcon('repo-forked'), tooltip: t('Fork at its end') },
    open: { iconPath: new vscode.ThemeIcon('go-to-file'), tooltip: t('Open in chat panel') },
    compareWithParent: { iconPath: new vscode.ThemeIcon('diff'), tooltip: t('Compare with Parent') },
  };
}

function runButton(session: SessionRef, buttons: RowButtons, button: vscode.QuickInputButton): boolean {
  const names = ['fork', 'open', 'compareWithParent'] as const;
  const name = names.find((each) => buttons[each] === button);
  if (name) {
    void runCommand(`sessionForks.${name}`, session);
  }
  return name !== undefined;
}

function sessionItems(
  services: Services,
  offered: readonly ForkNode[],
  onlyElsewhere: boolean,
  buttons: RowButtons,
): readonly SessionItem[] {
  const folders = (vscode.workspace.workspaceFolders ?? []).map((folder) => folder.uri.fsPath);
  const nodes = offered.toSorted((a, b) => b.info.updated - a.info.updated);
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
  buttons: RowButtons,
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
    buttons: [buttons.fork, buttons.open, ...(node.parent ? [buttons.compareWithParent] : [])],
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
