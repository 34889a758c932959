import { dirname } from 'node:path';
import { type AgentId, type SessionId, type SessionInfo, sessionId } from '../../core/model.ts';
import type { Listing } from '../../core/store.ts';
import { oneLine } from '../common/fields.ts';
import { withOpen } from '../common/infos.ts';
import { leadsOut } from '../common/inside.ts';
import { inParallel } from '../common/pool.ts';
import { relisted } from '../common/relisted.ts';
import { stampOf, statsAt } from '../common/stamp.ts';
import { isTemporary } from '../common/temporaries.ts';
import {
  type Folders,
  findRollouts,
  parseId,
  type RolloutFile,
  type Rollouts,
  rolloutAt,
} from './folders.ts';
import { liveSessions } from './live.ts';
import { readNames } from './names.ts';
import type { Outlines } from './outline.ts';
import { type StrandLoader, strandLoader } from './strands.ts';
import { forkedFrom, summarise } from './summary.ts';

/** Reading waits for nothing, so several at once would only be held in memory for longer. */
const sessionsAtATime = 1;

type Names = ReadonlyMap<string, string>;

/** Lists all sessions of the store. Those whose file has the same stamp as in `previous` are not read again. */
export async function listSessions(
  agent: AgentId,
  folders: Folders,
  outlines: Outlines,
  previous: readonly SessionInfo[],
  signal?: AbortSignal,
): Promise<Listing> {
  const rollouts = await findRollouts(folders);
  outlines.keep(rollouts.files);
  const [names, live] = await Promise.all([readNames(folders), liveSessions(folders)]);
  const known = knownSessions(agent, previous, rollouts);
  const load = strandLoader(rollouts, outlines);
  const listed = await inParallel(
    [...rollouts.bySession],
    sessionsAtATime,
    ([session, files]) =>
      unchanged(known.get(session), files.at(-1), names.get(session)) ?? infosOf(agent, load, session, names),
    signal,
  );
  const sessions = listed.flat().map((info) => withOpen(info, live.has(info.ref.id)));
  return { sessions, problems: rollouts.problems };
}

/** The list after the files at `changed` changed; undefined when only `listSessions` can tell. */
export async function relistSessions(
  agent: AgentId,
  folders: Folders,
  outlines: Outlines,
  previous: readonly SessionInfo[],
  changed: readonly string[],
): Promise<readonly SessionInfo[] | undefined> {
  // Locks tell of nothing but what is open, which is looked at each time.
  const paths = changed.filter((path) => !isTemporary(path) && dirname(path) !== folders.locks);
  const files = paths.flatMap((path) => rolloutAt(folders, path) ?? []);
  if (files.length < paths.length || paths.some((path) => leadsOut(path, folders.home))) {
    return undefined;
  }
  const [rollouts, names, live] = await Promise.all([
    findRollouts(folders),
    readNames(folders),
    liveSessions(folders),
  ]);
  const load = strandLoader(rollouts, outlines);
  const known = new Set(previous.map(sessionOf));
  const damaged = previous.filter(({ problem }) => problem).map(sessionOf);
  const fresh = new Map<string, readonly SessionInfo[]>();
  for (const session of new Set([...files.map((file) => file.session), ...damaged])) {
    const infos = await infosOf(agent, load, session, names);
    // What Codex hides stood in no list before, either.
    if (infos.length > 0 || known.has(session)) {
      fresh.set(session, infos);
    }
  }
  return relisted(previous, fresh, sessionOf)?.map((info) =>
    withOpen(withName(info, names.get(sessionOf(info))), live.has(info.ref.id)),
  );
}

const sessionOf = ({ ref }: SessionInfo): string => parseId(ref.id).session;

/** What a list shows of one session or of what a rewind left behind; undefined when it is gone. */
export async function infoOf(
  agent: AgentId,
  folders: Folders,
  rollouts: Rollouts,
  outlines: Outlines,
  id: SessionId,
): Promise<SessionInfo | undefined> {
  const [names, live] = await Promise.all([readNames(folders), liveSessions(folders)]);
  const { session } = parseId(id);
  const infos = await infosOf(agent, strandLoader(rollouts, outlines), session, names);
  const info = infos.find(({ ref }) => ref.id === id);
  return info && withOpen(info, live.has(session));
}

/** Nothing for a subagent's run that does not say which session started it: Codex hides it, too. */
async function infosOf(
  agent: AgentId,
  load: StrandLoader,
  session: string,
  names: Names,
): Promise<readonly SessionInfo[]> {
  const strand = await load(session);
  const header = strand?.current.outline.header;
  if (!strand || (header?.isSubagent && !header.startedBy)) {
    return [];
  }
  const parent = await load(forkedFrom(strand) ?? '');
  return summarise(agent, strand, parent, names.get(session));
}

/** Earlier answers by session; none when a file has gone, since others may have gone on from it. */
function knownSessions(
  agent: AgentId,
  previous: readonly SessionInfo[],
  rollouts: Rollouts,
): ReadonlyMap<string, readonly SessionInfo[]> {
  const paths = new Set(rollouts.files.map(({ path }) => path));
  const isWhole = previous.every(
    ({ ref, file }) => ref.agent === agent && file !== undefined && paths.has(file.path),
  );
  return isWhole ? Map.groupBy(previous, sessionOf) : new Map();
}

/** The earlier answer under today's name. A damaged session is always read anew: what is missing may have come back. */
function unchanged(
  known: readonly SessionInfo[] | undefined,
  file: RolloutFile | undefined,
  name: string | undefined,
): readonly SessionInfo[] | undefined {
  const info = known?.find(({ ref }) => ref.id === sessionId(file?.session ?? ''));
  if (!known || !file || info?.file?.path !== file.path || info.problem) {
    return undefined;
  }
  const stats = statsAt(file.path);
  if (!stats || stampOf(stats) !== info.file.stamp) {
    return undefined;
  }
  return known.map((one) => withName(one, name));
}

/** The same object when it bears that name already, and without one. */
function withName(info: SessionInfo, name: string | undefined): SessionInfo {
  const title = oneLine(name ?? '');
  return title === '' || title === info.title ? info : { ...info, title, titled: true };
}
