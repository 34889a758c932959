import { rm, unlink } from 'node:fs/promises';
import { dirname, join, parse } from 'node:path';
import { SessionForksError } from '../../core/errors.ts';
import type { SessionId, SessionInfo } from '../../core/model.ts';
import type { OutputFolder } from '../common/dependents.ts';
import { appendLine, namesIn } from '../common/files.ts';
import { jsonLine } from '../common/jsonl.ts';
import { filesOf } from './heads.ts';
import type { SessionList } from './list.ts';
import { openSession } from './read.ts';

/** Appends a title, as Gemini CLI does when it names a session (0.61.0). Throws `no_such_session`, `not_supported`. */
export async function renameSession(
  list: SessionList,
  folder: string,
  id: SessionId,
  title: string,
): Promise<void> {
  const { file } = (await openSession(list, folder, id, 'outline')).session;
  if (file.isLegacy) {
    throw new SessionForksError(
      'not_supported',
      'Resume this session in Gemini CLI once: its file is of an old format.',
    );
  }
  await appendLine(file.path, jsonLine({ $set: { summary: title } }));
}

/** Deletes all files of the session and what the agent keeps beside them. Throws `no_such_session`. */
export async function removeSession(list: SessionList, folder: string, id: SessionId): Promise<void> {
  const { session } = await openSession(list, folder, id, 'outline');
  for (const path of await filesOf(session.file.project, session.id)) {
    await unlink(path);
  }
  const { project } = session.file;
  if (/^[\w-]+$/.test(session.id)) {
    const runs = await namesIn(join(project, 'chats', session.id), []);
    const ids = [session.id, ...runs.map((name) => parse(name).name)];
    for (const path of [
      ...ids.flatMap((one) => sideFiles(project, one)),
      join(project, 'chats', session.id),
    ]) {
      await rm(path, { recursive: true, force: true });
    }
  }
}

/** Outputs of tools that were too big for a record: records hold the absolute path, and copies keep it (0.61.0). */
export function toolOutputs({ ref, file }: SessionInfo): readonly OutputFolder[] {
  const parts = ['tool-outputs', `session-${ref.id}`];
  return file ? [{ path: join(dirname(file.path), '..', ...parts), parts }] : [];
}

/** What 0.61.0 deletes with a session, and with each run of its subagents: its log and the outputs of its tools. */
const sideFiles = (project: string, id: string): readonly string[] => [
  join(project, 'logs', `session-${id}.jsonl`),
  join(project, 'tool-outputs', `session-${id}`),
];
