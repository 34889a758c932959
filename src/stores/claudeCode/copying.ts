import { SessionForksError } from '../../core/errors.ts';
import { recordOf, recordsOf, textOf } from '../shared/fields.ts';
import { type JsonRecord, jsonLine, parseRecord, readLineBatches } from '../shared/jsonl.ts';
import type { Kept } from './cutting.ts';
import type { Entry } from './entries.ts';
import { setMembers } from './members.ts';

export interface Copy {
  readonly path: string;
  readonly source: string;
  readonly child: string;
  readonly title: string;
  readonly kept: Kept;
}

/** What the program writes anew for each session, or what concerns the source alone. The agent copies none of it. */
const notCopied: ReadonlySet<unknown> = new Set([
  'last-prompt',
  'custom-title',
  'ai-title',
  'summary',
  'agent-name',
  'tag',
  'queue-operation',
  'cost-state',
  'permission-mode',
  'api-request',
  'api-request-shape',
  'api-request-blob',
]);

/**
 * The lines of a fork by Claude Code's own recipe (2.1.329): the kept records in the order of the file, each with
 * the child's session id and `forkedFrom`, everything else in them byte for byte; then the title, then `last-prompt`,
 * without which the official list does not show the fork. Throws `fork_point_invalid` when the file is rewritten
 * meanwhile, `cancelled`, else what reading throws.
 */
export async function* forkLines(copy: Copy, signal?: AbortSignal): AsyncGenerator<string> {
  const { kept, child } = copy;
  const byLine = new Map([...kept.entries].map((entry) => [entry.line, entry]));
  const ids = new Set([...kept.entries].map(({ uuid }) => uuid));
  for await (const batch of readLineBatches(copy.path, signal)) {
    const lines = batch.flatMap(({ number, text }) => {
      const record = parseRecord(text);
      const entry = byLine.get(number);
      const line = entry
        ? chainLine(text, record, entry, copy)
        : record && number <= kept.lastLine && passes(record, ids)
          ? sideLine(text, record, copy)
          : undefined;
      return line === undefined ? [] : `${line}\n`;
    });
    yield lines.join('');
  }
  yield jsonLine({ type: 'custom-title', customTitle: copy.title, sessionId: child });
  yield jsonLine({
    type: 'last-prompt',
    lastPrompt: kept.lastPrompt,
    leafUuid: kept.leaf.uuid,
    sessionId: child,
  });
}

function chainLine(text: string, record: JsonRecord | undefined, entry: Entry, copy: Copy): string {
  if (record?.uuid !== entry.uuid) {
    throw new SessionForksError(
      'fork_point_invalid',
      'The session was rewritten meanwhile. Nothing was forked.',
    );
  }
  const asked = record.type === 'assistant' && !('requestSessionId' in record);
  return setMembers(text, {
    sessionId: JSON.stringify(copy.child),
    ...(asked && { requestSessionId: JSON.stringify(copy.source) }),
    forkedFrom: JSON.stringify({ sessionId: copy.source, messageUuid: entry.uuid }),
  });
}

/** Records beside the chain go along unless they are the source's own; file checkpoints only with their message. */
function passes(record: JsonRecord, ids: ReadonlySet<string>): boolean {
  if (notCopied.has(record.type) || isOfChain(record)) {
    return false;
  }
  const message = isCheckpoint(record) ? textOf(record.messageId) : undefined;
  return message === undefined || ids.has(message);
}

/** Records on the chain that are not kept, and those of subagents that old versions wrote into the same file. */
const isOfChain = (record: JsonRecord): boolean => 'parentUuid' in record;

const sideLine = (text: string, record: JsonRecord, { source, child }: Copy): string =>
  record.sessionId === source ? setMembers(text, { sessionId: JSON.stringify(child) }) : text;

const isCheckpoint = ({ type }: JsonRecord): boolean =>
  type === 'file-history-snapshot' || type === 'file-history-delta';

/** Names of the file backups that the copied checkpoints refer to. */
export async function backupsOf({ path, kept }: Copy, signal?: AbortSignal): Promise<ReadonlySet<string>> {
  const ids = new Set([...kept.entries].map(({ uuid }) => uuid));
  const names = new Set<string>();
  for await (const batch of readLineBatches(path, signal)) {
    for (const { text } of batch) {
      const record = text.includes('"file-history-') ? parseRecord(text) : undefined;
      if (record && isCheckpoint(record) && passes(record, ids)) {
        backupNames(record).forEach((name) => void names.add(name));
      }
    }
  }
  return names;
}

function backupNames(record: JsonRecord): readonly string[] {
  const tracked = recordOf(recordOf(record.snapshot)?.trackedFileBackups) ?? {};
  const backups = [...recordsOf(Object.values(tracked)), recordOf(record.backup)];
  return backups.flatMap((backup) => textOf(backup?.backupFileName) ?? []);
}
