import { v4 as newUuid } from 'uuid';
import { readByteBatches } from '../common/bytesBatches.ts';
import { ByteJoin } from '../common/bytesJoin.ts';
import { recordOf, recordsOf, textOf } from '../common/fields.ts';
import { type JsonRecord, jsonLine, lineText, parseRecord, readLineBatches } from '../common/jsonl.ts';
import { setMembers } from '../common/members.ts';
import { ChainCopier, rewritten } from './copyingChain.ts';
import type { Kept } from './cutting.ts';

const newline = 0x0a;

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
export async function* forkLines(copy: Copy, signal?: AbortSignal): AsyncGenerator<string | Buffer> {
  const { kept, child } = copy;
  const lines = new LineCopier(copy);
  for await (const batch of readByteBatches(copy.path, signal)) {
    yield lines.copy(batch);
    if (lines.isDone) {
      break;
    }
  }
  if (!lines.isDone) {
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

/** Copies a transcript batch by batch. */
class LineCopier {
  readonly #copy: Copy;
  #ids: ReadonlySet<string> | undefined;
  readonly #made = new ByteJoin();
  readonly #chain: ChainCopier;
  #number = 0;

  constructor(copy: Copy) {
    this.#copy = copy;
    this.#chain = new ChainCopier(copy);
  }

  /** Whether the last line that the child needs was copied. */
  get isDone(): boolean {
    return this.#number >= this.#copy.kept.lastLine;
  }

  /** The child's lines for a batch of whole lines of its source. */
  copy(batch: Buffer): Buffer {
    for (let start = 0; start < batch.length && !this.isDone; ) {
      const found = batch.indexOf(newline, start);
      const end = found === -1 ? batch.length : found;
      this.#number++;
      this.#line(batch, start, end);
      start = end + 1;
    }
    return this.#made.take();
  }

  #line(batch: Buffer, start: number, end: number): void {
    const entry = this.#copy.kept.entries.at(this.#number);
    if (entry && this.#chain.addPlain(this.#made, batch, start, end, entry)) {
      return;
    }
    const text = lineText(batch, start, end, this.#number === 1);
    const line = entry ? this.#chain.line(text, entry) : sideLine(text, this.#idsKept(), this.#copy);
    if (line !== undefined) {
      this.#made.addText(`${line}\n`);
    }
  }

  /** Few sessions have records beside the chain that ask for them. */
  #idsKept(): ReadonlySet<string> {
    this.#ids ??= idsOf(this.#copy.kept);
    return this.#ids;
  }
}

const idsOf = ({ entries }: Kept): ReadonlySet<string> => new Set(Array.from(entries, ({ uuid }) => uuid));

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

function sideLine(text: string, ids: ReadonlySet<string>, { source, child }: Copy): string | undefined {
  const record = parseRecord(text);
  if (!record || !passes(record, ids)) {
    return undefined;
  }
  return record.sessionId === source ? setMembers(text, { sessionId: JSON.stringify(child) }) : text;
}

const isCheckpoint = ({ type }: JsonRecord): boolean =>
  type === 'file-history-snapshot' || type === 'file-history-delta';

/** Names of the file backups that the copied checkpoints refer to. */
export async function backupsOf({ path, kept }: Copy, signal?: AbortSignal): Promise<ReadonlySet<string>> {
  const ids = idsOf(kept);
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
