import type { Stats } from 'node:fs';
import { type AgentId, type SessionInfo, sessionId } from '../../core/model.ts';
import type { Listing } from '../../core/store.ts';
import { unreadable, withOpen, withoutDoubles } from '../common/infos.ts';
import { leadsOut } from '../common/inside.ts';
import { inParallel, throwIfCancelled } from '../common/pool.ts';
import { hasCode } from '../common/publish.ts';
import { relisted } from '../common/relisted.ts';
import { byFile, isAsTold, statsAt } from '../common/stamp.ts';
import { isTemporary } from '../common/temporaries.ts';
import { clearBackups } from './backups.ts';
import { type Folders, findTranscripts, type TranscriptFile, transcriptAt } from './folders.ts';
import { liveSessions } from './live.ts';
import { scanOutline } from './records.ts';
import { isBesideRun, listRuns, runAt, runInfos } from './subagents.ts';
import { linkSession, summarise } from './summary.ts';

/** Reading waits for nothing, so several at once would only be held in memory for longer. */
const filesAtATime = 1;

/** Lists all sessions of the store; `previous` is reused for files whose stamp is the same. */
export async function listSessions(
  agent: AgentId,
  folders: Folders,
  previous: readonly SessionInfo[],
  signal?: AbortSignal,
): Promise<Listing> {
  const { files, statusFiles, problems } = await findTranscripts(folders);
  await clearBackups(folders, files);
  const live = await liveSessions(folders, statusFiles);
  const known = byFile(previous);
  const read = (file: TranscriptFile) => listFile(agent, file, known.get(file.path) ?? [], signal);
  const listed = (await inParallel(files, filesAtATime, read, signal)).flat();
  const runs = await listRuns(agent, folders, files, known, signal);
  const { sessions, twice } = withoutDoubles([...listed, ...runs.sessions].toSorted(activeFirst));
  return {
    sessions: sessions.map((info) => withOpen(info, live.has(info.ref.id))),
    problems: [...problems, ...runs.problems, ...twice],
  };
}

/** The list after the files at `changed` changed; undefined when only `listSessions` can tell. */
export async function relistSessions(
  agent: AgentId,
  folders: Folders,
  previous: readonly SessionInfo[],
  changed: readonly string[],
  signal?: AbortSignal,
): Promise<readonly SessionInfo[] | undefined> {
  const paths = changed.filter((path) => !isTemporary(path) && !isBesideRun(folders, path));
  const files = paths.flatMap((path) => transcriptAt(folders, path) ?? []);
  const runs = paths.filter((path) => runAt(folders, path));
  if (files.length + runs.length < paths.length || paths.some((path) => leadsOut(path, folders.runtime))) {
    return undefined;
  }
  const wanted = new Set(paths);
  const known = byFile(previous.filter(({ file }) => file && wanted.has(file.path)));
  const fresh = new Map<string, readonly SessionInfo[]>();
  await inParallel(
    files,
    filesAtATime,
    async (file) => {
      const before = known.get(file.path) ?? [];
      const running = before.some(({ live }) => live !== undefined);
      const infos = await listFile(agent, file, before, signal);
      fresh.set(
        file.path,
        infos.map((info) => withOpen(info, running)),
      );
    },
    signal,
  );
  for (const path of runs) {
    fresh.set(path, await runInfos(agent, folders, path, known.get(path)));
  }
  return relisted(previous, fresh);
}

/** `known` while the stamp is the same: thousands of those are told at once. */
function listFile(
  agent: AgentId,
  file: TranscriptFile,
  known: readonly SessionInfo[],
  signal: AbortSignal | undefined,
): readonly SessionInfo[] | Promise<readonly SessionInfo[]> {
  const stats = statsAt(file.path);
  return isAsTold(known, agent, stats) ? known : readFile(agent, file, stats, signal);
}

async function readFile(
  agent: AgentId,
  file: TranscriptFile,
  stats: Stats | undefined,
  signal: AbortSignal | undefined,
): Promise<readonly SessionInfo[]> {
  try {
    return summarise(agent, linkSession(file, await scanOutline(file.path, signal)));
  } catch (error) {
    throwIfCancelled(signal);
    // Gone between the listing of its folder and now.
    return hasCode(error, 'ENOENT') ? [] : [unreadableFile(agent, file, stats, error)];
  }
}

function unreadableFile(
  agent: AgentId,
  file: TranscriptFile,
  stats: Stats | undefined,
  error: unknown,
): SessionInfo {
  const info = unreadable({ agent, id: sessionId(file.id) }, file.path, stats, error);
  return file.archived ? { ...info, archived: true } : info;
}

/** Of an active and an archived session of one id the active one stands. */
const activeFirst = (a: SessionInfo, b: SessionInfo): number =>
  Number(a.archived ?? false) - Number(b.archived ?? false);
