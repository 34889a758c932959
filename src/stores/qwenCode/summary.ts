import {
  type AgentId,
  type Lineage,
  type SessionId,
  type SessionInfo,
  type SessionRef,
  sessionId,
} from '../../core/model.ts';
import { oneLine, recordOf, textOf, timeOf } from '../common/fields.ts';
import { MadeOf } from '../common/keptScans.ts';
import { messagesOf, type Placed } from '../common/placed.ts';
import { stampOf } from '../common/stamp.ts';
import { isTurnOpen, promptFrom } from '../common/transcript.ts';
import { type Chain, chainTo, growTree, leftLeaves, type RecordNode, type RecordTree } from './chain.ts';
import type { TranscriptFile } from './folders.ts';
import { readMessages } from './messages.ts';
import { findProblem } from './problems.ts';
import type { QwenRecord, RawTranscript } from './records.ts';

/** A branch of a file: the session itself, or with a leaf one that was left by a rewind. */
export interface Branch {
  readonly id: SessionId;
  readonly chain: Chain;
  readonly messages: readonly Placed[];
}

/** A transcript read and linked. `branches` begins with the active one. */
export interface SessionFile {
  readonly file: TranscriptFile;
  readonly raw: RawTranscript;
  readonly tree: RecordTree;
  readonly active: Branch;
  readonly left: readonly Branch[];
}

const linked = new MadeOf<RawTranscript, SessionFile>();

/** Links a transcript; one that is kept is linked once. `isLive`: an agent works on the session. */
export const linkSession = (file: TranscriptFile, raw: RawTranscript, isLive = false): SessionFile =>
  linked.get(raw, isLive, () => link(file, raw, isLive));

function link(file: TranscriptFile, raw: RawTranscript, isLive: boolean): SessionFile {
  const tree = growTree(raw.records);
  const branch = (id: string, leaf: RecordNode | undefined, live: boolean): Branch => {
    const chain = chainTo(tree, leaf);
    return { id: sessionId(id), chain, messages: readMessages(chain.records, live) };
  };
  const active = branch(file.id, tree.leaf, isLive);
  const left = leftLeaves(tree, active.chain).map((leaf) => branch(`${file.id}~${leaf.uuid}`, leaf, false));
  return { file, raw, tree, active, left };
}

/** What a list shows of a file: its session, then the branches that were left by a rewind. */
export function summarise(agent: AgentId, session: SessionFile): readonly SessionInfo[] {
  const info = activeInfo(agent, session);
  return [info, ...session.left.map((branch) => leftInfo(info, session, branch))];
}

function activeInfo(agent: AgentId, session: SessionFile): SessionInfo {
  const { file, raw, active } = session;
  const { stats } = raw;
  const lineage = forkLineage(agent, session);
  const inherited = lineage?.messages ?? 0;
  const title = lastTitle(raw.records);
  const created = createdAt(session, lineage);
  const last = raw.records.findLast((record) => timeOf(record.json.timestamp) !== undefined);
  const problem = findProblem(file, raw, session.tree, active.chain);
  return {
    ref: { agent, id: active.id },
    title: title ?? (promptFrom(messagesOf(active.messages), 0) || file.id.slice(0, 8)),
    titled: title !== undefined,
    preview: promptFrom(messagesOf(active.messages), inherited),
    ...cwdOf(session),
    created,
    updated: Math.max(created, timeOf(last?.json.timestamp) ?? stats.mtimeMs),
    messageCount: active.messages.length,
    size: stats.size,
    file: { path: file.path, stamp: stampOf(stats) },
    ...(lineage ? { lineage } : {}),
    ...(file.archived ? { archived: true } : {}),
    ...(problem ? { problem } : {}),
    ...(isTurnOpen(messagesOf(active.messages)) ? { openTurn: true } : {}),
  };
}

function leftInfo(base: SessionInfo, { active }: SessionFile, branch: Branch): SessionInfo {
  const kept = new Set(active.chain.records.map((record) => record.uuid));
  const common = branch.messages.findIndex(({ message }) => !kept.has(message.id));
  const own = branch.messages[common]?.message;
  const { live: _live, problem: _problem, openTurn: _openTurn, ...shared } = base;
  return {
    ...shared,
    ref: { agent: base.ref.agent, id: branch.id },
    preview: promptFrom(messagesOf(branch.messages), common),
    created: own?.at ?? base.created,
    updated: branch.messages.at(-1)?.message.at ?? base.updated,
    messageCount: branch.messages.length,
    lineage: { parent: base.ref, kind: 'rewound', messages: common, how: 'recorded' },
    ...(isTurnOpen(messagesOf(branch.messages)) ? { openTurn: true } : {}),
  };
}

/**
 * The source by `forkedFrom`, which every copied record bears (0.24.4; always the immediate source). The fork point is
 * the last such record on the active chain: after a rewind behind it, the fork keeps less than it was made with.
 */
function forkLineage(agent: AgentId, { file, raw, active }: SessionFile): Lineage | undefined {
  const index = active.chain.records.findLastIndex((record) => forkedFrom(record) !== undefined);
  const record = active.chain.records[index] ?? raw.records.findLast((any) => forkedFrom(any) !== undefined);
  const parent = record && forkedFrom(record);
  if (parent === undefined || parent === file.id) {
    return undefined;
  }
  const ref: SessionRef = { agent, id: sessionId(parent) };
  const messages = active.messages.filter(({ start }) => start <= index).length;
  return { parent: ref, kind: 'fork', messages, how: 'recorded' };
}

export const forkedFrom = (record: QwenRecord): string | undefined =>
  textOf(recordOf(record.json.forkedFrom)?.sessionId);

/** The last title in the file counts, whatever branch it stands on: so reads the agent. */
function lastTitle(records: readonly QwenRecord[]): string | undefined {
  const record = records.findLast(({ type, subtype }) => type === 'system' && subtype === 'custom_title');
  const title = oneLine(textOf(recordOf(record?.json.systemPayload)?.customTitle) ?? '');
  return title === '' ? undefined : title;
}

function cwdOf({ raw }: SessionFile): Pick<SessionInfo, 'cwd'> {
  const record = raw.records.find(({ json }) => textOf(json.cwd) !== undefined);
  const cwd = textOf(record?.json.cwd);
  return cwd === undefined ? {} : { cwd };
}

/** A fork begins with its first record of its own: the copied ones keep the times of the source. */
function createdAt({ raw }: SessionFile, lineage: Lineage | undefined): number {
  const { stats } = raw;
  const own = raw.records.find((record) => lineage === undefined || forkedFrom(record) === undefined);
  return timeOf(own?.json.timestamp) ?? (stats.birthtimeMs || stats.mtimeMs);
}
