import { existsSync, type Stats, statSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import {
  type AgentId,
  type MessageRange,
  type Problem,
  type SessionId,
  type SessionInfo,
  sessionId,
  type Transcript,
} from '../../core/model.ts';
import type { Listing } from '../../core/store.ts';
import { textOf } from '../common/fields.ts';
import { namesIn, readError, textInside } from '../common/files.ts';
import { unreadable } from '../common/infos.ts';
import { type JsonRecord, parseRecord } from '../common/jsonl.ts';
import { messagesOf } from '../common/placed.ts';
import { inParallel } from '../common/pool.ts';
import { hasCode } from '../common/publish.ts';
import { stampOf } from '../common/stamp.ts';
import { startedBy } from '../common/subagents.ts';
import { transcriptOf } from '../common/transcript.ts';
import { takeTurn } from '../common/turns.ts';
import {
  type Folders,
  findTranscript,
  noSuchSession,
  projectsFolder,
  type TranscriptFile,
} from './folders.ts';
import { readTranscript } from './records.ts';
import { linkSession, type SessionFile, summarise } from './summary.ts';

/**
 * The transcript of a subagent: `<project>/subagents/<session>/agent-<id>.jsonl`, beside a `.meta.json` (0.24.4). Its id is
 * `<session>~agent-<id>`.
 */
interface RunFile {
  readonly path: string;
  readonly project: string;
  readonly session: string;
  readonly name: string;
}

const filesAtATime = 4;
const runName = /^(agent-[\w-]+)\.jsonl$/;
const runId = /^([\da-fA-F-]{32,36})~(agent-[\w-]+)$/;

/** Whether an id names the run of a subagent. */
export const isRunId = (id: SessionId): boolean => runId.test(id);

/** The folder of the runs that a session started. */
export const runsFolder = (folders: Folders, { project, id }: TranscriptFile): string =>
  join(subagentsFolder(folders, project), id);

const subagentsFolder = (folders: Folders, project: string): string =>
  join(projectsFolder(folders), project, 'subagents');

/** The runs that these sessions started; those whose stamp is known are not read. Throws `cancelled`. */
export async function listRuns(
  agent: AgentId,
  folders: Folders,
  files: readonly TranscriptFile[],
  known: ReadonlyMap<string, readonly SessionInfo[]>,
  signal?: AbortSignal,
): Promise<Listing> {
  const problems: Problem[] = [];
  const runs: RunFile[] = [];
  // Most projects have none, and asking so is cheaper than asking each session.
  const projects = Map.groupBy(files, ({ project }) => project);
  for (const [project, sessions] of projects) {
    for (const file of existsSync(subagentsFolder(folders, project)) ? sessions : []) {
      runs.push(...(await runsOf(folders, file, problems)));
    }
  }
  const infos = await inParallel(
    runs,
    filesAtATime,
    ({ path }) => runInfos(agent, folders, path, known.get(path)),
    signal,
  );
  return { sessions: infos.flat(), problems };
}

/** What a list shows of the run in a file: `known` while its stamp is the same; nothing for what is no run. */
export async function runInfos(
  agent: AgentId,
  folders: Folders,
  path: string,
  known: readonly SessionInfo[] | undefined,
): Promise<readonly SessionInfo[]> {
  const run = runAt(folders, path);
  if (!run) {
    return [];
  }
  let stats: Stats | undefined;
  try {
    await takeTurn();
    stats = statSync(path);
    return known?.[0]?.file?.stamp === stampOf(stats)
      ? known
      : [await infoOf(agent, run, await openRun(run))];
  } catch (error) {
    const ref = { agent, id: idOf(run) };
    const lineage = startedBy({ agent, id: sessionId(run.session) });
    return hasCode(error, 'ENOENT') ? [] : [{ ...unreadable(ref, path, stats, error), lineage }];
  }
}

/** The messages of a run, `range` of them. Throws `no_such_session`. */
export async function readRun(
  agent: AgentId,
  folders: Folders,
  id: SessionId,
  range?: MessageRange,
): Promise<Transcript> {
  const [, session = ''] = runId.exec(id) ?? [];
  const files = await runsOf(folders, await findTranscript(folders, session), []);
  const run = files.find((file) => idOf(file) === id);
  if (!run) {
    throw noSuchSession();
  }
  try {
    const opened = await openRun(run);
    return transcriptOf(await infoOf(agent, run, opened), messagesOf(opened.active.messages), range);
  } catch (error) {
    throw readError(error, noSuchSession());
  }
}

const idOf = ({ session, name }: Pick<RunFile, 'session' | 'name'>): SessionId =>
  sessionId(`${session}~${name}`);

async function openRun({ path, project, session }: RunFile): Promise<SessionFile> {
  const file = { path, project, id: session, archived: false };
  return linkSession(file, await readTranscript(path));
}

/** As that of a session, whose id the records of a run bear; the program keeps a few words on each run beside it. */
async function infoOf(agent: AgentId, run: RunFile, opened: SessionFile): Promise<SessionInfo> {
  const [info] = summarise(agent, opened);
  const meta = await metaOf(run);
  const title = textOf(meta?.description);
  const starter = textOf(meta?.parentAgentId)?.replaceAll(/[^\w-]/g, '_');
  const parent = starter ? idOf({ ...run, name: `agent-${starter}` }) : sessionId(run.session);
  if (!info) {
    throw new Error('it holds no record');
  }
  return {
    ...info,
    ref: { agent, id: idOf(run) },
    ...(title ? { title, titled: true } : {}),
    lineage: startedBy({ agent, id: parent }),
  };
}

const metaOf = async ({ path }: RunFile): Promise<JsonRecord | undefined> =>
  parseRecord(await textInside(path.replace(/\.jsonl$/, '.meta.json'), dirname(path)));

async function runsOf(
  folders: Folders,
  file: TranscriptFile,
  problems: Problem[],
): Promise<readonly RunFile[]> {
  const folder = runsFolder(folders, file);
  const names = existsSync(folder) ? await namesIn(folder, problems, projectsFolder(folders)) : [];
  return names.flatMap((name) => runAt(folders, join(folder, name)) ?? []);
}

/** The run whose transcript a path is. The file need not exist. */
export function runAt(folders: Folders, path: string): RunFile | undefined {
  const [project, session] = placeOf(folders, path);
  const name = runName.exec(basename(path))?.[1];
  return project && session && name ? { path, project, session, name } : undefined;
}

/** Whether a file is what the program keeps beside the transcripts of runs. */
export const isBesideRun = (folders: Folders, path: string): boolean =>
  placeOf(folders, path).length > 0 && path.endsWith('.meta.json');

/** Project and session of a file among the transcripts of runs; empty for any other. */
function placeOf(folders: Folders, path: string): readonly string[] {
  const [project = '..', folder, session = '', ...rest] = relative(projectsFolder(folders), path).split(sep);
  return project !== '..' && folder === 'subagents' && rest.length === 1 ? [project, session] : [];
}
