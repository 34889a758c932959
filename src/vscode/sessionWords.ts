import type { ForkNode } from '../core/forkTree.ts';
import type { Lineage, SessionInfo } from '../core/model.ts';
import { baseTitle, sanitizeTitle } from '../core/titles.ts';
import { dotted, duration, number, spokenAge, t } from './words.ts';

/** What a session is called everywhere: a fork by its own first prompt, unless somebody named it. */
export function sessionName(info: SessionInfo, parent: SessionInfo | undefined): string {
  const own = sanitizeTitle(info.preview);
  const title = sanitizeTitle(info.title);
  if (info.lineage && own && (!info.titled || hasGeneratedTitle(info, parent))) {
    return own;
  }
  return title || own || t('Untitled session');
}

function hasGeneratedTitle(info: SessionInfo, parent: SessionInfo | undefined): boolean {
  return parent !== undefined && baseTitle(info) === baseTitle(parent);
}

/** The name of a session that stands in the forest. */
export const nodeName = (node: ForkNode): string => sessionName(node.info, node.parent?.info);

/** "fork@12" or "rewound@15": the kind and how many messages were kept; "subagent" for its run. */
export function forkMark({ kind, messages }: Lineage): string {
  const marks = {
    fork: t('fork@{0}', number(messages)),
    rewound: t('rewound@{0}', number(messages)),
    subagent: t('subagent'),
  } as const;
  return marks[kind];
}

/** What stands behind a session's name: the mark first, since a narrow row is cut at its end. */
export function sessionDetails(node: ForkNode, agentName: string, now: number): string {
  const { info } = node;
  return dotted(
    info.lineage ? forkMark(info.lineage) : agentName,
    info.live === 'busy' ? t('running') : duration(now - info.updated),
    node.orphan === 'parentDeleted' ? t('parent deleted') : undefined,
    info.archived ? t('archived') : undefined,
  );
}

/** The codicon of a session, and the colour that it has for a reason. */
export function sessionIcon(info: SessionInfo): { readonly id: string; readonly color?: string } {
  if (info.problem) {
    return { id: 'warning', color: 'list.warningForeground' };
  }
  if (info.live === 'busy') {
    return { id: 'loading~spin' };
  }
  if (!info.lineage) {
    return { id: 'comment' };
  }
  return { id: lineageIcons[info.lineage.kind] };
}

const lineageIcons = { fork: 'repo-forked', rewound: 'discard', subagent: 'hubot' } as const;

/** The row for a screen reader: "Rotate tokens, fork at message 12 of Add OAuth login, level 2, live, 1 hour ago". */
export function spokenRow(node: ForkNode, agentName: string, level: number, now: number): string {
  const { info } = node;
  return [
    nodeName(node),
    spokenLineage(node) ?? agentName,
    t('level {0}', level),
    info.problem ? t('damaged') : undefined,
    spokenState(info),
    info.archived ? t('archived') : undefined,
    spokenAge(now - info.updated),
  ]
    .filter(Boolean)
    .join(', ');
}

function spokenLineage(node: ForkNode): string | undefined {
  const { lineage } = node.info;
  if (!lineage) {
    return undefined;
  }
  const kept = number(lineage.messages);
  const parent = node.parent ? nodeName(node.parent) : t('a deleted session');
  const words = {
    fork: t('fork at message {0} of {1}', kept, parent),
    rewound: t('rewound to message {0} in {1}', kept, parent),
    subagent: t('run of a subagent of {0}, read-only', parent),
  } as const;
  return words[lineage.kind];
}

function spokenState({ live }: SessionInfo): string | undefined {
  const words = { busy: t('running'), waiting: t('waiting for an answer'), idle: t('live') } as const;
  return live && words[live];
}
