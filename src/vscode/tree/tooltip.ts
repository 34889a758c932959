import * as vscode from 'vscode';
import type { ForkNode } from '../../core/forkTree.ts';
import { isSubagentRun, type SessionInfo } from '../../core/model.ts';
import { nodeName } from '../sessionWords.ts';
import { dotted, messagesText, number, plainMarkdown, t } from '../words.ts';

/** What a row says on hover. All text of sessions is escaped, and nothing in it is trusted. */
export function tooltip(node: ForkNode, agentName: string): vscode.MarkdownString {
  const { info } = node;
  const paragraphs = [
    `**${plainMarkdown(nodeName(node))}**`,
    info.problem ? `$(warning) ${plainMarkdown(info.problem.text)}` : undefined,
    lineageLine(node),
    plainMarkdown(dotted(agentName, countsOf(node))),
    info.lineage?.kind === 'fork'
      ? t('Inherited: messages, model. Not inherited: files on disk, permissions given for the session')
      : undefined,
    info.cwd ? plainMarkdown(info.cwd) : undefined,
    idsLine(info),
  ];
  return new vscode.MarkdownString(paragraphs.filter(Boolean).join('\n\n'), true);
}

function lineageLine(node: ForkNode): string | undefined {
  const { lineage } = node.info;
  if (!lineage) {
    return undefined;
  }
  const kept = number(lineage.messages);
  if (!node.parent) {
    return isSubagentRun(node.info)
      ? t('Run of a subagent; the session that started it is deleted')
      : t('Forked at message {0}; its parent is deleted', kept);
  }
  const parent = `**${plainMarkdown(nodeName(node.parent))}**`;
  if (lineage.kind === 'rewound') {
    return t('Rewound to message {0} in {1}', kept, parent);
  }
  if (lineage.kind === 'subagent') {
    return t('Run of a subagent of {0}. It can be read, not forked or carried on', parent);
  }
  return lineage.how === 'recorded'
    ? t('Fork of {0} at message {1} (recorded)', parent, kept)
    : t('Fork of {0} at message {1} (inferred from equal messages)', parent, kept);
}

/** Both ids of a fork, so that either can be copied from here. */
function idsLine({ ref, lineage }: SessionInfo): string {
  const own = plainMarkdown(ref.id);
  return lineage?.kind === 'fork' ? t('{0}, forked from {1}', own, plainMarkdown(lineage.parent.id)) : own;
}

function countsOf({ info }: ForkNode): string {
  if (!info.lineage || isSubagentRun(info)) {
    return messagesText(info.messageCount);
  }
  const inherited = Math.min(info.lineage.messages, info.messageCount);
  return t('{0} inherited · {1} own messages', number(inherited), number(info.messageCount - inherited));
}
