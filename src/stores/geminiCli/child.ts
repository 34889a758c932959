import { textOf } from '../common/fields.ts';
import { escapeSeparators, type JsonRecord, jsonLine } from '../common/jsonl.ts';
import { LineReader } from '../common/lineReader.ts';
import { type GeminiRecord, recordText, wholeRecord } from './records.ts';
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
  /** The transcript that the records come from. */
  readonly path: string;
}

// The source's own: its name, its notes of itself, what it came from; and what would make another record of a header.
const ownKeys = ['summary', 'memoryScratchpad', 'messages', lineageKey, 'id', '$rewindTo', '$set'];

/**
 * The lines of a child that holds `records`: a header, its title and where it came from, then record after record.
 * `metadata` is the source's. A record that stands in a line of its own may be an outline, and goes over as it stands there.
 * Throws `fork_point_invalid` when the file was rewritten meanwhile, else what reading throws.
 */
export function* childLines(
  records: readonly GeminiRecord[],
  metadata: JsonRecord,
  child: Child,
): Generator<string> {
  const { id, parent, after, messages, time, title, path } = child;
  using lines = new LineReader(path);
  const shared = Object.entries(metadata).filter(([key]) => !ownKeys.includes(key));
  yield jsonLine({
    ...Object.fromEntries(shared),
    sessionId: id,
    startTime: time,
    lastUpdated: time,
    kind: textOf(metadata.kind) ?? 'main',
  });
  yield jsonLine({ $set: { summary: title, [lineageKey]: { parent, after, messages } } });
  const whole = (record: GeminiRecord): GeminiRecord =>
    record.place ? wholeRecord(lines, record, record.place) : record;
  for (const record of withResultsOnce(records, whole)) {
    yield record.place
      ? `${escapeSeparators(recordText(lines, record, record.place))}\n`
      : jsonLine(record.json);
  }
}
