import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { AgentId, SessionInfo } from '../../core/model.ts';
import { leadsOut } from '../common/inside.ts';
import { inParallel } from '../common/pool.ts';
import { relisted } from '../common/relisted.ts';
import { byFile } from '../common/stamp.ts';
import { isTemporary } from '../common/temporaries.ts';
import { type Layout, ownFolder, sessionOfPath } from './layout.ts';
import { pathsBySession, withRunning } from './listing.ts';
import { isSideFile, readRunning } from './sideFiles.ts';
import { isBesideRuns, runInfos } from './subagents.ts';
import { TranscriptReader } from './transcriptReader.ts';

const filesAtOnce = 4;

/** The list after the files at `changed` changed; undefined when only `listSessions` can tell. */
export async function relistSessions(
  layout: Layout,
  agent: AgentId,
  previous: readonly SessionInfo[],
  changed: readonly string[],
  signal?: AbortSignal,
): Promise<readonly SessionInfo[] | undefined> {
  const touched = changed.map((path) => transcriptsBehind(layout, path));
  const wanted = new Set(touched.flatMap((found) => found ?? []));
  const paths = [...wanted];
  const runs = changed.filter((path) => isBesideRuns(layout, path) && path.endsWith('.jsonl'));
  if (touched.includes(undefined) || [...paths, ...runs].some((path) => leadsOut(path, layout.projects))) {
    return undefined;
  }
  const files = new Set([...paths, ...runs]);
  const known = byFile(previous.filter(({ file }) => file && files.has(file.path)));
  const folders = new Set(paths.filter((path) => existsSync(ownFolder(path))));
  const reader = new TranscriptReader(agent, {
    hasFolder: (path) => folders.has(path),
    pathOf: pathsBySession(pathsOf(previous)),
  });
  const infosOf = (path: string): readonly SessionInfo[] | Promise<readonly SessionInfo[]> =>
    wanted.has(path)
      ? reader.infos(path, known.get(path), signal)
      : runInfos(layout, agent, path, known.get(path), signal);
  const [infos, running] = await Promise.all([
    inParallel([...files], filesAtOnce, infosOf, signal),
    readRunning(layout.running),
  ]);
  const sessions = relisted(previous, new Map([...files].map((path, index) => [path, infos[index] ?? []])));
  return sessions?.map((info) => withRunning(info, running));
}

/** The transcripts whose sessions a file tells of; undefined for a file of which only a whole listing knows that. */
function transcriptsBehind(layout: Layout, path: string): readonly string[] | undefined {
  if (dirname(path) === layout.running || isTemporary(path) || isBesideRuns(layout, path)) {
    return [];
  }
  const transcript = isSideFile(path) ? `${dirname(path)}.jsonl` : path;
  return sessionOfPath(layout, transcript) === undefined ? undefined : [transcript];
}

function* pathsOf(sessions: readonly SessionInfo[]): Iterable<string> {
  for (const { file } of sessions) {
    if (file) {
      yield file.path;
    }
  }
}
