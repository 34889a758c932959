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
 * Deletes a session with all its files and the runs of its subagents: by Codex itself, so that its database forgets it,
 * else by hand. Throws `no_such_session`; `busy` while a process has it open; `not_supported` while forks go on from its
 * files, and for what a rewind left behind.
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
  const starts = await startsOf(rollouts, outlines);
  const own = withRuns(starts, session);
  const live = await liveSessions(folders);
  if ([...own].some((one) => live.has(one))) {
    throw new SessionForksError('busy', 'Codex has this session open. Close it there before it is deleted.');
  }
  const forks = forksThatNeed(rollouts, starts, own);
  if (forks.length > 0) {
    const count = forks.length === 1 ? 'one fork' : `${forks.length} forks`;
    throw refused(`The first messages of ${count} stand in this session’s file. Delete the forks first.`);
  }
  await deleteByCodex(program, session);
  for (const one of [...own].reverse()) {
    await removeFiles(folders, one);
  }
}

/** How the file of a session begins: on what it goes on from, and who started it as a subagent's run. */
interface Start {
  readonly session: string;
  readonly base?: string;
  readonly startedBy?: string;
}

const startsOf = (rollouts: Rollouts, outlines: Outlines): Promise<readonly Start[]> =>
  inParallel(rollouts.files, filesAtATime, async (file) => {
    const { header } = await outlines.load(file);
    const base = header?.base?.tip;
    return {
      session: file.session,
      ...(base === undefined ? {} : { base }),
      ...(header?.startedBy === undefined ? {} : { startedBy: header.startedBy }),
    };
  });

/** The session, then the runs that it and they started. */
function withRuns(starts: readonly Start[], session: string): ReadonlySet<string> {
  const own = new Set([session]);
  // A set gives what is added to it meanwhile, too.
  for (const starter of own) {
    const runs = starts.filter(({ startedBy }) => startedBy === starter);
    runs.forEach(({ session: run }) => void own.add(run));
  }
  return own;
}

/** The other sessions whose history stands in a file of these. */
function forksThatNeed(
  { byTip }: Rollouts,
  starts: readonly Start[],
  own: ReadonlySet<string>,
): readonly string[] {
  const needing = starts.filter(
    ({ session, base }) => !own.has(session) && base !== undefined && own.has(byTip.get(base)?.session ?? ''),
  );
  return [...new Set(needing.map(({ session }) => session))];
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
