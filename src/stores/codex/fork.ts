import { errorText, SessionForksError } from '../../core/errors.ts';
import { type SessionId, sessionId } from '../../core/model.ts';
import type { ForkCut, ForkWay } from '../../core/store.ts';
import { throwIfCancelled } from '../common/pool.ts';
import { writeCopy } from './copy.ts';
import { type FoundCut, findCut } from './cut.ts';
import { type Folders, parseId } from './folders.ts';
import { setName } from './manage.ts';
import { forkNatively } from './native.ts';
import type { Program } from './program.ts';
import { type OpenedSession, openSession } from './read.ts';
import { removeFiles } from './remove.ts';

/**
 * Makes a child with the first `cut.keep` messages: by Codex itself where it can cut there, else (inside a turn, in
 * what a rewind left behind, without the program, or when it fails) as a self-contained copy. Throws `no_such_session`,
 * `fork_point_invalid`, `collision`, `cancelled`, `fork_failed`; then nothing is left behind.
 */
export async function forkSession(
  folders: Folders,
  program: Program | undefined,
  source: SessionId,
  cut: ForkCut,
  title: string,
  signal?: AbortSignal,
  tellWay?: (way: ForkWay) => void,
): Promise<SessionId> {
  const opened = await openSession(folders, source, 'outline', signal);
  const found = findCut(opened, cut);
  const { session, tip } = parseId(source);
  if (program === undefined || found.turn === undefined || tip !== undefined) {
    throwIfCancelled(signal);
    return copySession(folders, program, opened, found, title, signal);
  }
  const native = { session, turn: found.turn, cut: found, title };
  const child = await forkNatively(folders, program, opened.rollouts, native, signal);
  throwIfCancelled(signal);
  tellWay?.(child === undefined ? 'copy' : 'agent');
  // A program that has just failed is not asked again for the name.
  return child ?? copySession(folders, undefined, opened, found, title, signal);
}

async function copySession(
  folders: Folders,
  program: Program | undefined,
  { file, history, records }: OpenedSession,
  cut: FoundCut,
  title: string,
  signal: AbortSignal | undefined,
): Promise<SessionId> {
  const header = history.stretches.at(-1)?.loaded.header;
  if (!header) {
    throw failed('Its first line cannot be read.');
  }
  const kept = records.slice(0, cut.records);
  const id = await writeCopy(folders, file.session, header, kept, signal).catch(asForkError);
  try {
    await setName(folders, program, id, title);
  } catch (error) {
    await removeFiles(folders, id);
    return asForkError(error);
  }
  return sessionId(id);
}

function asForkError(error: unknown): never {
  throw error instanceof SessionForksError ? error : failed(errorText(error), error);
}

const failed = (why: string, cause?: unknown): SessionForksError =>
  new SessionForksError('fork_failed', `The session could not be forked: ${why}`, cause);
