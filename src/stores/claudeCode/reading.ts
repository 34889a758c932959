import { errorText, SessionForksError } from '../../core/errors.ts';
import type { AgentId, MessageRange, SessionId, SessionInfo, Transcript } from '../../core/model.ts';
import { type Branch, branchTo } from './groups.ts';
import { type Described, rewoundInfo, sessionInfo } from './infos.ts';
import { findTranscript, type Layout, parseId } from './layout.ts';
import { describeTranscript, withLive } from './listing.ts';
import { messageOf } from './messages.ts';
import { readRunning } from './sideFiles.ts';

/** A session in a fresh read: its transcript, and which branch of it the id names. */
export interface Opened {
  readonly described: Described;
  readonly info: SessionInfo;
  readonly branch: Branch | undefined;
}

/**
 * Opens a session or a rewound branch; with `entries` it cannot give messages, but stays small.
 * Throws `no_such_session`, also for one that cannot be read.
 */
export async function openSession(
  layout: Layout,
  agent: AgentId,
  id: SessionId,
  keep: 'entries' | 'records',
): Promise<Opened> {
  const { session, leaf } = parseId(id);
  const described = await describe(layout, agent, session, keep);
  if (leaf === undefined) {
    return { described, info: sessionInfo(described), branch: described.branches.active };
  }
  const branch = branchAt(described, leaf);
  return { described, info: rewoundInfo(described, branch), branch };
}

async function describe(
  layout: Layout,
  agent: AgentId,
  session: string,
  keep: 'entries' | 'records',
): Promise<Described> {
  try {
    return await describeTranscript(layout, agent, await findTranscript(layout, session), keep);
  } catch (error) {
    const text = `Session ${session} cannot be read: ${errorText(error)}.`;
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

/** Reads a stretch of a session's messages. Throws as `openSession`. */
export async function readSession(
  layout: Layout,
  agent: AgentId,
  id: SessionId,
  range?: MessageRange,
): Promise<Transcript> {
  const opened = await openSession(layout, agent, id, 'records');
  const info = withLive(opened.info, await readRunning(layout.running));
  const groups = opened.branch?.groups ?? [];
  const { first, end } = stretch(groups.length, range);
  const messages = groups
    .slice(first, end)
    .map((group) => messageOf(group, info.live === 'busy' && group === groups.at(-1)));
  return { info, messages, first, total: groups.length };
}

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
