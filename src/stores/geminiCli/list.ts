import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
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
import { unreadable } from '../common/infos.ts';
import { messagesOf } from '../common/placed.ts';
import { inParallel } from '../common/pool.ts';
import { hasCode } from '../common/publish.ts';
import { stampOf } from '../common/stamp.ts';
import { promptFrom } from '../common/transcript.ts';
import { findTranscripts, ProjectRoots, type TranscriptFile } from './folders.ts';
import { readTranscript } from './records.ts';
import { nameOf, openedFile, type SessionFile, summarise } from './summary.ts';

const filesAtATime = 16;

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

  constructor(agent: AgentId) {
    this.#agent = agent;
  }

  /** All sessions of the store. Of several files of one session the latest stands, as for Gemini CLI 0.61.0. */
  async list(folder: string, signal?: AbortSignal): Promise<Listing> {
    const { files, problems } = await findTranscripts(folder);
    const roots = new ProjectRoots(folder);
    const read = async (file: TranscriptFile) => this.#listFile(file, await roots.of(file.project));
    const listed = (await inParallel(files, filesAtATime, read, signal)).flat();
    this.#known = new Map(
      listed.flatMap((entry) => (entry.info.file ? [[entry.info.file.path, entry]] : [])),
    );
    return { sessions: withLineage(latestOfEach(listed)), problems };
  }

  async #listFile(file: TranscriptFile, cwd: string | undefined): Promise<readonly ListedFile[]> {
    let stats: Stats | undefined;
    try {
      stats = await stat(file.path);
      const known = this.#known.get(file.path);
      if (known && known.info.file?.stamp === stampOf(stats) && known.info.cwd === cwd) {
        return [known];
      }
      return [outlined(this.#agent, openedFile(file, stats, cwd, await readTranscript(file.path)))];
    } catch (error) {
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
