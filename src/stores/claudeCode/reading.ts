import { stat } from 'node:fs/promises';
import { errorText, SessionForksError } from '../../core/errors.ts';
import type {
  AgentId,
  Message,
  MessageRange,
  SessionId,
  SessionInfo,
  SourceFile,
  Transcript,
} from '../../core/model.ts';
import { hasCode } from '../common/publish.ts';
import { stampOf } from '../common/stamp.ts';
import { type Branch, branchTo, type Group } from './groups.ts';
import { type Described, rewoundInfo, sessionInfo } from './infos.ts';
import { findTranscript, type Layout, parseId } from './layout.ts';
import { describeTranscript, withRunning } from './listing.ts';
import { messageOf } from './messages.ts';
import { readRunning, sideStamp } from './sideFiles.ts';
import { withRecords } from './stretches.ts';
import { readTail } from './tail.ts';

/** A session in a fresh read: its transcript, and which branch of it the id names. */
export interface Opened {
  readonly described: Described;
  readonly branch: Branch | undefined;
  readonly isRewound: boolean;
}

/**
 * Opens a session or a rewound branch; with `entries` it cannot give messages, but stays small.
 * Throws `cancelled`, `no_such_session`, also for one that cannot be read.
 */
export async function openSession(
  layout: Layout,
  agent: AgentId,
  id: SessionId,
  keep: 'entries' | 'records',
  signal?: AbortSignal,
): Promise<Opened> {
  const { session, leaf } = parseId(id);
  const described = await describe(layout, agent, session, keep, signal);
  return leaf === undefined
    ? { described, branch: described.branches.active, isRewound: false }
    : { described, branch: branchAt(described, leaf), isRewound: true };
}

const infoOf = ({ described, branch, isRewound }: Opened): SessionInfo =>
  isRewound && branch ? rewoundInfo(described, branch) : sessionInfo(described);

async function describe(
  layout: Layout,
  agent: AgentId,
  session: string,
  keep: 'entries' | 'records',
  signal: AbortSignal | undefined,
): Promise<Described> {
  try {
    return await describeTranscript(layout, agent, await findTranscript(layout, session), keep, signal);
  } catch (error) {
    const text = `The session cannot be read: ${errorText(error)}.`;
    throw error instanceof SessionForksError ? error : new SessionForksError('no_such_session', text, error);
  }
}

/** A rewound branch is found by its last record, also once the person went on from there. */
function branchAt({ branches }: Described, leaf: string): Branch {
  const entry = branches.chain.byUuid.get(leaf);
  if (!entry) {
    throw new SessionForksError('no_such_session', 'This rewound branch is no longer in its session.');
  }
  const known = branches.rewound.find((branch) => branch.leaf === entry);
  return known ?? branchTo(branches.chain, branches.joins, entry);
}

/**
 * Reads a stretch of a session's messages. `listed`: what was listed last, so that of an unchanged session the last
 * messages are found without the rest of its file. Throws as `openSession`.
 */
export async function readSession(
  layout: Layout,
  agent: AgentId,
  id: SessionId,
  { range, detail }: Wanted,
  listed: readonly SessionInfo[],
): Promise<Transcript> {
  const last = detail ? undefined : await readLast(layout, id, range, listed);
  return last ?? readStretch(layout, agent, id, { range, detail });
}

/** Which messages, and whether without what they say. */
interface Wanted {
  readonly range: MessageRange | undefined;
  readonly detail: 'outline' | undefined;
}

/** Undefined when only a read of the whole file can tell. */
async function readLast(
  layout: Layout,
  id: SessionId,
  range: MessageRange | undefined,
  listed: readonly SessionInfo[],
): Promise<Transcript | undefined> {
  const known = range && 'last' in range ? listed.find(({ ref }) => ref.id === id) : undefined;
  const groups = known && (await lastGroups(known.file));
  const count = range && 'last' in range ? range.last : 0;
  if (!known || !groups || count > groups.length) {
    return undefined;
  }
  const info = withRunning(known, await readRunning(layout.running));
  const messages = messagesOf(count > 0 ? groups.slice(-count) : [], info, groups.at(-1));
  return { info, messages, first: info.messageCount - messages.length, total: info.messageCount };
}

async function lastGroups(file: SourceFile | undefined): Promise<readonly Group[] | undefined> {
  if (file?.tail === undefined) {
    return undefined;
  }
  try {
    const stamp = stampOf(await stat(file.path)) + sideStamp(file.path);
    return stamp === file.stamp ? await readTail(file.path, file.tail) : undefined;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) {
      return undefined;
    }
    throw error;
  }
}

async function readStretch(
  layout: Layout,
  agent: AgentId,
  id: SessionId,
  { range, detail }: Wanted,
): Promise<Transcript> {
  const keep = range || detail ? 'entries' : 'records';
  const opened = await openSession(layout, agent, id, keep);
  const info = withRunning(infoOf(opened), await readRunning(layout.running));
  const groups = opened.branch?.groups ?? [];
  const { first, end } = stretch(groups.length, range);
  const wanted = groups.slice(first, end);
  const whole = range && !detail ? await withRecords(opened.described.scan.path, wanted) : wanted;
  const last = end === groups.length ? whole.at(-1) : undefined;
  return { info, messages: messagesOf(whole, info, last), first, total: groups.length };
}

/** `last` is the last message of all: what a busy session has not answered yet is still running. */
const messagesOf = (
  groups: readonly Group[],
  { live }: SessionInfo,
  last: Group | undefined,
): readonly Message[] => groups.map((group) => messageOf(group, live === 'busy' && group === last));

function stretch(total: number, range: MessageRange | undefined): { first: number; end: number } {
  if (!range) {
    return { first: 0, end: total };
  }
  if ('last' in range) {
    return { first: Math.max(0, total - range.last), end: total };
  }
  const first = Math.min(Math.max(0, range.from), total);
  return { first, end: Math.max(first, Math.min(range.to, total)) };
}
