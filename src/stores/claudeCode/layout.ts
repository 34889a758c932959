import { readdirSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { SessionForksError } from '../../core/errors.ts';
import type { SessionId } from '../../core/model.ts';
import { missingSession } from '../common/files.ts';
import { leadsOut } from '../common/inside.ts';
import { hasCode } from '../common/publish.ts';
import type { StoreEnvironment } from '../index.ts';

/** Where Claude Code keeps what belongs to its sessions (2.1.329). */
export interface Layout {
  readonly projects: string;
  /** The registry of running programs: one file a process. */
  readonly running: string;
  readonly fileHistory: string;
  /** Whether the program itself looks here when it is started without more ado. */
  readonly isPrograms: boolean;
}

export function layoutOf({ home, variables, folders }: StoreEnvironment): Layout {
  const programs = variables.CLAUDE_CONFIG_DIR || join(home, '.claude');
  const root = folders['claude-code'] || programs;
  return {
    projects: join(root, 'projects'),
    running: join(root, 'sessions'),
    fileHistory: join(root, 'file-history'),
    isPrograms: resolve(root) === resolve(programs),
  };
}

const uuid = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const idShape = new RegExp(`^(${uuid})(?:~(${uuid}))?$`, 'i');
const fileShape = new RegExp(`^(${uuid})\\.jsonl$`, 'i');

/** What an id of ours names: a file, and for a rewound branch the record at its end. */
export interface SessionName {
  readonly session: string;
  readonly leaf?: string;
}

/** Takes an id apart. Throws `no_such_session` for what is not `<uuid>` or `<uuid>~<uuid>`: ids become file names. */
export function parseId(id: SessionId): SessionName {
  const [, session, leaf] = idShape.exec(id) ?? [];
  if (!session) {
    throw new SessionForksError('no_such_session', 'This is not the id of a Claude Code session.');
  }
  return leaf ? { session, leaf } : { session };
}

/** The session that a file name stands for, if it is a transcript's. */
export const sessionOfName = (name: string): string | undefined => fileShape.exec(name)?.[1];

/** The session whose transcript a path is: `<projects>/<folder>/<uuid>.jsonl`, no deeper. */
export function sessionOfPath(layout: Layout, path: string): string | undefined {
  const inside = relative(resolve(layout.projects), resolve(path));
  const parts = inside.split(sep);
  const isOurs = parts.length === 2 && !isAbsolute(inside) && parts[0] !== '..';
  return isOurs ? sessionOfName(parts[1] ?? '') : undefined;
}

/** The folder beside a transcript that bears the session's name. */
export const ownFolder = (transcript: string): string => transcript.slice(0, -'.jsonl'.length);

/** Where a new session of the same project stands. */
export const siblingTranscript = (transcript: string, session: string): string =>
  join(dirname(transcript), `${session}.jsonl`);

/** Finds a session's transcript as `newestTranscript` does. Throws `no_such_session` when there is none. */
export async function findTranscript(layout: Layout, session: string): Promise<string> {
  const path = await newestTranscript(layout, session);
  if (path === undefined) {
    throw missingSession('Claude Code');
  }
  return path;
}

/** A session's transcript in whatever project it is; the newest, should there be several. */
export async function newestTranscript(layout: Layout, session: string): Promise<string | undefined> {
  const found: { readonly path: string; readonly at: number }[] = [];
  for (const folder of subfolders(layout.projects)) {
    const path = join(layout.projects, folder, `${session}.jsonl`);
    const at = await modifiedAt(path);
    if (at !== undefined && !leadsOut(path, layout.projects)) {
      found.push({ path, at });
    }
  }
  return found.toSorted((a, b) => b.at - a.at)[0]?.path;
}

/** Names of the folders in a folder; none when it does not exist. */
export function subfolders(folder: string): readonly string[] {
  try {
    const found = readdirSync(folder, { withFileTypes: true });
    return found.filter((entry) => entry.isDirectory() || entry.isSymbolicLink()).map(({ name }) => name);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) {
      return [];
    }
    throw error;
  }
}

async function modifiedAt(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR')) {
      return undefined;
    }
    throw error;
  }
}
