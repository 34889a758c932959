import { basename, dirname } from 'node:path';
import { type AgentId, type Lineage, type Problem, type SessionInfo, sessionId } from '../../core/model.ts';
import { oneLine } from '../common/fields.ts';
import { stampOf } from '../common/stamp.ts';
import { type Branches, sharedMessages } from './branches.ts';
import type { Branch, Group } from './groups.ts';
import type { Scan } from './scan.ts';
import type { SideFacts } from './sideFiles.ts';
import { tailOf } from './tail.ts';

/** All that is known of one transcript when its sessions are described. */
export interface Described {
  readonly agent: AgentId;
  readonly session: string;
  readonly scan: Scan;
  readonly branches: Branches;
  readonly side: SideFacts;
  readonly sideStamp: string;
  /** Of the session itself, not of its rewound branches. */
  readonly lineage?: Lineage;
}

export const rewoundId = (session: string, branch: Branch) => sessionId(`${session}~${branch.leaf.uuid}`);

/** The session that a transcript holds, then its rewound branches; nothing when it holds neither talk nor damage. */
export function infosOf(described: Described): readonly SessionInfo[] {
  const { scan, branches } = described;
  const isBlank = !branches.active && scan.bad.length === 0 && scan.stats.size > 0;
  return isBlank
    ? []
    : [sessionInfo(described), ...branches.rewound.map((branch) => rewoundInfo(described, branch))];
}

export function sessionInfo(described: Described): SessionInfo {
  const { agent, session, scan, branches, side, lineage } = described;
  const groups = branches.active?.groups ?? [];
  const own = lineage ? groups.slice(lineage.messages) : groups;
  const named = scan.facts.customTitle ?? side.title ?? scan.facts.aiTitle;
  const problem = problemOf(scan, groups);
  const tail = branches.active && tailOf(scan, branches.active);
  const { file, ...rest } = common(described, groups, own);
  return {
    ref: { agent, id: sessionId(session) },
    title: oneLine(named || firstPrompt(groups)),
    titled: Boolean(named),
    preview: oneLine(firstPrompt(own)),
    ...rest,
    file: { ...file, ...(tail && { tail }) },
    ...(lineage && { lineage }),
    ...(side.archived && { archived: true }),
    ...(problem && { problem }),
  };
}

export function rewoundInfo(described: Described, branch: Branch): SessionInfo {
  const { agent, session, branches } = described;
  const messages = branches.active ? sharedMessages(branches.active, branch) : 0;
  const own = branch.groups.slice(messages);
  const preview = oneLine(firstPrompt(own));
  const parent = { agent, id: sessionId(session) };
  return {
    ref: { agent, id: rewoundId(session, branch) },
    title: preview || sessionInfo(described).title,
    titled: false,
    preview,
    ...common(described, branch.groups, own),
    lineage: { parent, kind: 'rewound', messages, how: 'recorded' },
  };
}

/** A fork begins when its first own message was written; copies keep the times of what they were copied from. */
function common({ scan, sideStamp }: Described, groups: readonly Group[], own: readonly Group[]) {
  const { stats, path } = scan;
  const last = groups.at(-1);
  const cwd = cwdOf(scan);
  const isOpen = last !== undefined && !last.endsTurn;
  return {
    ...(cwd && { cwd }),
    created: own[0]?.entries[0]?.at ?? Math.round(stats.birthtimeMs || stats.mtimeMs),
    updated: lastTime(own) ?? Math.round(stats.mtimeMs),
    messageCount: groups.length,
    size: stats.size,
    file: { path, stamp: stampOf(stats) + sideStamp },
    ...(isOpen && { openTurn: true }),
  };
}

function lastTime(groups: readonly Group[]): number | undefined {
  let last: number | undefined;
  for (const { entries, results } of groups) {
    for (const { at } of [...entries, ...results]) {
      last = at === undefined || (last !== undefined && last > at) ? last : at;
    }
  }
  return last;
}

const firstPrompt = (groups: readonly Group[]): string =>
  groups.find(({ kind }) => kind === 'prompt')?.entries[0]?.text ?? '';

/**
 * The folder that the session works in: of all that its records name, the last one that its project folder is
 * called after, for the agent's shell moves about and copies bring along folders of their source.
 */
export function cwdOf({ facts, path }: Scan): string | undefined {
  const project = basename(dirname(path));
  const cwds = [...facts.cwds];
  return facts.relocatedCwd ?? cwds.findLast((cwd) => isNamedAfter(project, cwd)) ?? cwds[0];
}

/** Project folders are called after a path, all but letters and digits replaced, cut at 200 (2.1.329). */
const isNamedAfter = (project: string, cwd: string): boolean => {
  const encoded = cwd.replaceAll(/[^a-zA-Z0-9]/g, '-');
  return encoded.length > 200 ? project.startsWith(encoded.slice(0, 200)) : project === encoded;
};

function problemOf({ bad, stats }: Scan, groups: readonly Group[]): Problem | undefined {
  const [first] = bad;
  if (!first) {
    return stats.size === 0 ? { text: 'The file is empty.', readable: 0 } : undefined;
  }
  const readable = groups.filter(({ entries }) => entries.every(({ line }) => line < first.number)).length;
  return { text: problemText(first.number, first.torn, bad.length), line: first.number, readable };
}

function problemText(line: number, torn: boolean, count: number): string {
  if (torn) {
    return 'The last line is cut off; it is passed over.';
  }
  return count === 1
    ? `Line ${line} cannot be read; it is passed over.`
    : `${count} lines cannot be read, the first is line ${line}; they are passed over.`;
}

/** What is listed of a transcript that cannot be opened. */
export function unreadableInfo(agent: AgentId, session: string, path: string, reason: string): SessionInfo {
  return {
    ref: { agent, id: sessionId(session) },
    title: '',
    titled: false,
    preview: '',
    created: 0,
    updated: 0,
    messageCount: 0,
    size: 0,
    file: { path, stamp: '' },
    problem: { text: `The file cannot be read: ${reason}.`, readable: 0 },
  };
}
