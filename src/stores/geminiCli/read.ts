import type { AgentId, MessageRange, SessionId, SessionInfo, Transcript } from '../../core/model.ts';
import { readError } from '../common/files.ts';
import { messagesOf } from '../common/placed.ts';
import { transcriptOf } from '../common/transcript.ts';
import { noSuchSession, transcriptAt } from './folders.ts';
import type { SessionList } from './list.ts';
import { readTranscript } from './records.ts';
import { openedFile, type SessionFile, summarise } from './summary.ts';

/** A session read afresh, and what the list says of it. */
export interface OpenedSession {
  readonly listed: SessionInfo;
  readonly session: SessionFile;
}

/** Reads the file of a session afresh. Throws `no_such_session` when it is gone. */
export async function openSession(list: SessionList, folder: string, id: SessionId): Promise<OpenedSession> {
  const { sessions } = await list.list(folder);
  const listed = sessions.find(({ ref }) => ref.id === id);
  const file = listed?.file && transcriptAt(folder, listed.file.path);
  if (!listed || !file) {
    throw noSuchSession();
  }
  try {
    return { listed, session: openedFile(file, listed.cwd, await readTranscript(file.path)) };
  } catch (error) {
    throw readError(error, noSuchSession());
  }
}

/** The messages of a session, `range` of them. Throws `no_such_session`. */
export async function readSession(
  agent: AgentId,
  list: SessionList,
  folder: string,
  id: SessionId,
  range?: MessageRange,
): Promise<Transcript> {
  const { listed, session } = await openSession(list, folder, id);
  return transcriptOf(summarise(agent, session, listed.lineage), messagesOf(session.messages), range);
}
