import { isDeepStrictEqual } from 'node:util';
import { errorText, SessionForksError } from '../../core/errors.ts';
import { type SessionId, sessionId } from '../../core/model.ts';
import type { ForkCut } from '../../core/store.ts';
import { recordOf, textOf } from '../common/fields.ts';
import { entriesToKeep } from './cut.ts';
import type { Gateway } from './gateway/gateway.ts';
import { type Entry, findHistory, readHistory } from './history.ts';
import type { Place } from './place.ts';
import { type OpenedSession, openSession } from './read.ts';
import { isForkable, type SessionRow } from './rows.ts';
import { withGateway } from './serving.ts';
import type { Shelf } from './summary.ts';

/**
 * Forks by the gateway's `sessions.fork` (20260820.01), which copies everything for a fork point that it does not
 * understand: so its answer and the child's own history are compared with what was asked for. Throws `no_such_session`,
 * `not_supported` for a session of a schedule or a channel, `fork_point_invalid`, `agent_missing`, `sign_in_needed`,
 * `cancelled` or `fork_failed`; then no child is left behind, or the message names it.
 */
export async function forkSession(
  shelf: Shelf,
  source: SessionId,
  cut: ForkCut,
  title: string,
  signal?: AbortSignal,
): Promise<SessionId> {
  const opened = await openSession(shelf, source);
  checkForkable(opened.row);
  const job: Job = { place: shelf.place, opened, count: entriesToKeep(opened, cut), title };
  try {
    return await withGateway(shelf, opened.row, (gateway) => makeChild(gateway, job), signal);
  } catch (error) {
    throw error instanceof SessionForksError
      ? error
      : new SessionForksError('fork_failed', `Moltis did not fork the session: ${errorText(error)}.`, error);
  }
}

interface Job {
  readonly place: Place;
  readonly opened: OpenedSession;
  readonly count: number;
  readonly title: string;
}

function checkForkable(row: SessionRow): void {
  if (!isForkable(row)) {
    const text =
      'This session belongs to a schedule or a channel of Moltis, which writes to it. It can only be read.';
    throw new SessionForksError('not_supported', text);
  }
}

async function makeChild(gateway: Gateway, job: Job): Promise<SessionId> {
  if (!gateway.methods.has('sessions.fork')) {
    throw new SessionForksError('not_supported', 'This Moltis gateway cannot fork. Update Moltis.');
  }
  const source = job.opened.row.key;
  const params = { key: source, forkPoint: job.count, label: job.title };
  const made = recordOf(await gateway.request('sessions.fork', params));
  const child = textOf(made?.sessionKey);
  if (child === undefined || child === source) {
    throw new Error('its gateway named no new session');
  }
  const wrong = await whatIsWrong(job, child, made?.forkPoint, made?.messageCount);
  if (wrong) {
    await takeBack(gateway, child, wrong);
  }
  return sessionId(child);
}

async function whatIsWrong(
  { place, opened, count }: Job,
  child: string,
  forkPoint: unknown,
  messageCount: unknown,
): Promise<string | undefined> {
  if (forkPoint !== count || messageCount !== count) {
    return `the child holds ${String(messageCount)} entries instead of ${count}`;
  }
  const file = await findHistory(place, child);
  const copied = file ? (await readHistory(file.path)).entries : [];
  const wanted = opened.entries.slice(0, count);
  return isDeepStrictEqual(recordsIn(copied), recordsIn(wanted))
    ? undefined
    : 'the child does not hold what the source held when it was read';
}

/** Moltis writes a record's fields in an order of its own. */
const recordsIn = (entries: readonly Entry[]): readonly unknown[] => entries.map(({ record }) => record);

async function takeBack(gateway: Gateway, child: string, wrong: string): Promise<never> {
  try {
    await gateway.request('sessions.delete', { key: child });
  } catch (error) {
    const text = `Moltis did not fork the session: ${wrong}. Delete ${child} in Moltis: from here it could not be deleted (${errorText(error)}).`;
    throw new SessionForksError('fork_failed', text, error);
  }
  throw new Error(wrong);
}
