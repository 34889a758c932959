import { type SessionId, sessionId } from '../../core/model.ts';
import { recordOf, textOf } from '../common/fields.ts';
import { throwIfCancelled } from '../common/pool.ts';
import { type Ask, withAppServer } from './appServer.ts';
import type { FoundCut } from './cut.ts';
import { type Folders, findRollouts, type Rollouts } from './folders.ts';
import { setName } from './manage.ts';
import type { Program } from './program.ts';
import { openSession } from './read.ts';
import { scanOutline } from './records.ts';
import { removeFiles } from './remove.ts';

/** What Codex is asked: `thread/fork` cuts after a turn, or before one, of the session's current file. */
export interface NativeFork {
  readonly session: string;
  readonly turn: string;
  readonly cut: FoundCut;
  readonly title: string;
}

/**
 * Lets Codex make the fork and name it (`thread/fork`, 0.169.0: a file that points into the source's). Works while
 * another process has the source open. Undefined when Codex refuses or keeps anything but the wanted messages; then
 * nothing is left behind. Throws `cancelled`.
 */
export async function forkNatively(
  folders: Folders,
  program: Program,
  before: Rollouts,
  fork: NativeFork,
  signal?: AbortSignal,
): Promise<SessionId | undefined> {
  let made: string | undefined;
  try {
    await withAppServer(
      program,
      async (ask) => {
        made = await askFork(ask, fork);
        await ask('thread/name/set', { threadId: made, name: fork.title });
      },
      signal,
    );
  } catch {
    // Whatever Codex refused, the copy does without it. An answer that came too late still left a file.
    made ??= await strayFork(folders, before, fork);
  }
  return made === undefined ? undefined : keepExact(folders, sessionId(made), fork, signal);
}

async function askFork(ask: Ask, { session, turn, cut }: NativeFork): Promise<string> {
  const place = cut.kept.length > 0 ? { lastTurnId: turn } : { beforeTurnId: turn };
  const { thread } = await ask('thread/fork', { threadId: session, ...place, excludeTurns: true });
  const id = textOf(recordOf(thread)?.id);
  if (id === undefined || id === session) {
    throw new Error('Codex told no new session.');
  }
  return id;
}

/** A fork of the same source, without a word of its own, that was not there before. */
async function strayFork(
  folders: Folders,
  before: Rollouts,
  { session, cut }: NativeFork,
): Promise<string | undefined> {
  const { files } = await findRollouts(folders);
  for (const file of files.filter(({ tip }) => !before.byTip.has(tip))) {
    const { header } = await scanOutline(file.path);
    if (header?.forkedFrom === session && (await isExact(folders, sessionId(file.session), cut))) {
      return file.session;
    }
  }
  return undefined;
}

async function keepExact(
  folders: Folders,
  child: SessionId,
  { cut, title }: NativeFork,
  signal: AbortSignal | undefined,
): Promise<SessionId | undefined> {
  if (!signal?.aborted && (await isExact(folders, child, cut))) {
    await setName(folders, undefined, child, title);
    return child;
  }
  await removeFiles(folders, child);
  throwIfCancelled(signal);
  return undefined;
}

/** Whether the child holds the kept messages and no other. */
async function isExact(folders: Folders, child: SessionId, { kept }: FoundCut): Promise<boolean> {
  const { messages } = await openSession(folders, child, 'outline');
  return (
    messages.length === kept.length &&
    messages.every(({ message }, index) => message.id === kept[index]?.message.id)
  );
}
