import { type AgentId, type Lineage, type SessionId, type SessionInfo, sessionId } from '../../core/model.ts';
import { oneLine, textOf, timeOf } from '../common/fields.ts';
import { MadeOf } from '../common/keptScans.ts';
import { messagesOf, type Placed } from '../common/placed.ts';
import { stampOf } from '../common/stamp.ts';
import { isTurnOpen, promptFrom } from '../common/transcript.ts';
import { type Chain, chainTo, growTree, isMessage, leftLeaves, type RecordTree } from './chain.ts';
import type { TranscriptFile } from './folders.ts';
import { readMessages } from './messages.ts';
import type { Origin } from './parents.ts';
import { findProblem } from './problems.ts';
import type { PiRecord, RawTranscript } from './records.ts';

/** A branch of a file: the one that pi goes on with, or one that was left. */
export interface Branch {
  readonly id: SessionId;
  readonly chain: Chain;
  readonly messages: readonly Placed[];
}

/** A transcript read and linked. */
export interface SessionFile {
  readonly id: string;
  readonly path: string;
  readonly raw: RawTranscript;
  readonly tree: RecordTree;
  readonly active: Branch;
  readonly left: readonly Branch[];
}

const linked = new MadeOf<RawTranscript, SessionFile>();

/** Links a transcript; one that is kept is linked once. A file without a header is the session that its name says. */
export const linkSession = (file: TranscriptFile, raw: RawTranscript): SessionFile =>
  linked.get(raw, file.path, () => link(file, raw));

function link({ path, id: name }: TranscriptFile, raw: RawTranscript): SessionFile {
  const id = textOf(raw.header?.id) ?? name;
  const tree = growTree(raw.records);
  const branch = (branchId: string, leaf: PiRecord | undefined): Branch => {
    const chain = chainTo(tree, leaf);
    return { id: sessionId(branchId), chain, messages: readMessages(chain.records) };
  };
  const active = branch(id, tree.leaf);
  const left = leftLeaves(tree, active.chain).map((leaf) => branch(`${id}~${leaf.id}`, leaf));
  return { id, path, raw, tree, active, left };
}

/** What a list shows of a file: its session, then the branches in it that were left. */
export function summarise(
  agent: AgentId,
  session: SessionFile,
  origin: Origin | undefined,
): readonly SessionInfo[] {
  const info = activeInfo(agent, session, origin);
  return [info, ...session.left.map((branch) => leftInfo(info, session, branch))];
}

function activeInfo(agent: AgentId, session: SessionFile, origin: Origin | undefined): SessionInfo {
  const { id, path, raw, active } = session;
  const { stats } = raw;
  const lineage = origin && origin.parent !== id ? forkLineage(agent, origin) : undefined;
  const messages = messagesOf(active.messages);
  const title = lastTitle(raw.records);
  const created = timeOf(raw.header?.timestamp) ?? (stats.birthtimeMs || stats.mtimeMs);
  const cwd = textOf(raw.header?.cwd);
  const problem = findProblem(raw, active.chain);
  return {
    ref: { agent, id: active.id },
    title: title || promptFrom(messages, 0) || id.slice(0, 8),
    titled: title !== '',
    preview: promptFrom(messages, lineage?.messages ?? 0),
    ...(cwd ? { cwd } : {}),
    created,
    updated: Math.max(created, lastActivity(raw)),
    messageCount: messages.length,
    size: stats.size,
    file: { path, stamp: stampOf(stats) },
    ...(lineage ? { lineage } : {}),
    ...(problem ? { problem } : {}),
    ...(isTurnOpen(messages) ? { openTurn: true } : {}),
  };
}

function leftInfo(base: SessionInfo, { active }: SessionFile, branch: Branch): SessionInfo {
  const kept = new Set(active.chain.records.map((record) => record.id));
  const messages = messagesOf(branch.messages);
  const common = messages.findIndex((message) => !kept.has(message.id));
  const { problem: _problem, openTurn: _openTurn, ...shared } = base;
  return {
    ...shared,
    ref: { agent: base.ref.agent, id: branch.id },
    preview: promptFrom(messages, common),
    created: messages[common]?.at ?? base.created,
    updated: messages.at(-1)?.at ?? base.updated,
    messageCount: messages.length,
    lineage: { parent: base.ref, kind: 'rewound', messages: common, how: 'recorded' },
    ...(isTurnOpen(messages) ? { openTurn: true } : {}),
  };
}

const forkLineage = (agent: AgentId, { parent, messages }: Origin): Lineage => ({
  parent: { agent, id: sessionId(parent) },
  kind: 'fork',
  messages,
  how: 'recorded',
});

/** The last name in the file counts, whatever branch it stands on; an empty one takes the name away. */
function lastTitle(records: readonly PiRecord[]): string {
  const record = records.findLast(({ type }) => type === 'session_info');
  return oneLine(textOf(record?.json.name) ?? '');
}

function lastActivity({ records }: RawTranscript): number {
  const last = records.findLast((record) => isMessage(record) && timeOf(record.json.timestamp) !== undefined);
  return timeOf(last?.json.timestamp) ?? 0;
}
