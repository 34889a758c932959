import { join } from 'node:path';
import { v4 as uuid } from 'uuid';
import { errorText, SessionForksError } from '../../core/errors.ts';
import { type SessionId, sessionId } from '../../core/model.ts';
import type { ForkCut, ForkWay } from '../../core/store.ts';
import { throwIfCancelled } from '../common/pool.ts';
import { publishFile } from '../common/publish.ts';
import { textPieces } from '../common/textPieces.ts';
import { withBackups } from './backups.ts';
import { childLines } from './child.ts';
import { cutChain } from './cut.ts';
import { chatsFolder, type Folders, parseId } from './folders.ts';
import { isLive } from './live.ts';
import { projectFolder } from './projectFolder.ts';
import { openBranch } from './read.ts';
import { type Access, forkByServer } from './serve.ts';

/**
 * Makes a child with the first `cut.keep` messages of the source: by the running server that has the source open, where
 * it can cut there, else as a copy in the folder where Qwen Code looks for sessions to resume. Both were seen to resume
 * with exactly that prefix on @qwen-code/qwen-code 0.24.4 by `--resume` and over ACP.
 * Throws `no_such_session`, `fork_point_invalid`, `collision`, `cancelled`, `fork_failed`; then nothing is left behind.
 */
export async function forkSession(
  folders: Folders,
  access: Access,
  source: SessionId,
  cut: ForkCut,
  title: string,
  signal?: AbortSignal,
  tellWay?: (way: ForkWay) => void,
): Promise<SessionId> {
  const { session, branch } = await openBranch(folders, source, 'outline', signal);
  const records = cutChain(branch, cut);
  const served = parseId(source).leaf === undefined && (await isLive(folders, session.file));
  const made = served && (await forkByServer(folders, access, session.file.id, records, title, signal));
  if (made) {
    tellWay?.('agent');
    return made;
  }
  const cwd = await projectFolder(folders, session);
  const id = uuid();
  const child = { path: session.file.path, source: session.file.id, id, cwd, title };
  throwIfCancelled(signal);
  try {
    await withBackups(folders, session.file.id, id, records, () =>
      publishFile(
        join(chatsFolder(session.file), `${id}.jsonl`),
        textPieces(childLines(records, child), signal),
      ),
    );
  } catch (error) {
    throw asForkError(error);
  }
  return sessionId(id);
}

const asForkError = (error: unknown): SessionForksError =>
  error instanceof SessionForksError
    ? error
    : new SessionForksError('fork_failed', `The fork could not be written: ${errorText(error)}`, error);
