import { dirname, join } from 'node:path';
import { v7 as uuid } from 'uuid';
import { errorText, SessionForksError } from '../../core/errors.ts';
import { type SessionId, sessionId } from '../../core/model.ts';
import type { ForkCut } from '../../core/store.ts';
import { textOf } from '../common/fields.ts';
import { throwIfCancelled } from '../common/pool.ts';
import { publishFile } from '../common/publish.ts';
import { textPieces } from '../common/textPieces.ts';
import { childLines, labelsIn } from './child.ts';
import { cutChain } from './cut.ts';
import { openBranch } from './read.ts';

/**
 * Writes a child with the first `cut.keep` messages of the source beside it. Seen to resume with exactly that prefix on
 * @earendil-works/pi-coding-agent 1.5.2 by `--session` and on pi-acp 0.0.34 by session/load. Throws `no_such_session`,
 * `fork_point_invalid`, `collision`, `cancelled`, `fork_failed`; then nothing is left behind.
 */
export async function forkSession(
  folder: string,
  source: SessionId,
  cut: ForkCut,
  title: string,
  signal?: AbortSignal,
): Promise<SessionId> {
  const { session, branch } = await openBranch(folder, source, 'outline', signal);
  const records = cutChain(branch, cut);
  const cwd = textOf(session.raw.header?.cwd);
  if (!cwd) {
    throw new SessionForksError(
      'fork_failed',
      'The session does not say which folder it belongs to, and pi would not find the fork. Nothing was written.',
    );
  }
  const id = uuid();
  const time = new Date().toISOString();
  const child = { id, time, cwd, parentPath: session.path, title, version: session.raw.version };
  throwIfCancelled(signal);
  try {
    const path = join(dirname(session.path), `${time.replaceAll(/[:.]/g, '-')}_${id}.jsonl`);
    await publishFile(path, textPieces(childLines(records, labelsIn(session.raw.records), child), signal));
  } catch (error) {
    throw asForkError(error);
  }
  return sessionId(id);
}

const asForkError = (error: unknown): SessionForksError =>
  error instanceof SessionForksError
    ? error
    : new SessionForksError('fork_failed', `The fork could not be written: ${errorText(error)}`, error);
