import type { Stats } from 'node:fs';
import { inferLineage } from '../../core/lineage.ts';
import {
  type AgentId,
  isSubagentRun,
  type Lineage,
  type SessionInfo,
  sessionId,
  sessionKey,
} from '../../core/model.ts';
import type { Listing } from '../../core/store.ts';
import { asBefore, unreadable } from '../common/infos.ts';
import { messagesOf } from '../common/placed.ts';
import { inParallel, throwIfCancelled } from '../common/pool.ts';
import { hasCode } from '../common/publish.ts';
import { byFile, isAsTold, stampOf, statsAt } from '../common/stamp.ts';
import { promptFrom } from '../common/transcript.ts';
import { findTranscripts, ProjectRoots, type TranscriptFile } from './folders.ts';
import { scanOutline } from './records.ts';
import { nameOf, openedFile, type SessionFile, summarise } from './summary.ts';

/** Reading waits for nothing, so several at once would only be held in memory for longer. */
const filesAtATime = 1;

/** What is kept of a file between listings: inferring a parent needs the messages of all sessions. */
interface ListedFile {
  readonly info: SessionInfo;
  /** Ids of the messages: what a copy keeps equal. */
  readonly fingerprints: readonly string[];
  /** The text of each message that is a prompt. */
  readonly prompts: readonly (string | undefined)[];
  /** A start without a prompt, or the run of a subagent that lies in no session's folder: nothing to be shown. */
  readonly isHidden: boolean;
}

/** Lists the sessions of one agent's folder and remembers what it read of each file until the file changes. */
export class SessionList {
  readonly #agent: AgentId;
  #known: ReadonlyMap<string, ListedFile> = new Map();
  #told: readonly SessionInfo[] = [];

  constructor(agent: AgentId) {
    this.#agent = agent;
  }

  /**
   * All sessions of the store. Of several files of one session the latest stands, as for Gemini CLI 0.61.0. `previous` is
   * an earlier answer, also of another process. Nothing is read while it is still true of all files; then once of each
   * file, since the parent of a new session may be any other.
   */
  async list(
    folder: string,
    previous: readonly SessionInfo[] = this.#told,
    signal?: AbortSignal,
  ): Promise<Listing> {
    const { files, problems } = await findTranscripts(folder);
    const cwds = await cwdsOf(folder, files);
    const read = (of: readonly TranscriptFile[]) =>
      inParallel(of, filesAtATime, (file) => this.#listFile(file, cwds.get(file.project), signal), signal);
    const unknown = this.#known.size === 0 ? unknownOf(this.#agent, files, cwds, previous) : files;
    if (unknown.length < files.length && changesNothing((await read(unknown)).flat(), previous)) {
      this.#told = previous;
      return { sessions: previous, problems };
    }
    const listed = (await read(files)).flat();
    this.#known = new Map(
      listed.flatMap((entry) => (entry.info.file ? [[entry.info.file.path, entry]] : [])),
    );
    this.#told = asBefore(previous, withLineage(latestOfEach(listed)));
    return { sessions: this.#told, problems };
  }

  /** What is known while the stamp is the same: thousands of those are told at once. */
  #listFile(
    file: TranscriptFile,
    cwd: string | undefined,
    signal: AbortSignal | undefined,
  ): readonly ListedFile[] | Promise<readonly ListedFile[]> {
    const stats = statsAt(file.path);
    const known = this.#known.get(file.path);
    const isKnown = known && stats && known.info.file?.stamp === stampOf(stats) && known.info.cwd === cwd;
    return isKnown ? [known] : this.#readFile(file, cwd, stats, signal);
  }

  async #readFile(
    file: TranscriptFile,
    cwd: string | undefined,
    stats: Stats | undefined,
    signal: AbortSignal | undefined,
  ): Promise<readonly ListedFile[]> {
    try {
      return [outlined(this.#agent, openedFile(file, cwd, await scanOutline(file.path, signal)))];
    } catch (error) {
      throwIfCancelled(signal);
      // Gone between the listing of its folder and now.
      if (hasCode(error, 'ENOENT')) {
        return [];
      }
      const ref = { agent: this.#agent, id: sessionId(nameOf(file)) };
      const info = unreadable(ref, file.path, stats, error);
      return [{ info, fingerprints: [], prompts: [], isHidden: false }];
    }
  }
}

type Cwds = ReadonlyMap<string, string | undefined>;

/** The folder of each project that has transcripts, by the path of its own. */
async function cwdsOf(folder: string, files: readonly TranscriptFile[]): Promise<Cwds> {
  const roots = new ProjectRoots(folder);
  const projects = [...new Set(files.map(({ project }) => project))];
  return new Map(
    await Promise.all(projects.map(async (project) => [project, await roots.of(project)] as const)),
  );
}

/** The files of which an earlier answer does not tell; all of them when something that it tells of is gone. */
function unknownOf(
  agent: AgentId,
  files: readonly TranscriptFile[],
  cwds: Cwds,
  previous: readonly SessionInfo[],
): readonly TranscriptFile[] {
  const told = byFile(previous);
  const unknown = files.filter(({ path, project }) => {
    const infos = told.get(path) ?? [];
    return !isAsTold(infos, agent, statsAt(path)) || infos.some(({ cwd }) => cwd !== cwds.get(project));
  });
  return files.length - unknown.length === previous.length ? unknown : files;
}

/** Whether what was read beside an earlier answer stands in no list: it is hidden, or an older file of a listed session. */
function changesNothing(read: readonly ListedFile[], previous: readonly SessionInfo[]): boolean {
  const latest = new Map(previous.map(({ ref, updated }) => [ref.id, updated]));
  return read.every(({ info, isHidden }) => isHidden || info.updated < (latest.get(info.ref.id) ?? 0));
}

function outlined(agent: AgentId, session: SessionFile): ListedFile {
  const info = summarise(agent, session);
  const messages = messagesOf(session.messages);
  return {
    info,
    fingerprints: messages.map(({ id }) => id),
    prompts: messages.map((message) => (message.kind === 'prompt' ? promptFrom([message], 0) : undefined)),
    isHidden:
      (session.raw.metadata.kind === 'subagent' && !isSubagentRun(info)) ||
      (messages.length === 0 && !info.problem),
  };
}

function latestOfEach(files: readonly ListedFile[]): readonly ListedFile[] {
  const latest = new Map<string, ListedFile>();
  for (const file of files.filter(({ isHidden }) => !isHidden)) {
    const other = latest.get(file.info.ref.id);
    if (!other || file.info.updated > other.info.updated) {
      latest.set(file.info.ref.id, file);
    }
  }
  return [...latest.values()];
}

function withLineage(files: readonly ListedFile[]): readonly SessionInfo[] {
  const inferred = inferLineage(
    files
      .filter(({ info }) => !isSubagentRun(info))
      .map(({ info: { ref, created }, fingerprints }) => ({ ref, created, fingerprints })),
  );
  return files.map((file) => {
    const lineage = file.info.lineage ?? inferred.get(sessionKey(file.info.ref));
    return lineage === file.info.lineage || !lineage ? file.info : inferredInfo(file, lineage);
  });
}

const inferredInfo = ({ info, prompts }: ListedFile, lineage: Lineage): SessionInfo => ({
  ...info,
  preview: prompts.slice(lineage.messages).find((prompt) => prompt !== undefined) ?? '',
  lineage,
});
