import { statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { errorText, SessionForksError } from '../../core/errors.ts';
import { type AgentId, type Lineage, type Problem, type SessionInfo, sessionId } from '../../core/model.ts';
import type { Listing } from '../../core/store.ts';
import { namesIn } from '../common/files.ts';
import { clearLeftovers } from '../common/leftovers.ts';
import { inParallel } from '../common/pool.ts';
import { hasCode } from '../common/publish.ts';
import { byFile, stampOf } from '../common/stamp.ts';
import { temporaryPrefix } from '../common/temporaries.ts';
import { takeTurn } from '../common/turns.ts';
import { branchesOf } from './branches.ts';
import { type Described, infosOf, unreadableInfo } from './infos.ts';
import { type Layout, ownFolder, sessionOfName, subfolders } from './layout.ts';
import { originOf, sharedWith } from './lineage.ts';
import { scanTranscript } from './scan.ts';
import { readRunning, readSideFacts, type SideFacts, sideStamp } from './sideFiles.ts';

/** Files are read in one go each; some of them also read what stands beside them. */
const filesAtOnce = 4;

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
  const reader = new TranscriptReader(agent, paths, folders);
  const [listed, running] = await Promise.all([
    inParallel(paths, filesAtOnce, (path) => reader.infos(path, known.get(path), signal), signal),
    readRunning(layout.running),
  ]);
  const sessions = newestOfEach(listed.flat()).map((info) => withLive(info, running));
  return { sessions, problems };
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
  for (const folder of await subfolders(layout.projects)) {
    const project = join(layout.projects, folder);
    const names = await namesIn(project, problems, layout.projects);
    await clearLeftovers(names.map((name) => join(project, name)));
    const present = new Set(names);
    for (const name of names.filter(sessionOfName)) {
      const path = join(project, name);
      paths.push(path);
      if (present.has(basename(ownFolder(path)))) {
        folders.add(path);
      }
    }
  }
  return { paths, folders, problems };
}

/** Backups that were copied for a fork whose process was killed belong to it, or to nobody. */
async function clearBackups({ fileHistory }: Layout, paths: readonly string[]): Promise<void> {
  const names = (await subfolders(fileHistory)).filter((name) => name.startsWith(temporaryPrefix));
  const sessions = new Set(names.length > 0 ? paths.map((path) => sessionOfName(basename(path))) : []);
  await clearLeftovers(
    names.map((name) => join(fileHistory, name)),
    (session) => sessions.has(session),
  );
}

/** Reads the transcripts of one listing, and knows where the parents of forks are. */
class TranscriptReader {
  readonly #agent: AgentId;
  readonly #paths: ReadonlyMap<string, string>;
  readonly #folders: ReadonlySet<string>;

  constructor(agent: AgentId, paths: readonly string[], folders: ReadonlySet<string>) {
    this.#agent = agent;
    this.#folders = folders;
    this.#paths = new Map(paths.map((path) => [sessionOfName(basename(path)) ?? '', path]));
  }

  async infos(
    path: string,
    known: readonly SessionInfo[] | undefined,
    signal?: AbortSignal,
  ): Promise<readonly SessionInfo[]> {
    try {
      await takeTurn();
      const stamp = stampOf(statSync(path)) + (await this.#sideStamp(path));
      return known?.[0]?.file?.stamp === stamp
        ? known
        : infosOf(await this.describe(path, 'entries', signal));
    } catch (error) {
      return this.#unreadable(path, error);
    }
  }

  async describe(path: string, keep: 'entries' | 'records', signal?: AbortSignal): Promise<Described> {
    const session = sessionOfName(basename(path)) ?? '';
    const side = { sideStamp: await this.#sideStamp(path), side: await this.#sideFacts(path) };
    const scan = await scanTranscript(path, keep, signal);
    const described = { agent: this.#agent, session, scan, branches: branchesOf(scan), ...side };
    const lineage = await this.#lineage(described, signal);
    return lineage ? { ...described, lineage } : described;
  }

  /** Most sessions have nothing beside them: not asking thousands of times takes half of the time away. */
  async #sideStamp(path: string): Promise<string> {
    return this.#folders.has(path) ? sideStamp(path) : '';
  }

  async #sideFacts(path: string): Promise<SideFacts> {
    return this.#folders.has(path) ? readSideFacts(path) : { archived: false };
  }

  async #lineage(described: Described, signal?: AbortSignal): Promise<Lineage | undefined> {
    const { session, scan, branches } = described;
    const origin = branches.active && originOf(session, scan.entries, branches.active);
    if (!branches.active || !origin) {
      return undefined;
    }
    const ids = origin.unmarked ? await this.#recordIds(origin.parent, signal) : undefined;
    const messages = ids ? sharedWith(ids, branches.active) : origin.messages;
    const parent = { agent: this.#agent, id: sessionId(origin.parent) };
    return { parent, kind: 'fork', messages, how: 'recorded' };
  }

  /** Undefined when the parent is gone or cannot be read. */
  async #recordIds(session: string, signal?: AbortSignal): Promise<ReadonlySet<string> | undefined> {
    const path = this.#paths.get(session);
    if (path === undefined) {
      return undefined;
    }
    try {
      const { entries } = await scanTranscript(path, 'entries', signal);
      return new Set(entries.map(({ uuid }) => uuid));
    } catch (error) {
      if (error instanceof SessionForksError) {
        throw error;
      }
      return undefined;
    }
  }

  #unreadable(path: string, error: unknown): readonly SessionInfo[] {
    if (error instanceof SessionForksError) {
      throw error;
    }
    const session = sessionOfName(basename(path)) ?? '';
    return hasCode(error, 'ENOENT') ? [] : [unreadableInfo(this.#agent, session, path, errorText(error))];
  }
}

/** One transcript, described as listing does; `keep` as in `scanTranscript`. Throws what reading it throws. */
export async function describeTranscript(
  layout: Layout,
  agent: AgentId,
  path: string,
  keep: 'entries' | 'records',
): Promise<Described> {
  const { paths, folders } = await transcripts(layout);
  return new TranscriptReader(agent, paths, folders).describe(path, keep);
}

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

/** Adds whether a program has the session open now. */
export function withLive(
  info: SessionInfo,
  running: ReadonlyMap<string, NonNullable<SessionInfo['live']>>,
): SessionInfo {
  const { live: _live, ...rest } = info;
  const live = running.get(info.ref.id);
  return live ? { ...rest, live } : rest;
}
