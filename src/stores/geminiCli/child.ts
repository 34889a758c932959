import { textOf } from '../common/fields.ts';
import { type JsonRecord, jsonLine } from '../common/jsonl.ts';
import type { GeminiRecord } from './records.ts';
import { withResultsOnce } from './results.ts';
import { lineageKey } from './summary.ts';

export interface Child {
  readonly id: string;
  /** Id of the session that the records come from, and of its last message that is kept. */
  readonly parent: string;
  readonly after: string;
  readonly messages: number;
  /** ISO time of the fork. */
  readonly time: string;
  readonly title: string;
}

// The source's own: its name, its notes of itself, what it came from; and what would make another record of a header.
const ownKeys = ['summary', 'memoryScratchpad', 'messages', lineageKey, 'id', '$rewindTo', '$set'];

/**
 * The lines of a child that holds `records`: a header, its title and where it came from, then record after record.
 * `metadata` is the source's.
 */
export function* childLines(
  records: readonly GeminiRecord[],
  metadata: JsonRecord,
  child: Child,
): Generator<string> {
  const { id, parent, after, messages, time, title } = child;
  const shared = Object.entries(metadata).filter(([key]) => !ownKeys.includes(key));
  yield jsonLine({
    ...Object.fromEntries(shared),
    sessionId: id,
    startTime: time,
    lastUpdated: time,
    kind: textOf(metadata.kind) ?? 'main',
  });
  yield jsonLine({ $set: { summary: title, [lineageKey]: { parent, after, messages } } });
  for (const { json } of withResultsOnce(records)) {
    yield jsonLine(json);
  }
}
