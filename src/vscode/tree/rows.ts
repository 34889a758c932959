import * as vscode from 'vscode';
import { ancestors, type Forest, type ForkNode } from '../../core/forkTree.ts';
import {
  type AgentId,
  type Problem,
  type SessionId,
  type SessionRef,
  standsAlone,
} from '../../core/model.ts';
import { type SessionStore, sessionCapabilities } from '../../core/store.ts';
import { nodeName, sessionDetails, sessionIcon, spokenRow } from '../sessionWords.ts';
import { cutAtWord, sessionsText, t } from '../words.ts';
import { rowUri } from './badges.ts';

/** VS Code cuts a row at its end, and the details must not be the first to go. */
const labelLimit = 28;

/** What the tree hands to commands: JSON-safe, and a session's row names its session. */
export type Row = SessionRow | FoldersRow | ProblemRow;

export interface SessionRow {
  readonly kind: 'session';
  readonly agent: AgentId;
  readonly id: SessionId;
}

export interface FoldersRow {
  readonly kind: 'folders';
}

export interface ProblemRow {
  readonly kind: 'problem';
  readonly agent: string;
  readonly problem: Problem;
}

/** By which VS Code knows a row again. */
export function rowId(row: Row): string {
  switch (row.kind) {
    case 'session':
      return `${row.agent}/${row.id}`;
    case 'folders':
      return '#folders';
    case 'problem':
      return `#problem/${row.agent}/${row.problem.text}`;
  }
}

/** A tree item as plain data, so that two can be compared. */
export interface RowFace {
  readonly id: string;
  readonly label: string;
  readonly description: string;
  readonly icon: string;
  readonly color?: string;
  readonly spoken: string;
  readonly context: string;
  readonly children: 'none' | 'collapsed' | 'expanded';
  readonly session?: SessionRef;
  readonly live?: 'idle' | 'waiting';
}

export interface FaceOptions {
  readonly store: SessionStore | undefined;
  readonly forest: Forest;
  readonly children: RowFace['children'];
  readonly now: number;
}

/** How a session's row looks. */
export function sessionFace(node: ForkNode, { store, forest, children, now }: FaceOptions): RowFace {
  const { info } = node;
  const agentName = store?.agent.name ?? info.ref.agent;
  const icon = sessionIcon(info);
  return {
    id: rowId({ kind: 'session', ...info.ref }),
    label: cutAtWord(nodeName(node), labelLimit),
    description: sessionDetails(node, agentName, now),
    icon: icon.id,
    ...(icon.color && { color: icon.color }),
    spoken: spokenRow(node, agentName, ancestors(forest, info.ref).length + 1, now),
    context: contextOf(node, store),
    children,
    session: info.ref,
    ...(info.live && info.live !== 'busy' && { live: info.live }),
  };
}

/** How the group of the other folders' sessions looks. */
export function foldersFace(count: number, children: RowFace['children']): RowFace {
  const label = t('Other folders');
  const description = sessionsText(count);
  return {
    id: rowId({ kind: 'folders' }),
    label,
    description,
    icon: 'folder',
    spoken: `${label}, ${description}`,
    context: 'folders',
    children,
  };
}

/** How it looks that an agent's sessions cannot be listed. */
export function problemFace(row: ProblemRow): RowFace {
  return {
    id: rowId(row),
    label: row.agent,
    description: row.problem.text,
    icon: 'warning',
    color: 'list.warningForeground',
    spoken: `${row.agent}, ${row.problem.text}`,
    context: 'problem',
    children: 'none',
  };
}

/** The face as VS Code wants it. */
export function toItem(face: RowFace): vscode.TreeItem {
  const item = new vscode.TreeItem(face.label, collapsibleState[face.children]);
  item.id = face.id;
  item.description = face.description;
  item.iconPath = new vscode.ThemeIcon(face.icon, face.color ? new vscode.ThemeColor(face.color) : undefined);
  item.accessibilityInformation = { label: face.spoken };
  item.contextValue = face.context;
  if (face.session) {
    // VS Code forgets a command's arguments when it asks for the row anew: a click in that moment would open nothing.
    item.command = { command: 'sessionForks.openClicked', title: t('Open Session') };
  }
  if (face.session && face.live) {
    item.resourceUri = rowUri(face.session, face.live);
  }
  return item;
}

const collapsibleState = {
  none: vscode.TreeItemCollapsibleState.None,
  collapsed: vscode.TreeItemCollapsibleState.Collapsed,
  expanded: vscode.TreeItemCollapsibleState.Expanded,
} as const;

/** Words that the `when` clauses of the menus look for: only what works on this session is offered. */
function contextOf(node: ForkNode, store: SessionStore | undefined): string {
  const { info } = node;
  const capabilities = store && sessionCapabilities(store.capabilities, info);
  const words: readonly (readonly [string, boolean])[] = [
    ['session', true],
    ['fork', capabilities !== undefined && capabilities.forkAt !== 'none'],
    ['rename', capabilities?.rename === true],
    ['remove', capabilities?.remove === true],
    ['archive', capabilities?.archive === true && !info.archived],
    ['unarchive', capabilities?.archive === true && info.archived === true],
    ['parent', node.parent !== undefined],
    ['resume', standsAlone(info) && store?.resumeCommand?.(info) !== undefined],
  ];
  return words.flatMap(([word, holds]) => (holds ? [word] : [])).join(' ');
}
