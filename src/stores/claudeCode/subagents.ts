import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { errorText, SessionForksError } from '../../core/errors.ts';
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
import { parseRecord } from '../common/jsonl.ts';
import { inParallel } from '../common/pool.ts';
import { hasCode } from '../common/publish.ts';
import { stampOf } from '../common/stamp.ts';
import { startedBy } from '../common/subagents.ts';
import { transcriptOf } from '../common/transcript.ts';
import { takeTurn } from '../common/turns.ts';
import { branchesOf } from './branches.ts';
import { type Described, infosOf, sessionInfo, unreadableInfo } from './infos.ts';
import { findTranscript, type Layout, ownFolder, sessionOfName } from './layout.ts';
import { messageOf } from './messages.ts';
import { scanTranscript } from './scan.ts';

/**
 * The transcript of a subagent: `<session>/subagents/agent-<id>.jsonl`, that of a workflow's in folders below, each beside
 * a `.meta.json` (2.1.329). Its id is `<session>~agent-<id>`.
 */
interface RunFile {
  readonly path: string;
  readonly id: SessionId;
  readonly session: SessionId;
}

const filesAtOnce = 4;
/** Below `subagents`: `workflows/<id>`. */
const deepest = 2;
const runName = /^(agent-[\w-]+)\.jsonl$/;
const runId = /^([\da-f-]{36})~(agent-[\w-]+)$/i;

/** Whether an id names the run of a subagent. */
export const isRunId = (id: SessionId): boolean => runId.test(id);

/** Whether a file lies where the runs of subagents do. */
export const isBesideRuns = (layout: Layout, path: string): boolean => starterOf(layout, path) !== undefined;

/** The runs that stand beside these transcripts; those whose stamp is known are not opened. Throws `cancelled`. */
export async function listRuns(
  layout: Layout,
  agent: AgentId,
  transcripts: Iterable<string>,
  known: ReadonlyMap<string, readonly SessionInfo[]>,
  signal?: AbortSignal,
): Promise<Listing> {
  const problems: Problem[] = [];
  const files: RunFile[] = [];
  for (const transcript of transcripts) {
    files.push(...(await runsOf(layout, transcript, problems)));
  }
  const infos = await inParallel(
    files,
    filesAtOnce,
    ({ path }) => runInfos(layout, agent, path, known.get(path), signal),
    signal,
  );
  return { sessions: infos.flat(), problems };
}

/** What a list shows of the run in a file: `known` while its stamp is the same; nothing for what is no run. */
export async function runInfos(
  layout: Layout,
  agent: AgentId,
  path: string,
  known: readonly SessionInfo[] | undefined,
  signal?: AbortSignal,
): Promise<readonly SessionInfo[]> {
  const run = runAt(layout, path);
  if (!run) {
    return [];
  }
  try {
    await takeTurn();
    return known?.[0]?.file?.stamp === stampOf(statSync(path))
      ? known
      : infosOf(await describeRun(agent, run, 'entries', signal));
  } catch (error) {
    if (error instanceof SessionForksError) {
      throw error;
    }
    const lineage = startedBy({ agent, id: run.session });
    return hasCode(error, 'ENOENT')
      ? []
      : [{ ...unreadableInfo(agent, run.id, path, errorText(error)), lineage }];
  }
}

/** Reads a stretch of a run's messages. Throws `no_such_session`. */
export async function readRun(
  layout: Layout,
  agent: AgentId,
  id: SessionId,
  range?: MessageRange,
): Promise<Transcript> {
  const [, session = ''] = runId.exec(id) ?? [];
  const gone = new SessionForksError('no_such_session', 'This run of a subagent is gone.');
  const files = await runsOf(layout, await findTranscript(layout, session), []);
  const run = files.find((file) => file.id === id);
  if (!run) {
    throw gone;
  }
  try {
    const described = await describeRun(agent, run, 'records');
    const groups = described.branches.active?.groups ?? [];
    const messages = groups.map((group) => messageOf(group, false));
    return transcriptOf(sessionInfo(described), messages, range);
  } catch (error) {
    throw readError(error, gone);
  }
}

async function describeRun(
  agent: AgentId,
  run: RunFile,
  keep: 'entries' | 'records',
  signal?: AbortSignal,
): Promise<Described> {
  const scan = await scanTranscript(run.path, keep, signal, 'run');
  const meta = run.path.replace(/\.jsonl$/, '.meta.json');
  const title = textOf(parseRecord(await textInside(meta, dirname(run.path)))?.description);
  return {
    agent,
    session: run.id,
    scan,
    branches: { ...branchesOf(scan), rewound: [] },
    side: { archived: false, ...(title && { title }) },
    sideStamp: '',
    lineage: startedBy({ agent, id: run.session }),
  };
}

async function runsOf(layout: Layout, transcript: string, problems: Problem[]): Promise<readonly RunFile[]> {
  const folder = join(ownFolder(transcript), 'subagents');
  // Most sessions have none, and asking so is cheaper than reading a folder.
  const paths = existsSync(folder) ? await filesBelow(layout, folder, problems, deepest) : [];
  return paths.flatMap((path) => runAt(layout, path) ?? []);
}

async function filesBelow(
  layout: Layout,
  folder: string,
  problems: Problem[],
  depth: number,
): Promise<readonly string[]> {
  const names = await namesIn(folder, problems, layout.projects);
  const deeper = depth > 0 ? names.filter((name) => !name.includes('.')) : [];
  const below = await Promise.all(
    deeper.map((name) => filesBelow(layout, join(folder, name), problems, depth - 1)),
  );
  return [...names.map((name) => join(folder, name)), ...below.flat()];
}

function runAt(layout: Layout, path: string): RunFile | undefined {
  const session = starterOf(layout, path);
  const name = runName.exec(basename(path))?.[1];
  return session === undefined || name === undefined
    ? undefined
    : { path, id: sessionId(`${session}~${name}`), session: sessionId(session) };
}

/** The session in whose folder of runs a file lies. */
function starterOf(layout: Layout, path: string): string | undefined {
  const [project, session, folder, ...rest] = relative(resolve(layout.projects), resolve(path)).split(sep);
  const isInside =
    project !== '..' && folder === 'subagents' && rest.length > 0 && rest.length <= deepest + 1;
  return isInside ? sessionOfName(`${session}.jsonl`) : undefined;
}
