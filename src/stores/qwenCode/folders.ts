import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { SessionForksError } from '../../core/errors.ts';
import type { Problem, SessionId } from '../../core/model.ts';
import { recordOf, textOf } from '../common/fields.ts';
import { missingSession, namesIn } from '../common/files.ts';
import { leadsOut } from '../common/inside.ts';
import { parseRecord } from '../common/jsonl.ts';
import { clearLeftovers } from '../common/leftovers.ts';
import type { StoreEnvironment } from '../index.ts';

/** Where Qwen Code 0.24.4 keeps things: `runtime` holds the projects, `home` the backups and who is running. */
export interface Folders {
  readonly runtime: string;
  readonly home: string;
}

/** One transcript on disk. `project` is its folder's name below projects/. */
export interface TranscriptFile {
  readonly path: string;
  readonly id: string;
  readonly project: string;
  readonly archived: boolean;
}

/** An id as the store gives it out: a session, or with `leaf` a branch inside its file that was left by a rewind. */
export interface ParsedId {
  readonly session: string;
  readonly leaf?: string;
}

const idPattern = /^[0-9a-fA-F-]{32,36}$/;
const leafPattern = /^[\w.:-]{1,128}$/;
const transcriptEnd = '.jsonl';
const statusEnd = '.runtime.json';

/** The folders by the person's setting, QWEN_RUNTIME_DIR, settings.json, QWEN_HOME, ~/.qwen, in this order. */
export function foldersOf(environment: StoreEnvironment, setting: string | undefined): Folders {
  if (setting) {
    return { runtime: expand(setting, environment), home: expand(setting, environment) };
  }
  const { QWEN_HOME: qwenHome, QWEN_RUNTIME_DIR: qwenRuntime } = environment.variables;
  const home = qwenHome ? expand(qwenHome, environment) : join(environment.home, '.qwen');
  const runtime = qwenRuntime || configuredRuntime(home);
  return { runtime: runtime ? expand(runtime, environment) : home, home };
}

function expand(path: string, { home }: StoreEnvironment): string {
  return path === '~' || /^~[/\\]/.test(path) ? join(home, path.slice(1)) : resolve(path);
}

/** `advanced.runtimeOutputDir`. A relative one means another folder in every project: those cannot be listed. */
function configuredRuntime(home: string): string | undefined {
  try {
    const settings = parseRecord(readFileSync(join(home, 'settings.json'), 'utf8'));
    const folder = textOf(recordOf(settings?.advanced)?.runtimeOutputDir);
    return folder && (isAbsolute(folder) || folder.startsWith('~')) ? folder : undefined;
  } catch {
    // No settings, or settings that cannot be read: the agent's default holds.
    return undefined;
  }
}

/** The parts of an id. Throws `no_such_session` for one that could lead out of the store's folders. */
export function parseId(id: SessionId): ParsedId {
  const [session = '', leaf, ...more] = id.split('~');
  if (!idPattern.test(session) || more.length > 0 || (leaf !== undefined && !leafPattern.test(leaf))) {
    throw noSuchSession();
  }
  return leaf === undefined ? { session } : { session, leaf };
}

export const noSuchSession = (): SessionForksError => missingSession('Qwen Code');

export const projectsFolder = ({ runtime }: Folders): string => join(runtime, 'projects');

/** Where running programs of the agent tell of themselves. */
export const registryFolder = ({ home }: Folders): string => join(home, 'sessions');

/** The name of a project's folder: Qwen Code puts `-` for all but letters and digits, on Windows in small letters. */
export function projectName(cwd: string): string {
  return (process.platform === 'win32' ? cwd.toLowerCase() : cwd).replaceAll(/[^a-zA-Z0-9]/g, '-');
}

/** The chats folder of a transcript, also when it is archived: there the agent looks for what it can resume. */
export const chatsFolder = (file: TranscriptFile): string =>
  file.archived ? dirname(dirname(file.path)) : dirname(file.path);

export interface FoundFiles {
  readonly files: readonly TranscriptFile[];
  /** Paths of `<id>.runtime.json`, by which a running program tells what it works on. */
  readonly statusFiles: readonly string[];
  readonly problems: readonly Problem[];
}

/** Where a running program tells that it works on this session. */
export const statusFile = (file: TranscriptFile): string => join(chatsFolder(file), `${file.id}${statusEnd}`);

/** Every transcript, and the folders that could not be read. A missing folder is no problem. */
export async function findTranscripts(folders: Folders): Promise<FoundFiles> {
  const problems: Problem[] = [];
  const files: TranscriptFile[] = [];
  const statusFiles: string[] = [];
  for (const project of await namesIn(projectsFolder(folders), problems)) {
    for (const folder of chatsOf(folders, project)) {
      const names = await namesIn(folder, problems, projectsFolder(folders));
      await clearLeftovers(folder, names);
      files.push(...names.flatMap((name) => transcriptNamed(folder, name, project) ?? []));
      statusFiles.push(...names.filter((name) => name.endsWith(statusEnd)).map((name) => join(folder, name)));
    }
  }
  return { files, statusFiles, problems };
}

function transcriptNamed(folder: string, name: string, project: string): TranscriptFile | undefined {
  const id = name.endsWith(transcriptEnd) ? name.slice(0, -transcriptEnd.length) : '';
  return idPattern.test(id)
    ? { path: `${folder}${sep}${name}`, id, project, archived: basename(folder) === 'archive' }
    : undefined;
}

/** The transcript of a session, the active one before an archived one. Throws `no_such_session`. */
export async function findTranscript(folders: Folders, session: string): Promise<TranscriptFile> {
  const projects = projectsFolder(folders);
  const found = (await namesIn(projects, []))
    .flatMap((project) => placesOf(folders, project, session))
    .filter(({ path }) => existsSync(path) && !leadsOut(path, projects));
  const file = found.find((candidate) => !candidate.archived) ?? found[0];
  if (!file) {
    throw noSuchSession();
  }
  return file;
}

/** Where a session's transcript would stand in a project: thousands of others need no look. */
const placesOf = (folders: Folders, project: string, session: string): readonly TranscriptFile[] =>
  chatsOf(folders, project).flatMap(
    (folder) => transcriptNamed(folder, `${session}${transcriptEnd}`, project) ?? [],
  );

/** The folders of a project that hold transcripts: of active sessions, and of archived ones. */
function chatsOf(folders: Folders, project: string): readonly string[] {
  const chats = join(projectsFolder(folders), project, 'chats');
  return [chats, join(chats, 'archive')];
}

/** The transcript that a path names, if it lies where the agent keeps them. The file need not exist. */
export function transcriptAt(folders: Folders, path: string): TranscriptFile | undefined {
  const parts = relative(projectsFolder(folders), path).split(sep);
  const [project, chats, ...rest] = parts;
  const isInside = chats === 'chats' && (rest.length === 1 || (rest.length === 2 && rest[0] === 'archive'));
  return project && project !== '..' && isInside
    ? transcriptNamed(dirname(path), basename(path), project)
    : undefined;
}
