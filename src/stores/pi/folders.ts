import { readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { SessionForksError } from '../../core/errors.ts';
import type { Problem, SessionId } from '../../core/model.ts';
import { textOf } from '../common/fields.ts';
import { missingSession, namesIn } from '../common/files.ts';
import { parseRecord } from '../common/jsonl.ts';
import { clearLeftovers } from '../common/leftovers.ts';
import { isTemporary } from '../common/temporaries.ts';
import type { StoreEnvironment } from '../index.ts';
import { readHeader } from './records.ts';

/** One transcript on disk. `id` is what its name says; its header has the last word. */
export interface TranscriptFile {
  readonly path: string;
  readonly id: string;
}

/** An id as the store gives it out: a session, or with `leaf` a branch inside its file that is not the active one. */
export interface ParsedId {
  readonly session: string;
  readonly leaf?: string;
}

// What pi 1.5.2 takes for an id.
const idPattern = /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/;
const transcriptEnd = '.jsonl';

/**
 * Where the transcripts are: below the person's setting (the agent's folder), else PI_CODING_AGENT_SESSION_DIR, else
 * `sessionDir` of settings.json, else sessions/ below PI_CODING_AGENT_DIR or ~/.pi/agent (pi 1.5.2).
 */
export function sessionsFolder(environment: StoreEnvironment, setting: string | undefined): string {
  const { PI_CODING_AGENT_DIR: agentDir, PI_CODING_AGENT_SESSION_DIR: sessionDir } = environment.variables;
  if (!setting && sessionDir) {
    return expand(sessionDir, environment);
  }
  const agent =
    setting || agentDir ? expand(setting || agentDir || '', environment) : defaultFolder(environment);
  const configured = configuredFolder(agent);
  return configured ? expand(configured, environment) : join(agent, 'sessions');
}

const defaultFolder = ({ home }: StoreEnvironment): string => join(home, '.pi', 'agent');

function expand(path: string, { home }: StoreEnvironment): string {
  return path === '~' || /^~[/\\]/.test(path) ? join(home, path.slice(1)) : resolve(path);
}

/** A relative one means another folder in every project: those cannot be listed. */
function configuredFolder(agent: string): string | undefined {
  try {
    const folder = textOf(parseRecord(readFileSync(join(agent, 'settings.json'), 'utf8'))?.sessionDir);
    return folder && (isAbsolute(folder) || folder.startsWith('~')) ? folder : undefined;
  } catch {
    // No settings, or settings that cannot be read: the agent's default holds.
    return undefined;
  }
}

/** The parts of an id. Throws `no_such_session` for one that pi would not give. */
export function parseId(id: SessionId): ParsedId {
  const [session = '', leaf, ...more] = id.split('~');
  if (!idPattern.test(session) || more.length > 0 || leaf === '') {
    throw noSuchSession();
  }
  return leaf === undefined ? { session } : { session, leaf };
}

export const noSuchSession = (): SessionForksError => missingSession('pi');

/**
 * Every transcript, and the folders that could not be read. pi keeps a folder for each project, but with a folder of
 * the person's own choice all transcripts lie in it.
 */
export async function findTranscripts(
  sessions: string,
): Promise<{ readonly files: readonly TranscriptFile[]; readonly problems: readonly Problem[] }> {
  const problems: Problem[] = [];
  const names = await settledNames(sessions, sessions, problems);
  const folders = await foldersAmong(
    sessions,
    names.filter((name) => !isTranscript(name)),
  );
  const inside = folders.map(async (folder) =>
    transcriptsIn(folder, await settledNames(folder, sessions, problems)),
  );
  return { files: [...transcriptsIn(sessions, names), ...(await Promise.all(inside)).flat()], problems };
}

async function settledNames(
  folder: string,
  sessions: string,
  problems: Problem[],
): Promise<readonly string[]> {
  const names = await namesIn(folder, problems, sessions);
  await clearLeftovers(folder, names);
  return names;
}

async function foldersAmong(parent: string, names: readonly string[]): Promise<readonly string[]> {
  const paths = names.filter((name) => !isTemporary(name)).map((name) => join(parent, name));
  const kinds = await Promise.all(paths.map((path) => stat(path).catch(() => undefined)));
  return paths.filter((_path, index) => kinds[index]?.isDirectory());
}

const isTranscript = (name: string): boolean => name.endsWith(transcriptEnd) && !isTemporary(name);

const transcriptsIn = (folder: string, names: readonly string[]): readonly TranscriptFile[] =>
  names.filter(isTranscript).map((name) => fileAt(join(folder, name)));

export const fileAt = (path: string): TranscriptFile => ({ path, id: idInName(path) });

/** `<time>_<id>.jsonl`; a file that was put there by hand may have any name. */
export function idInName(path: string): string {
  const name = basename(path, transcriptEnd);
  const id = name.slice(name.indexOf('_') + 1);
  return idPattern.test(id) ? id : name;
}

/** The transcript of a session: by its name, else by its header. Throws `no_such_session`. */
export async function findTranscript(sessions: string, session: string): Promise<TranscriptFile> {
  const { files } = await findTranscripts(sessions);
  const likely = files.filter((file) => file.id === session);
  for (const file of [...likely, ...files]) {
    if ((await headerId(file.path)) === session) {
      return { path: file.path, id: session };
    }
  }
  const [unheaded] = likely;
  if (unheaded) {
    return unheaded;
  }
  throw noSuchSession();
}

/** A file that cannot be read bears no id: reading it tells why. */
const headerId = (path: string): Promise<string | undefined> =>
  readHeader(path).then(
    (header) => textOf(header?.id),
    () => undefined,
  );

/** The transcript that a path names, if it lies where the agent keeps them. The file need not exist. */
export function transcriptAt(sessions: string, path: string): TranscriptFile | undefined {
  const parts = relative(sessions, path).split(sep);
  const isInside = parts.length <= 2 && parts[0] !== '..' && parts[0] !== '';
  return isInside && isTranscript(basename(path)) && dirname(path) !== path ? fileAt(path) : undefined;
}
