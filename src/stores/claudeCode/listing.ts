import { existsSync } from 'node:fs';
import { basename, join, sep } from 'node:path';
import type { AgentId, Problem, SessionInfo } from '../../core/model.ts';
import type { Listing } from '../../core/store.ts';
import { namesIn } from '../common/files.ts';
import { withBadge } from '../common/infos.ts';
import { clearLeftovers } from '../common/leftovers.ts';
import { inParallel } from '../common/pool.ts';
import { byFile } from '../common/stamp.ts';
import { isTemporary } from '../common/temporaries.ts';
import type { Described } from './infos.ts';
import { type Layout, newestTranscript, ownFolder, sessionOfName, subfolders } from './layout.ts';
import { readRunning } from './sideFiles.ts';
import { listRuns } from './subagents.ts';
import { type Surroundings, TranscriptReader } from './transcriptReader.ts';

/** Reading waits for nothing, so several at once would only be held in memory for longer. */
const filesAtOnce = 1;

/** Lists all sessions; transcripts whose stamp is known from `previous` are not opened. Throws `cancelled`. */
export async function listSessions(
  layout: Layout,
  agent: AgentId,
  previous: readonly SessionInfo[] | undefined,
  signal?: AbortSignal,
): Promise<Listing> {
  const { paths, folders, problems } = await transcripts(layout);
  await clearBackups(layout, paths);
  const known = byFile(previous);
  const reader = new TranscriptReader(agent, {
    hasFolder: (path) => folders.has(path),
    pathOf: pathsBySession(paths),
  });
  const [listed, runs, running] = await Promise.all([
    inParallel(paths, filesAtOnce, (path) => reader.infos(path, known.get(path), signal), signal),
    listRuns(layout, agent, folders, known, signal),
    readRunning(layout.running),
  ]);
  const infos = [...listed.flat(), ...runs.sessions];
  const sessions = newestOfEach(infos).map((info) => withRunning(info, running));
  return { sessions, problems: [...problems, ...runs.problems] };
}

interface Found {
  readonly paths: readonly string[];
  /** The transcripts beside which a folder of their session may stand. */
  readonly folders: ReadonlySet<string>;
  readonly problems: readonly Problem[];
}

async function transcripts(layout: Layout): Promise<Found> {
  const paths: string[] = [];
  const folders = new Set<string>();
  const problems: Problem[] = [];
  for (const folder of subfolders(layout.projects)) {
    const project = join(layout.projects, folder);
    const names = await namesIn(project, problems, layout.projects);
    await clearLeftovers(project, names);
    const present = new Set(names);
    for (const name of names) {
      const session = sessionOfName(name);
      if (session) {
        const path = `${project}${sep}${name}`;
        paths.push(path);
        if (present.has(session)) {
          folders.add(path);
        }
      }
    }
  }
  return { paths, folders, problems };
}

/** Backups that were copied for a fork whose process was killed belong to it, or to nobody. */
async function clearBackups({ fileHistory }: Layout, paths: readonly string[]): Promise<void> {
  const names = subfolders(fileHistory).filter(isTemporary);
  const sessions = new Set(names.length > 0 ? paths.map((path) => sessionOfName(basename(path))) : []);
  await clearLeftovers(fileHistory, names, (session) => sessions.has(session));
}

/** Finds transcripts among many; they are sorted once a first one is asked for. */
export function pathsBySession(paths: Iterable<string>): Surroundings['pathOf'] {
  let bySession: ReadonlyMap<string | undefined, string> | undefined;
  return async (session) => {
    bySession ??= new Map(Array.from(paths, (path) => [sessionOfName(basename(path)), path]));
    return bySession.get(session);
  };
}

/** One transcript, described as listing does; `keep` as in `scanTranscript`. Throws what reading it throws. */
export const describeTranscript = (
  layout: Layout,
  agent: AgentId,
  path: string,
  keep: 'entries' | 'records',
  signal?: AbortSignal,
): Promise<Described> =>
  new TranscriptReader(agent, {
    hasFolder: (transcript) => existsSync(ownFolder(transcript)),
    pathOf: (session) => newestTranscript(layout, session),
  }).describe(path, keep, signal);

/** A session may lie in two project folders, for instance after a move; the one written last counts. */
function newestOfEach(infos: readonly SessionInfo[]): readonly SessionInfo[] {
  const newest = new Map<string, SessionInfo>();
  for (const info of infos) {
    const known = newest.get(info.ref.id);
    if (!known || known.updated < info.updated) {
      newest.set(info.ref.id, info);
    }
  }
  return [...newest.values()];
}

/** Adds whether a program has the session open now; the same object when that was known. */
export const withRunning = (
  info: SessionInfo,
  running: ReadonlyMap<string, NonNullable<SessionInfo['live']>>,
): SessionInfo => withBadge(info, running.get(info.ref.id));
