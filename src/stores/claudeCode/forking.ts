import { join } from 'node:path';
import { v4 as uuid } from 'uuid';
import { errorText, SessionForksError } from '../../core/errors.ts';
import { type AgentId, type SessionId, sessionId } from '../../core/model.ts';
import type { ForkCut } from '../../core/store.ts';
import { publishFile } from '../common/publish.ts';
import { withCopies } from '../common/stagedFolder.ts';
import { backupsOf, type Copy, forkLines } from './copying.ts';
import { keptBy } from './cutting.ts';
import { cwdOf } from './infos.ts';
import { type Layout, parseId, siblingTranscript } from './layout.ts';
import { openSession } from './reading.ts';

/**
 * Writes a fork beside its source and gives its id. The source is only read. Throws `no_such_session`,
 * `nothing_to_fork`, `fork_point_invalid`, `collision`, `cancelled` or `fork_failed`; then nothing is left behind.
 */
export async function forkSession(
  layout: Layout,
  agent: AgentId,
  source: SessionId,
  cut: ForkCut,
  title: string,
  signal?: AbortSignal,
): Promise<SessionId> {
  try {
    const { described, branch } = await openSession(layout, agent, source, 'entries', signal);
    const copy: Copy = {
      path: described.scan.path,
      source: parseId(source).session,
      child: uuid(),
      title,
      kept: keptBy(cut, described.branches, branch),
      cwd: cwdOf(described.scan),
      version: described.scan.facts.version,
      leftOut: cut.next,
      checkpoints: described.scan.facts.checkpoints === true,
    };
    await publish(layout, copy, signal);
    return sessionId(copy.child);
  } catch (error) {
    throw error instanceof SessionForksError
      ? error
      : new SessionForksError('fork_failed', `The fork could not be written: ${errorText(error)}.`, error);
  }
}

/** `/branch` copies the file checkpoints, so that `/rewind` works in the child (2.1.329). */
async function publish(layout: Layout, copy: Copy, signal?: AbortSignal): Promise<void> {
  const from = join(layout.fileHistory, copy.source);
  const to = join(layout.fileHistory, copy.child);
  await withCopies(from, to, copy.checkpoints ? await backupsOf(copy, signal) : [], () =>
    publishFile(siblingTranscript(copy.path, copy.child), forkLines(copy, signal)),
  );
}
