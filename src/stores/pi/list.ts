import type { Stats } from 'node:fs';
import { type AgentId, type SessionInfo, sessionId } from '../../core/model.ts';
import type { Listing } from '../../core/store.ts';
import { unreadable, withoutDoubles } from '../common/infos.ts';
import { leadsOut } from '../common/inside.ts';
import { inParallel, throwIfCancelled } from '../common/pool.ts';
import { hasCode } from '../common/publish.ts';
import { relisted } from '../common/relisted.ts';
import { byFile, isAsTold, statsAt } from '../common/stamp.ts';
import { isTemporary } from '../common/temporaries.ts';
import { fileAt, findTranscripts, type TranscriptFile, transcriptAt } from './folders.ts';
import { Parents } from './parents.ts';
import { scanOutline } from './records.ts';
import { linkSession, summarise } from './summary.ts';

/** Reading waits for nothing, so several at once would only be held in memory for longer. */
const filesAtATime = 1;

/** Lists all sessions of the store; `previous` is reused for files whose stamp is the same. */
export async function listSessions(
  agent: AgentId,
  folder: string,
  previous: readonly SessionInfo[],
  signal?: AbortSignal,
): Promise<Listing> {
  const { files, problems } = await findTranscripts(folder);
  const parents = new Parents(files);
  const known = byFile(previous);
  const read = (file: TranscriptFile) => listFile(agent, file, known.get(file.path) ?? [], parents, signal);
  const listed = await inParallel(files, filesAtATime, read, signal);
  const { sessions, twice } = withoutDoubles(listed.flat());
  return { sessions, problems: [...problems, ...twice] };
}

/** The list after the files at `changed` changed; undefined when only `listSessions` can tell. */
export async function relistSessions(
  agent: AgentId,
  folder: string,
  previous: readonly SessionInfo[],
  changed: readonly string[],
  signal?: AbortSignal,
): Promise<readonly SessionInfo[] | undefined> {
  const paths = changed.filter((path) => !isTemporary(path));
  const files = paths.flatMap((path) => transcriptAt(folder, path) ?? []);
  if (files.length < paths.length || paths.some((path) => leadsOut(path, folder))) {
    return undefined;
  }
  const known = byFile(previous);
  const parents = new Parents([...Array.from(known.keys(), fileAt), ...files]);
  const read = (file: TranscriptFile) => listFile(agent, file, known.get(file.path) ?? [], parents, signal);
  const listed = await inParallel(files, filesAtATime, read, signal);
  return relisted(previous, new Map(files.map(({ path }, index) => [path, listed[index] ?? []])));
}

/** `known` while the stamp is the same: thousands of those are told at once. */
function listFile(
  agent: AgentId,
  file: TranscriptFile,
  known: readonly SessionInfo[],
  parents: Parents,
  signal: AbortSignal | undefined,
): readonly SessionInfo[] | Promise<readonly SessionInfo[]> {
  const stats = statsAt(file.path);
  return isAsTold(known, agent, stats) ? known : readFile(agent, file, stats, parents, signal);
}

async function readFile(
  agent: AgentId,
  file: TranscriptFile,
  stats: Stats | undefined,
  parents: Parents,
  signal: AbortSignal | undefined,
): Promise<readonly SessionInfo[]> {
  try {
    const session = linkSession(file, await scanOutline(file.path, signal));
    return summarise(agent, session, await parents.originOf(session));
  } catch (error) {
    throwIfCancelled(signal);
    // Gone between the listing of its folder and now.
    return hasCode(error, 'ENOENT')
      ? []
      : [unreadable({ agent, id: sessionId(file.id) }, file.path, stats, error)];
  }
}
