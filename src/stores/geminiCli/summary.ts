import { basename } from 'node:path';
import { type AgentId, type Lineage, type SessionInfo, sessionId } from '../../core/model.ts';
import { numberOf, oneLine, recordOf, textOf, timeOf } from '../common/fields.ts';
import { MadeOf } from '../common/keptScans.ts';
import { messagesOf, type Placed } from '../common/placed.ts';
import { stampOf } from '../common/stamp.ts';
import { startedBy } from '../common/subagents.ts';
import { isTurnOpen, promptFrom } from '../common/transcript.ts';
import { withCallsInPlace } from './calls.ts';
import type { TranscriptFile } from './folders.ts';
import { readMessages } from './messages.ts';
import { findProblem } from './problems.ts';
import { hasHeader, type RawTranscript } from './records.ts';

/** A transcript read. `id` is the session's, or the file's name when nothing in it says which session it is. */
export interface SessionFile {
  readonly id: string;
  readonly file: TranscriptFile;
  readonly cwd: string | undefined;
  readonly raw: RawTranscript;
  readonly messages: readonly Placed[];
}

/** The key of a `$set` record that our forks bear; Gemini CLI 0.61.0 keeps it and does not mind. */
export const lineageKey = 'sessionForks';

const opened = new MadeOf<RawTranscript, SessionFile>();

/** The session of a transcript; that of one that is kept is made once. */
export const openedFile = (file: TranscriptFile, cwd: string | undefined, raw: RawTranscript): SessionFile =>
  opened.get(raw, cwd, () => open(file, cwd, raw));

function open(file: TranscriptFile, cwd: string | undefined, raw: RawTranscript): SessionFile {
  const id = hasHeader(raw) ? textOf(raw.metadata.sessionId) : undefined;
  const records = withCallsInPlace(raw.records);
  const messages = readMessages(records);
  return { id: id ?? nameOf(file), file, cwd, raw: { ...raw, records }, messages };
}

export const nameOf = (file: TranscriptFile): string => basename(file.path).replace(/\.jsonl?$/, '');

/** What a list shows of a file. `inferred` counts only where the file itself does not say where it came from. */
export function summarise(agent: AgentId, session: SessionFile, inferred?: Lineage): SessionInfo {
  const { id, file, cwd, raw } = session;
  const { stats } = raw;
  const messages = messagesOf(session.messages);
  const lineage = recordedLineage(agent, session) ?? inferred;
  const title = oneLine(textOf(raw.metadata.summary) ?? '');
  const created = timeOf(raw.started) ?? (stats.birthtimeMs || stats.mtimeMs);
  const problem = findProblem(raw, messages.length);
  return {
    ref: { agent, id: sessionId(id) },
    title: title || promptFrom(messages, 0) || id.slice(0, 8),
    titled: title !== '',
    preview: promptFrom(messages, lineage?.messages ?? 0),
    ...(cwd === undefined ? {} : { cwd }),
    created,
    updated: Math.max(created, updatedAt(session)),
    messageCount: messages.length,
    size: stats.size,
    file: { path: file.path, stamp: stampOf(stats) },
    ...(lineage ? { lineage } : {}),
    ...(problem ? { problem } : {}),
    ...(isTurnOpen(messages) ? { openTurn: true } : {}),
  };
}

/** When the agent last wrote: of several files of one session it goes on with the latest. */
export const updatedAt = ({ raw }: Pick<SessionFile, 'raw'>): number =>
  timeOf(raw.metadata.lastUpdated) ?? raw.stats.mtimeMs;

/**
 * Our own forks say where they came from; after a rewind behind the fork point less of it is left. The run of a subagent
 * lies in the folder of the session that started it.
 */
function recordedLineage(agent: AgentId, { id, file, raw, messages }: SessionFile): Lineage | undefined {
  if (file.startedBy !== undefined) {
    return startedBy({ agent, id: sessionId(file.startedBy) });
  }
  const record = recordOf(raw.metadata[lineageKey]);
  const parent = textOf(record?.parent);
  if (parent === undefined || parent === id) {
    return undefined;
  }
  const index = messages.findIndex(({ message }) => message.id === record?.after);
  const kept = index < 0 ? Math.min(numberOf(record?.messages) ?? 0, messages.length) : index + 1;
  return { parent: { agent, id: sessionId(parent) }, kind: 'fork', messages: kept, how: 'recorded' };
}
