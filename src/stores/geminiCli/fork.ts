import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { v4 as uuid } from 'uuid';
import { errorText, SessionForksError } from '../../core/errors.ts';
import { type SessionId, sessionId } from '../../core/model.ts';
import type { ForkCut } from '../../core/store.ts';
import { textOf } from '../common/fields.ts';
import { throwIfCancelled } from '../common/pool.ts';
import { publishFile } from '../common/publish.ts';
import { textPieces } from '../common/textPieces.ts';
import { childLines } from './child.ts';
import { cutRecords } from './cut.ts';
import { projectHash } from './folders.ts';
import type { SessionList } from './list.ts';
import { openSession, openWhole } from './read.ts';
import type { GeminiRecord } from './records.ts';
import type { SessionFile } from './summary.ts';

/**
 * Writes a child with the first `cut.keep` messages of the source beside it. Seen to resume with exactly that prefix on
 * @google/gemini-cli 0.61.0 by `--resume` and over ACP. Throws `no_such_session`, `fork_point_invalid`, `not_supported`
 * for a fork without messages, `collision`, `cancelled`, `fork_failed`; then nothing is left behind.
 */
export async function forkSession(
  list: SessionList,
  folder: string,
  source: SessionId,
  cut: ForkCut,
  title: string,
  signal?: AbortSignal,
): Promise<SessionId> {
  if (cut.keep === 0) {
    throw new SessionForksError('not_supported', 'Gemini CLI does not resume a session without messages.');
  }
  const { session, records } = await openCut(list, folder, source, cut, signal);
  const chats = dirname(session.file.path);
  const after = session.messages[cut.keep - 1]?.message.id ?? '';
  throwIfCancelled(signal);
  try {
    const id = await freeId(chats);
    const now = new Date();
    const { path } = session.file;
    const child = { id, parent: session.id, after, messages: cut.keep, time: now.toISOString(), title, path };
    const metadata = { ...session.raw.metadata, projectHash: projectOf(session) };
    await publishFile(
      join(chats, fileName(id, now)),
      textPieces(childLines(records, metadata, child), signal),
    );
    return sessionId(id);
  } catch (error) {
    throw asForkError(error);
  }
}

/** The session and the records that the cut keeps: outlines where each stands in a line of its own, else whole. */
async function openCut(
  list: SessionList,
  folder: string,
  source: SessionId,
  cut: ForkCut,
  signal: AbortSignal | undefined,
): Promise<{ readonly session: SessionFile; readonly records: readonly GeminiRecord[] }> {
  const { session } = await openSession(list, folder, source, 'outline', signal);
  const records = cutRecords(session, cut);
  if (records.every(({ place }) => place)) {
    return { session, records };
  }
  const whole = await openWhole(session);
  return { session: whole, records: cutRecords(whole, cut) };
}

/** Gemini CLI takes no file for a session that does not say of which project it is. */
function projectOf({ raw, cwd }: SessionFile): string {
  const project = textOf(raw.metadata.projectHash) || (cwd && projectHash(cwd));
  if (!project) {
    throw new SessionForksError(
      'fork_failed',
      'Nothing says which folder the session belongs to, and Gemini CLI would not find the fork. Nothing was written.',
    );
  }
  return project;
}

/** Gemini CLI tells files apart by the first eight characters of the id, also when it deletes. */
async function freeId(chats: string): Promise<string> {
  const names = await readdir(chats);
  for (;;) {
    const id = uuid();
    if (!names.some((name) => name.includes(id.slice(0, 8)))) {
      return id;
    }
  }
}

const minute = 60_000;

/**
 * Named after the minute before: when Gemini CLI resumes a session it first begins a file of that session's id and the
 * current minute (0.61.0), and would begin anew in ours.
 */
const fileName = (id: string, now: Date): string =>
  `session-${new Date(now.getTime() - minute).toISOString().slice(0, 16).replace(':', '-')}-${id.slice(0, 8)}.jsonl`;

const asForkError = (error: unknown): SessionForksError =>
  error instanceof SessionForksError
    ? error
    : new SessionForksError('fork_failed', `The fork could not be written: ${errorText(error)}`, error);
