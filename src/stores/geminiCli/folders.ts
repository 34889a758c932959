import { createHash } from 'node:crypto';
import { basename, join, relative, resolve, sep } from 'node:path';
import type { SessionForksError } from '../../core/errors.ts';
import type { Problem } from '../../core/model.ts';
import { recordOf, textOf } from '../common/fields.ts';
import { missingSession, namesIn, textInside } from '../common/files.ts';
import { type JsonRecord, parseRecord } from '../common/jsonl.ts';
import { clearLeftovers } from '../common/leftovers.ts';
import type { StoreEnvironment } from '../index.ts';

/** One transcript on disk. `project` is the path of its project's folder below tmp/. */
export interface TranscriptFile {
  readonly path: string;
  readonly project: string;
  readonly isLegacy: boolean;
  /** The session that started this one as a subagent's run. */
  readonly startedBy?: string;
}

const namePattern = /^session-.*\.jsonl?$/;
const runsPattern = /^[\w-]+$/;
const runPattern = /^[\w-]+\.jsonl?$/;

/** The agent's folder: the person's setting, else .gemini below GEMINI_CLI_HOME or the home (0.61.0). */
export function agentFolder(environment: StoreEnvironment, setting: string | undefined): string {
  if (setting) {
    return setting === '~' || /^~[/\\]/.test(setting)
      ? join(environment.home, setting.slice(1))
      : resolve(setting);
  }
  return join(environment.variables.GEMINI_CLI_HOME || environment.home, '.gemini');
}

export const projectsFolder = (agent: string): string => join(agent, 'tmp');

export const noSuchSession = (): SessionForksError => missingSession('Gemini CLI');

/** Every transcript, those of subagents in `chats/<session>` (0.61.0) among them, and the folders that could not be read. A missing folder is no problem. */
export async function findTranscripts(
  agent: string,
): Promise<{ readonly files: readonly TranscriptFile[]; readonly problems: readonly Problem[] }> {
  const problems: Problem[] = [];
  const files: TranscriptFile[] = [];
  for (const name of await namesIn(projectsFolder(agent), problems)) {
    const project = join(projectsFolder(agent), name);
    const chats = join(project, 'chats');
    const names = await namesIn(chats, problems, projectsFolder(agent));
    await clearLeftovers(chats, names);
    files.push(...names.flatMap((file) => transcriptAt(agent, join(chats, file)) ?? []));
    for (const session of names.filter((file) => runsPattern.test(file))) {
      const runs = await namesIn(join(chats, session), problems, projectsFolder(agent));
      files.push(...runs.flatMap((file) => transcriptAt(agent, join(chats, session, file)) ?? []));
    }
  }
  return { files, problems };
}

/** The transcript that a path names, if it lies where the agent keeps them. The file need not exist. */
export function transcriptAt(agent: string, path: string): TranscriptFile | undefined {
  const [project, chats, name = '', run, ...more] = relative(projectsFolder(agent), path).split(sep);
  if (!project || project === '..' || chats !== 'chats' || more.length > 0) {
    return undefined;
  }
  const file = { path, project: join(projectsFolder(agent), project), isLegacy: path.endsWith('.json') };
  if (run === undefined) {
    return namePattern.test(name) ? file : undefined;
  }
  return runsPattern.test(name) && runPattern.test(run) ? { ...file, startedBy: name } : undefined;
}

/** The folders that projects stand for, as the agent tells them: beside the chats, or in projects.json. */
export class ProjectRoots {
  readonly #agent: string;
  readonly #known = new Map<string, Promise<string | undefined>>();

  constructor(agent: string) {
    this.#agent = agent;
  }

  /** The folder of a project, or undefined when nothing tells it. */
  of(project: string): Promise<string | undefined> {
    const known = this.#known.get(project) ?? this.#find(project);
    this.#known.set(project, known);
    return known;
  }

  async #find(project: string): Promise<string | undefined> {
    const own = (await textInside(join(project, '.project_root'), this.#agent)).trim();
    if (own) {
      return own;
    }
    const text = await textInside(join(this.#agent, 'projects.json'), this.#agent);
    return rootNamed(recordOf(parseRecord(text)?.projects) ?? {}, basename(project));
  }
}

/** Older versions named a project's folder by the hash of its path. */
function rootNamed(projects: JsonRecord, name: string): string | undefined {
  const found = Object.entries(projects).find(
    ([root, slug]) => textOf(slug) === name || projectHash(root) === name,
  );
  return found?.[0];
}

/** What a transcript's header says of its project. */
export const projectHash = (root: string): string => createHash('sha256').update(root).digest('hex');
