import { errorText, SessionForksError } from '../../core/errors.ts';
import { type SessionId, sessionId } from '../../core/model.ts';
import { AgentServer, type ServerAccess } from '../common/agentServer.ts';
import { recordOf, textOf } from '../common/fields.ts';
import { isMessage, type RecordNode } from './chain.ts';
import { removeSession, renameSession } from './change.ts';
import type { Folders } from './folders.ts';

/** What the person set for a `qwen serve` that runs; asked at each use. */
export type Access = () => Promise<Partial<ServerAccess>>;

/** A running `qwen serve` (HTTP and SSE, protocol v1, Qwen Code 0.24.4). Throws `not_supported` for a bad address. */
export const qwenServer = (access: ServerAccess): AgentServer =>
  new AgentServer(
    {
      name: 'Qwen Code',
      authorization: (key) => `Bearer ${key}`,
      said: (answer) => textOf(recordOf(answer)?.error),
    },
    access,
  );

/**
 * Has a running server branch a session that it has open, with all that it has not written yet. It cuts at the end of
 * turns that were made over it, refuses while a prompt runs, and puts a number behind each name (0.24.4). Undefined when
 * it cannot, and then nothing was made: no server is set or answers, it cannot branch, has not got the session, or
 * refused. Throws `cancelled`, and `fork_failed`; then no child is left behind, but by a server that never answered.
 */
export async function forkByServer(
  folders: Folders,
  access: Access,
  source: string,
  records: readonly RecordNode[],
  title: string,
  signal?: AbortSignal,
): Promise<SessionId | undefined> {
  const made = await branchAt(access, source, records, title, signal);
  if (made && made.title !== title) {
    await nameOrRemove(folders, made.id, title);
  }
  return made?.id;
}

/** The server does not have a child open that it cut: its file may be written to. */
async function nameOrRemove(folders: Folders, child: SessionId, title: string): Promise<void> {
  try {
    await renameSession(folders, child, title);
  } catch (error) {
    await removeSession(folders, child);
    const text = `Qwen Code’s server made a fork that could not be named: ${errorText(error)}`;
    throw new SessionForksError('fork_failed', text, error);
  }
}

/** The child's id and the title that the server gave it. */
interface Branched {
  readonly id: SessionId;
  readonly title: string | undefined;
}

async function branchAt(
  access: Access,
  source: string,
  records: readonly RecordNode[],
  title: string,
  signal?: AbortSignal,
): Promise<Branched | undefined> {
  const atRecordId = checkpointOf(records);
  if (atRecordId === undefined) {
    return undefined;
  }
  try {
    const { url, key } = await access();
    const server = url === undefined ? undefined : qwenServer({ url, ...(key && { key }) });
    return server && (await branch(server, source, { name: title, atRecordId }, signal));
  } catch (error) {
    if (error instanceof SessionForksError && (error.code === 'cancelled' || error.code === 'fork_failed')) {
      throw error;
    }
    // Whatever the server refused, a copy of the file does without it.
    return undefined;
  }
}

async function branch(
  server: AgentServer,
  source: string,
  body: object,
  signal: AbortSignal | undefined,
): Promise<Branched | undefined> {
  const capabilities = recordOf(await server.ask('GET', '/capabilities', undefined, signal));
  const features = capabilities?.features;
  if (!Array.isArray(features) || !features.includes('session_branch')) {
    return undefined;
  }
  // From here on a child may be made: who gives up now gets it all the same.
  const path = `/session/${encodeURIComponent(source)}/branch`;
  const made = recordOf(await server.ask('POST', path, body).catch(throwUnanswered));
  const id = textOf(made?.sessionId);
  return id === undefined || id === source
    ? undefined
    : { id: sessionId(id), title: textOf(made?.displayName) };
}

/** A child whose server was lost may be made all the same: it is not made a second time. */
function throwUnanswered(error: unknown): never {
  if (error instanceof SessionForksError && error.code === 'agent_ended') {
    const text = 'Qwen Code’s server was lost while it forked. Look whether the fork is in the list.';
    throw new SessionForksError('fork_failed', text, error);
  }
  throw error;
}

/** The checkpoint by which the server finds the end of the last turn kept; undefined where the turn has none. */
function checkpointOf(records: readonly RecordNode[]): string | undefined {
  const last = records.findLast(isMessage);
  const checkpoint = records.findLast(({ subtype }) => subtype === 'branch_checkpoint');
  const turn = textOf(recordOf(checkpoint?.json.systemPayload)?.assistantRecordUuid);
  return last !== undefined && turn === last.uuid ? checkpoint?.uuid : undefined;
}
