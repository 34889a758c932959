import { errorText, SessionForksError } from '../../core/errors.ts';
import type { SessionId } from '../../core/model.ts';
import { withAppServer } from './appServer.ts';
import { type Folders, findFile, findRollouts, parseId } from './folders.ts';
import { appendName, readNames } from './names.ts';
import type { Program } from './program.ts';

/**
 * Names a session: by Codex itself, whose lists take names from its database, else in `session_index.jsonl` alone.
 * Throws `no_such_session`.
 */
export async function renameSession(
  folders: Folders,
  program: Program | undefined,
  id: SessionId,
  title: string,
): Promise<void> {
  const { session } = findFile(await findRollouts(folders), id);
  await setName(folders, program, session, title);
}

/** The same for a session that is known to exist. Throws what the file system throws. */
export async function setName(
  folders: Folders,
  program: Program | undefined,
  session: string,
  name: string,
): Promise<void> {
  if (program) {
    await withAppServer(program, (ask) => ask('thread/name/set', { threadId: session, name })).catch(ignored);
  }
  if ((await readNames(folders)).get(session) !== name) {
    await appendName(folders, session, name);
  }
}

const ignored = (_error: unknown): undefined => undefined;

/**
 * Puts a session away, or takes it back. Only Codex itself can: its database keeps the place of the file, and a file
 * that was moved by hand cannot be resumed (seen on 0.169.0). Throws `no_such_session`, `agent_missing`, `busy`,
 * `not_supported`.
 */
export async function archiveSession(
  folders: Folders,
  program: Program | undefined,
  id: SessionId,
  archived: boolean,
): Promise<void> {
  const { session } = findFile(await findRollouts(folders), id);
  if (parseId(id).tip !== undefined) {
    throw new SessionForksError('not_supported', 'What a rewind left behind goes where its session goes.');
  }
  if (!program) {
    throw new SessionForksError(
      'agent_missing',
      'Codex is needed to archive its sessions, and was not found.',
    );
  }
  const method = archived ? 'thread/archive' : 'thread/unarchive';
  await withAppServer(program, (ask) => ask(method, { threadId: session })).catch((error: unknown) => {
    const code = /active writer/.test(errorText(error)) ? 'busy' : 'not_supported';
    throw new SessionForksError(code, `Codex did not do it: ${errorText(error)}`, error);
  });
}
