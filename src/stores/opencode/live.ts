import type { SessionInfo } from '../../core/model.ts';
import type { ServerAccess } from '../common/agentServer.ts';
import { recordOf } from '../common/fields.ts';
import { withBadge } from '../common/infos.ts';
import type { Place } from './place.ts';
import { inFolder, openCodeServer } from './server.ts';

/**
 * The sessions, those busy that the person's running server works on now: only it knows (1.18.33). Asked for the folders
 * alone that have a session whose turn is open; without an answer within `answerMs` nothing is said.
 */
export async function withLive(
  { access }: Place,
  sessions: readonly SessionInfo[],
  answerMs: number,
): Promise<readonly SessionInfo[]> {
  const folders = new Set(sessions.flatMap(({ openTurn, cwd }) => (openTurn && cwd ? [cwd] : [])));
  const { url, key } = folders.size > 0 ? await access() : {};
  const signal = AbortSignal.timeout(answerMs);
  const asked = [...folders].map((folder) =>
    url === undefined ? [] : busyIn({ url, ...(key && { key }) }, folder, signal),
  );
  const busy = new Set((await Promise.all(asked)).flat());
  const now = sessions.map((info) => withBadge(info, busy.has(info.ref.id) ? 'busy' : undefined));
  return now.every((info, index) => info === sessions[index]) ? sessions : now;
}

async function busyIn(access: ServerAccess, folder: string, signal: AbortSignal): Promise<readonly string[]> {
  try {
    const path = inFolder('/session/status', folder);
    const states = recordOf(await openCodeServer(access).ask('GET', path, undefined, signal)) ?? {};
    return Object.keys(states).filter((id) => recordOf(states[id])?.type !== 'idle');
  } catch {
    // A server that is not there works on nothing; one that wants another key says so when it is used.
    return [];
  }
}
