import type { AgentId, MessageRange, SessionId, SessionInfo, Transcript } from '../../core/model.ts';
import { readError } from '../common/files.ts';
import { LineReader } from '../common/lineReader.ts';
import { messagesOf, type Placed } from '../common/placed.ts';
import { transcriptOf, withStretch } from '../common/transcript.ts';
import { noSuchSession, transcriptAt } from './folders.ts';
import type { SessionList } from './list.ts';
import { readMessages } from './messages.ts';
import {
  type GeminiRecord,
  type RawTranscript,
  readTranscript,
  scanOutline,
  wholeRecord,
} from './records.ts';
import { openedFile, type SessionFile, summarise } from './summary.ts';

/** A session read afresh, and what the list says of it. */
export interface OpenedSession {
  readonly listed: SessionInfo;
  readonly session: SessionFile;
}

/**
 * Reads the file of a session afresh, `whole` or for an outline. Throws `cancelled`, and `no_such_session` when it is gone.
 */
export async function openSession(
  list: SessionList,
  folder: string,
  id: SessionId,
  keep: 'whole' | 'outline',
  signal?: AbortSignal,
): Promise<OpenedSession> {
  const { sessions } = await list.list(folder);
  const listed = sessions.find(({ ref }) => ref.id === id);
  const file = listed?.file && transcriptAt(folder, listed.file.path);
  if (!listed || !file) {
    throw noSuchSession();
  }
  const read = keep === 'whole' ? readTranscript : (path: string) => scanOutline(path, signal);
  return { listed, session: await openFile({ file, cwd: listed.cwd }, read) };
}

/** The same session with all of its records. Throws `no_such_session` when its file is gone. */
export const openWhole = (session: SessionFile): Promise<SessionFile> => openFile(session, readTranscript);

async function openFile(
  { file, cwd }: Pick<SessionFile, 'file' | 'cwd'>,
  read: (path: string) => Promise<RawTranscript>,
): Promise<SessionFile> {
  try {
    return openedFile(file, cwd, await read(file.path));
  } catch (error) {
    throw readError(error, noSuchSession());
  }
}

/** The messages of a session, `range` of them; of an outline their texts are cut short. Throws `no_such_session`. */
export async function readSession(
  agent: AgentId,
  list: SessionList,
  folder: string,
  id: SessionId,
  range?: MessageRange,
  detail?: 'outline',
): Promise<Transcript> {
  const { listed, session } = await openSession(list, folder, id, range || detail ? 'outline' : 'whole');
  const info = summarise(agent, session, listed.lineage);
  if (!range || detail) {
    return transcriptOf(info, messagesOf(session.messages), range);
  }
  const placed = wholeIn(range, session) ?? (await openWhole(session)).messages;
  return transcriptOf(info, messagesOf(placed), range);
}

/**
 * The messages, those in `range` with all that they say; undefined when one of their records stands in no line of its own.
 * Throws `no_such_session` when others stand there now.
 */
function wholeIn(range: MessageRange, { file, raw, messages }: SessionFile): readonly Placed[] | undefined {
  try {
    using lines = new LineReader(file.path);
    let isPlaced = true;
    const whole = (record: GeminiRecord): GeminiRecord => {
      isPlaced &&= record.place !== undefined;
      return record.place ? wholeRecord(lines, record, record.place) : record;
    };
    const placed = withStretch(range, raw.records, messages, whole, readMessages);
    return isPlaced ? placed : undefined;
  } catch (error) {
    throw readError(error, noSuchSession());
  }
}
