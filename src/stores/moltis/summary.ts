import { errorText } from '../../core/errors.ts';
import {
  type AgentId,
  type Lineage,
  type Problem,
  type SessionInfo,
  type SessionRef,
  sessionId,
} from '../../core/model.ts';
import { oneLine } from '../common/fields.ts';
import { messagesOf, type Placed } from '../common/placed.ts';
import { stampOf } from '../common/stamp.ts';
import { isTurnOpen } from '../common/transcript.ts';
import { findHistory, type History, type HistoryFile, readHistory } from './history.ts';
import { readMessages } from './messages.ts';
import type { Place } from './place.ts';
import { isForkable, type SessionRow } from './rows.ts';
import type { AskAccess } from './serving.ts';

/** What listing needs of a message. */
interface Outline {
  readonly end: number;
  readonly at?: number;
  /** The first line of a prompt. */
  readonly prompt?: string;
}

/** What a history says, without its texts. */
interface Outlined {
  readonly messages: readonly Outline[];
  readonly openTurn: boolean;
  readonly problem?: Problem;
}

/** One store: its place, and what it remembers of histories by their stamp, so that only those that changed are read. */
export interface Shelf {
  readonly agent: AgentId;
  readonly place: Place;
  readonly access: AskAccess;
  readonly memory: Map<
    string,
    { readonly path: string; readonly stamp: string; readonly outlined: Outlined }
  >;
}

/** What a list shows of a session. Never throws: what keeps its history from being read is its problem. */
export async function summarise(shelf: Shelf, row: SessionRow): Promise<SessionInfo> {
  try {
    const file = await findHistory(shelf.place, row.key);
    return infoOf(shelf, row, file, file ? await recall(shelf, row.key, file) : unwritten(row));
  } catch (error) {
    const problem = { text: `Its history cannot be read: ${errorText(error)}`, readable: 0 };
    return infoOf(shelf, row, undefined, { messages: [], openTurn: false, problem });
  }
}

async function recall({ place, memory }: Shelf, key: string, file: HistoryFile): Promise<Outlined> {
  const stamp = stampOf(file.stats);
  const known = memory.get(key);
  if (known?.path === file.path && known.stamp === stamp) {
    return known.outlined;
  }
  const history = await readHistory(file.path);
  const outlined = outlineOf(history, readMessages(history.entries, place.histories));
  memory.set(key, { path: file.path, stamp, outlined });
  return outlined;
}

const unwritten = ({ entryCount }: SessionRow): Outlined => ({
  messages: [],
  openTurn: false,
  ...(entryCount > 0
    ? { problem: { text: `Its history of ${entryCount} entries is missing.`, readable: 0 } }
    : {}),
});

/** The same for a history that was just read. */
export const summariseRead = (
  shelf: Shelf,
  row: SessionRow,
  file: HistoryFile | undefined,
  history: History,
  messages: readonly Placed[],
): SessionInfo => infoOf(shelf, row, file, file ? outlineOf(history, messages) : unwritten(row));

function outlineOf(history: History, placed: readonly Placed[]): Outlined {
  const problem = problemOf(history, placed);
  return {
    messages: placed.map(({ message, end }) => ({
      end,
      ...(message.at === undefined ? {} : { at: message.at }),
      ...(message.kind === 'prompt' ? { prompt: oneLine(message.text) } : {}),
    })),
    openTurn: isTurnOpen(messagesOf(placed)),
    ...(problem ? { problem } : {}),
  };
}

function problemOf({ bad: [first] }: History, placed: readonly Placed[]): Problem | undefined {
  if (!first) {
    return undefined;
  }
  const readable = placed.filter(({ end }) => end <= first.before).length;
  return {
    text: `Line ${first.line} of its history is no JSON; Moltis passes over it.`,
    line: first.line,
    readable,
  };
}

function infoOf(
  { agent }: Shelf,
  row: SessionRow,
  file: HistoryFile | undefined,
  { messages, openTurn, problem }: Outlined,
): SessionInfo {
  const lineage = lineageOf(agent, row, messages);
  return {
    ref: { agent, id: sessionId(row.key) },
    title: oneLine(row.label ?? '') || promptFrom(messages, 0) || row.key,
    titled: row.label !== undefined,
    preview: promptFrom(messages, lineage?.messages ?? 0),
    ...(row.directory ? { cwd: row.directory } : {}),
    created: row.created,
    updated: row.updated,
    messageCount: messages.length,
    size: file?.stats.size ?? 0,
    ...(file ? { file: { path: file.path, stamp: stampOf(file.stats) } } : {}),
    ...(lineage ? { lineage } : {}),
    ...(row.archived ? { archived: true } : {}),
    ...(isForkable(row) ? {} : { readOnly: true }),
    ...(problem ? { problem } : {}),
    ...(openTurn ? { openTurn: true } : {}),
  };
}

/**
 * The parent by its key, which may be gone. The fork point counts entries; after a compaction it counts entries that are
 * no more, so messages that are younger than the fork itself are none that it began with.
 */
function lineageOf(
  agent: AgentId,
  { key, parent, forkPoint, created }: SessionRow,
  messages: readonly Outline[],
): Lineage | undefined {
  if (parent === undefined || parent === key) {
    return undefined;
  }
  const own = messages.findIndex(
    ({ end, at }) => end > (forkPoint ?? 0) || (at !== undefined && at > created),
  );
  const ref: SessionRef = { agent, id: sessionId(parent) };
  return { parent: ref, kind: 'fork', messages: own === -1 ? messages.length : own, how: 'recorded' };
}

const promptFrom = (messages: readonly Outline[], from: number): string =>
  messages.slice(from).find(({ prompt }) => prompt !== undefined)?.prompt ?? '';
