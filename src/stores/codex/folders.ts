import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join, resolve, sep } from 'node:path';
import { errorText, type SessionForksError } from '../../core/errors.ts';
import type { Problem, SessionId } from '../../core/model.ts';
import { missingSession } from '../common/files.ts';
import { clearLeftovers } from '../common/leftovers.ts';
import { hasCode } from '../common/publish.ts';
import type { StoreEnvironment } from '../index.ts';

/** Where Codex 0.169.0 keeps things. */
export interface Folders {
  readonly home: string;
  /** `YYYY/MM/DD/rollout-….jsonl` below it. */
  readonly sessions: string;
  /** Flat. */
  readonly archived: string;
  readonly names: string;
  readonly locks: string;
}

/**
 * One file of a session. `tip` is the last UUID of its name: the session's own id, or after a rewind the id of the
 * segment that was begun then. Forks name the file they go on from by its tip.
 */
export interface RolloutFile {
  readonly path: string;
  readonly session: string;
  readonly tip: string;
  readonly archived: boolean;
}

/** All files of the store, by tip and by session (oldest segment first). */
export interface Rollouts {
  readonly files: readonly RolloutFile[];
  readonly byTip: ReadonlyMap<string, RolloutFile>;
  readonly bySession: ReadonlyMap<string, readonly RolloutFile[]>;
  readonly problems: readonly Problem[];
}

const uuid = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const fileName = new RegExp(`^rollout-[0-9T-]{19}-(${uuid})(?:_(${uuid}))?\\.jsonl$`, 'i');

/** The folders by the person's setting, CODEX_HOME, ~/.codex, in this order. */
export function foldersOf(environment: StoreEnvironment, setting: string | undefined): Folders {
  const chosen = setting || environment.variables.CODEX_HOME;
  const home = chosen ? expand(chosen, environment.home) : join(environment.home, '.codex');
  return {
    home,
    sessions: join(home, 'sessions'),
    archived: join(home, 'archived_sessions'),
    names: join(home, 'session_index.jsonl'),
    locks: join(home, 'thread-writer-locks'),
  };
}

function expand(path: string, home: string): string {
  return path === '~' || /^~[/\\]/.test(path) ? join(home, path.slice(1)) : resolve(path);
}

/** Finds all files of sessions. A folder that cannot be read is a problem, a missing one is empty. */
export async function findRollouts(folders: Folders): Promise<Rollouts> {
  const problems: Problem[] = [];
  const active = await filesBelow(folders.sessions, 3, problems);
  const archived = await filesBelow(folders.archived, 0, problems);
  await clearLeftovers('', active);
  const files = [...active, ...archived].flatMap((path) => rolloutAt(folders, path) ?? []);
  // Segment ids are UUIDv7: their order is their age. A session's first file bears no segment.
  files.sort((a, b) => Number(a.tip !== a.session) - Number(b.tip !== b.session) || (a.tip < b.tip ? -1 : 1));
  return {
    files,
    byTip: new Map(files.map((file) => [file.tip, file])),
    bySession: Map.groupBy(files, (file) => file.session),
    problems,
  };
}

async function filesBelow(folder: string, depth: number, problems: Problem[]): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await entriesOf(folder, problems)) {
    const path = join(folder, entry.name);
    if (entry.isFile()) {
      found.push(path);
    } else if (entry.isDirectory() && depth > 0) {
      found.push(...(await filesBelow(path, depth - 1, problems)));
    }
  }
  return found;
}

async function entriesOf(folder: string, problems: Problem[]): Promise<readonly Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) {
      problems.push({ text: `${folder} cannot be read: ${errorText(error)}` });
    }
    return [];
  }
}

/** The file of a session at `path`, by its name and place; undefined for anything else. */
export function rolloutAt(folders: Folders, path: string): RolloutFile | undefined {
  const [, session, segment] = fileName.exec(basename(path)) ?? [];
  const archived = path.startsWith(folders.archived + sep);
  if (session === undefined || !(archived || path.startsWith(folders.sessions + sep))) {
    return undefined;
  }
  return { path, session, tip: segment ?? session, archived };
}

/** An id as the store gives it out: a session, or `<session>~<tip>` for what a rewind left behind. */
export interface ParsedId {
  readonly session: string;
  readonly tip?: string;
}

export function parseId(id: SessionId): ParsedId {
  const [session = '', tip] = id.split('~');
  return tip === undefined ? { session } : { session, tip };
}

/** The file that the id stands for: the newest segment, or the one that it names. Throws `no_such_session`. */
export function findFile(rollouts: Rollouts, id: SessionId): RolloutFile {
  const { session, tip } = parseId(id);
  const files = rollouts.bySession.get(session) ?? [];
  const file = tip === undefined ? files.at(-1) : files.find((candidate) => candidate.tip === tip);
  if (!file) {
    throw noSuchSession();
  }
  return file;
}

export const noSuchSession = (): SessionForksError => missingSession('Codex');
