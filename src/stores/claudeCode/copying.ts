import { v4 as newUuid } from 'uuid';
import { SessionForksError } from '../../core/errors.ts';
import { recordOf, recordsOf, textOf } from '../common/fields.ts';
import { type JsonRecord, jsonLine, parseRecord, readLineBatches } from '../common/jsonl.ts';
import type { Kept } from './cutting.ts';
import type { Entry } from './entries.ts';
import { setMembers } from './members.ts';

export interface Copy {
  readonly path: string;
  readonly source: string;
  readonly child: string;
  readonly title: string;
  readonly kept: Kept;
  /** For a fork that keeps nothing: what its first record says of where it runs and what it leaves out. */
  readonly cwd?: string | undefined;
  readonly version?: string | undefined;
  readonly leftOut?: string | undefined;
  /** Whether the source has file checkpoints. */
  readonly checkpoints: boolean;
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
  let found = 0;
  for await (const batch of readLineBatches(copy.path, signal)) {
    const lines = batch.flatMap(({ number, text }) => {
      const entry = byLine.get(number);
      found += entry ? 1 : 0;
      const line = entry
        ? chainLine(text, entry, copy)
        : number <= kept.lastLine
          ? sideLine(text, ids, copy)
          : [];
      return typeof line === 'string' ? `${line}\n` : line;
    });
    yield lines.join('');
  }
  if (found < byLine.size) {
    throw rewritten();
  }
  const start = kept.leaf ? undefined : emptyStart(copy);
  yield start ? jsonLine(start) : '';
  yield jsonLine({ type: 'custom-title', customTitle: copy.title, sessionId: child });
  yield jsonLine({
    type: 'last-prompt',
    lastPrompt: kept.lastPrompt,
    leafUuid: kept.leaf?.uuid ?? start?.uuid,
    sessionId: child,
  });
}

/**
 * What a fork before the first prompt begins with: the program resumes a file with one system record, which it does
 * not send to the model, and says "No conversation found" of one without any (2.1.329).
 */
function emptyStart({ source, child, cwd, version, leftOut }: Copy) {
  const uuid = newUuid();
  return {
    parentUuid: null,
    isSidechain: false,
    type: 'system',
    subtype: 'informational',
    content: 'Forked before the first prompt.',
    isMeta: false,
    level: 'info',
    timestamp: new Date().toISOString(),
    uuid,
    userType: 'external',
    cwd,
    sessionId: child,
    version,
    forkedFrom: { sessionId: source, messageUuid: leftOut ?? uuid },
  };
}

const rewritten = (): SessionForksError =>
  new SessionForksError('fork_point_invalid', 'The session was rewritten meanwhile. Nothing was forked.');

/** What a copied record bears, each found in its text by its name. */
const sessionMember = '"sessionId":';
const requestMember = '"requestSessionId":';
const forkMember = '"forkedFrom":';

/**
 * A kept record as the child's. Where a name stands once in the text, and the record is known to bear it, there is no
 * need to parse: quotes inside strings are escaped, so that the text of a name is a name.
 */
function chainLine(text: string, entry: Entry, copy: Copy): string {
  const at = text.indexOf(sessionMember);
  const value = `${sessionMember}${JSON.stringify(copy.source)}`;
  const isPlain =
    entry.named &&
    !copy.kept.bridged.has(entry) &&
    text.startsWith(value, at) &&
    text.endsWith('}') &&
    text.indexOf(sessionMember, at + 1) === -1 &&
    !text.includes(forkMember) &&
    !text.includes(requestMember) &&
    text.includes(`"uuid":"${entry.uuid}"`);
  return isPlain ? plainLine(text, at, value.length, entry, copy) : parsedLine(text, entry, copy);
}

function plainLine(text: string, at: number, length: number, entry: Entry, copy: Copy): string {
  const asked = entry.byModel ? `,${requestMember}${JSON.stringify(copy.source)}` : '';
  const origin = `,${forkMember}${originOf(entry, copy)}}`;
  return `${text.slice(0, at)}${sessionMember}${JSON.stringify(copy.child)}${text.slice(at + length, -1)}${asked}${origin}`;
}

function parsedLine(text: string, entry: Entry, copy: Copy): string {
  const record = parseRecord(text);
  if (record?.uuid !== entry.uuid) {
    throw rewritten();
  }
  const asked = record.type === 'assistant' && !('requestSessionId' in record);
  const parent = copy.kept.bridged.get(entry);
  return setMembers(text, {
    ...(parent && { parentUuid: JSON.stringify(parent) }),
    sessionId: JSON.stringify(copy.child),
    ...(asked && { requestSessionId: JSON.stringify(copy.source) }),
    forkedFrom: originOf(entry, copy),
  });
}

const originOf = ({ uuid }: Entry, { source }: Copy): string =>
  JSON.stringify({ sessionId: source, messageUuid: uuid });

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

function sideLine(text: string, ids: ReadonlySet<string>, { source, child }: Copy): string | readonly [] {
  const record = parseRecord(text);
  if (!record || !passes(record, ids)) {
    return [];
  }
  return record.sessionId === source ? setMembers(text, { sessionId: JSON.stringify(child) }) : text;
}

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
