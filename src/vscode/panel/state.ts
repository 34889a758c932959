import { ancestors, type Forest, type ForkNode, forksOf, siblings } from '../../core/forkTree.ts';
import {
  isSubagentRun,
  type Message,
  type SessionInfo,
  type SessionRef,
  sessionKey,
  type Transcript,
} from '../../core/model.ts';
import type { Capabilities } from '../../core/store.ts';
import type {
  Aside,
  ComposerState,
  Divider,
  LiveState,
  MapRow,
  PanelState,
  SessionLink,
} from '../../protocol.ts';

/** How many messages the page receives first, and with each load. */
export const pageSize = 50;

/** What the panel's state is built from. */
export interface PanelFacts {
  readonly transcript: Transcript;
  readonly forest: Forest;
  readonly agentName: string;
  readonly capabilities: Pick<Capabilities, 'forkAt' | 'emptyFork'>;
  readonly live: LiveState;
  readonly composer: ComposerState;
  readonly aside?: Aside;
  readonly forking: boolean;
  readonly strings: Readonly<Record<string, string>>;
  /** What the fork that was just made left behind. */
  readonly leftOut?: { readonly from: number; readonly to: number };
}

/** Everything that the page draws of one session. Pure. */
export function buildPanelState(facts: PanelFacts): PanelState {
  const { transcript, forest, capabilities } = facts;
  const { info } = transcript;
  const divider = buildDivider(info, forest, facts.leftOut);
  return {
    session: info.ref,
    title: titleOf(info),
    agentName: facts.agentName,
    ...(info.cwd !== undefined && { folder: info.cwd }),
    running: facts.live.status !== 'none' || info.live !== undefined,
    path: ancestors(forest, info.ref).map(toLink),
    map: buildMap(info.ref, forest),
    inherited: Math.min(info.lineage?.messages ?? 0, transcript.total),
    total: transcript.total,
    first: transcript.first,
    messages: transcript.messages,
    ...(divider && { divider }),
    forksAt: forksAt(info.ref, forest),
    canFork: capabilities.forkAt !== 'none' && transcript.total > 0,
    forkAt: capabilities.forkAt === 'turn' ? 'turn' : 'reply',
    emptyFork: capabilities.emptyFork,
    forking: facts.forking,
    ...(info.problem && { problem: info.problem }),
    live: facts.live,
    composer: facts.composer,
    ...(facts.aside && { aside: facts.aside }),
    strings: facts.strings,
  };
}

/** What names a session for a person: its title, else its first prompt, else the start of its id. */
export const titleOf = (info: SessionInfo): string =>
  info.title.trim() || info.preview.trim() || info.ref.id.slice(0, 8);

/** The stretch to read for a request of the page, within the session and at most `limit` messages long. */
export function clampRange(
  from: number,
  to: number,
  total: number,
  limit = 4 * pageSize,
): { readonly from: number; readonly to: number } {
  const end = Math.min(Math.max(Math.trunc(to), 0), total);
  return { from: Math.min(Math.max(Math.trunc(from), end - limit, 0), end), to: end };
}

/** How many leading messages of the live turn are the very same as those posted before. */
export function keptMessages(before: readonly Message[], after: readonly Message[]): number {
  const changed = after.findIndex((message, index) => message !== before[index]);
  return changed === -1 ? after.length : changed;
}

const toLink = (node: ForkNode): SessionLink => ({ session: node.info.ref, title: titleOf(node.info) });

function buildDivider(
  info: SessionInfo,
  forest: Forest,
  leftOut: PanelFacts['leftOut'],
): Divider | undefined {
  const { lineage } = info;
  if (!lineage) {
    return undefined;
  }
  const key = sessionKey(info.ref);
  const parent = forest.nodes.get(sessionKey(lineage.parent));
  const together = siblings(forest, info.ref);
  return {
    kind: lineage.kind,
    messages: lineage.messages,
    how: lineage.how,
    ...(parent && { parent: toLink(parent) }),
    siblings: together.map(toLink),
    position: together.findIndex((node) => sessionKey(node.info.ref) === key),
    ...(leftOut && { leftOut }),
  };
}

function forksAt(ref: SessionRef, forest: Forest): Record<string, readonly SessionLink[]> {
  const forks: Record<string, SessionLink[]> = {};
  for (const child of forksOf(forest.nodes.get(sessionKey(ref)))) {
    const number = String(child.info.lineage?.messages ?? 0);
    forks[number] = [...(forks[number] ?? []), toLink(child)];
  }
  return forks;
}

// An explicit stack: chains of forks may be deeper than the call stack. Of the runs of subagents only this one is shown.
function buildMap(ref: SessionRef, forest: Forest): readonly MapRow[] {
  const here = forest.nodes.get(sessionKey(ref));
  const root = ancestors(forest, ref)[0] ?? here;
  const rows: MapRow[] = [];
  const open = root ? [{ node: root, depth: 0 }] : [];
  for (let next = open.pop(); next; next = open.pop()) {
    const { node, depth } = next;
    rows.push(toMapRow(node, depth));
    const below = node.children.filter((child) => child === here || !isSubagentRun(child.info));
    open.push(...below.toReversed().map((child) => ({ node: child, depth: depth + 1 })));
  }
  return rows;
}

function toMapRow(node: ForkNode, depth: number): MapRow {
  const { info } = node;
  return {
    link: toLink(node),
    depth,
    kind: depth === 0 ? 'root' : (info.lineage?.kind ?? 'fork'),
    messages: depth === 0 ? info.messageCount : (info.lineage?.messages ?? 0),
    live: info.live !== undefined,
  };
}
