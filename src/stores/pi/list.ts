import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { type AgentId, type SessionInfo, sessionId } from '../../core/model.ts';
import type { Listing } from '../../core/store.ts';
import { unreadable, withoutDoubles } from '../common/infos.ts';
import { inParallel } from '../common/pool.ts';
import { hasCode } from '../common/publish.ts';
import { byFile, stampOf } from '../common/stamp.ts';
import { findTranscripts, type TranscriptFile } from './folders.ts';
import { Parents } from './parents.ts';
import { readTranscript } from './records.ts';
import { linkSession, summarise } from './summary.ts';

const filesAtATime = 16;

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
  const read = (file: TranscriptFile): Promise<readonly SessionInfo[]> =>
    listFile(agent, file, known.get(file.path) ?? [], parents);
  const { sessions, twice } = withoutDoubles((await inParallel(files, filesAtATime, read, signal)).flat());
  return { sessions, problems: [...problems, ...twice] };
}

async function listFile(
  agent: AgentId,
  file: TranscriptFile,
  known: readonly SessionInfo[],
  parents: Parents,
): Promise<readonly SessionInfo[]> {
  let stats: Stats | undefined;
  try {
    stats = await stat(file.path);
    const stamp = stampOf(stats);
    if (known.length > 0 && known.every((info) => info.file?.stamp === stamp && info.ref.agent === agent)) {
      return known;
    }
    const session = linkSession(file.path, file.id, stats, await readTranscript(file.path));
    return summarise(agent, session, await parents.originOf(session));
  } catch (error) {
    // Gone between the listing of its folder and now.
    return hasCode(error, 'ENOENT')
      ? []
      : [unreadable({ agent, id: sessionId(file.id) }, file.path, stats, error)];
  }
}
