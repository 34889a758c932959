import { unlink } from 'node:fs/promises';
import { SessionForksError } from '../../core/errors.ts';
import type { SessionId } from '../../core/model.ts';
import { inParallel } from '../common/pool.ts';
import { hasCode } from '../common/publish.ts';
import { withAppServer } from './appServer.ts';
import { type Folders, findFile, findRollouts, parseId, type Rollouts } from './folders.ts';
import { liveSessions } from './live.ts';
import type { Outlines } from './outline.ts';
import type { Program } from './program.ts';

const filesAtATime = 16;

/**
 * Deletes a session with all its files: by Codex itself, so that its database forgets it, else by hand. Throws
 * `no_such_session`; `busy` while a process has it open; `not_supported` while forks go on from its files, and for what
 * a rewind left behind.
 */
export async function removeSession(
  folders: Folders,
  program: Program | undefined,
  outlines: Outlines,
  id: SessionId,
): Promise<void> {
  const rollouts = await findRollouts(folders);
  const { session } = findFile(rollouts, id);
  if (parseId(id).tip !== undefined) {
    throw refused('What a rewind left behind is part of its session and goes with it.');
  }
  if ((await liveSessions(folders)).has(session)) {
    throw new SessionForksError('busy', 'Codex has this session open. Close it there before it is deleted.');
  }
  const forks = await forksThatNeed(rollouts, outlines, session);
  if (forks.length > 0) {
    const count = forks.length === 1 ? 'one fork' : `${forks.length} forks`;
    throw refused(`The first messages of ${count} stand in this session’s file. Delete the forks first.`);
  }
  await deleteByCodex(program, session);
  await removeFiles(folders, session);
}

/** The sessions whose history stands in a file of this one. */
async function forksThatNeed(
  rollouts: Rollouts,
  outlines: Outlines,
  session: string,
): Promise<readonly string[]> {
  const others = rollouts.files.filter((file) => file.session !== session);
  const bases = await inParallel(others, filesAtATime, async (file) => {
    const { header } = await outlines.load(file);
    return { fork: file.session, tip: header?.base?.tip };
  });
  const needing = bases.filter(
    ({ tip }) => tip !== undefined && rollouts.byTip.get(tip)?.session === session,
  );
  return [...new Set(needing.map(({ fork }) => fork))];
}

/** What Codex refuses or cannot do is done by hand after it. */
async function deleteByCodex(program: Program | undefined, session: string): Promise<void> {
  if (program) {
    await withAppServer(program, (ask) => ask('thread/delete', { threadId: session })).catch(ignored);
  }
}

const ignored = (_error: unknown): undefined => undefined;

/** Deletes what files of the session there are. */
export async function removeFiles(folders: Folders, session: string): Promise<void> {
  const files = (await findRollouts(folders)).bySession.get(session) ?? [];
  for (const { path } of files) {
    await unlink(path).catch(unlessGone);
  }
}

function unlessGone(error: unknown): void {
  if (!hasCode(error, 'ENOENT')) {
    throw error;
  }
}

const refused = (text: string): SessionForksError => new SessionForksError('not_supported', text);
