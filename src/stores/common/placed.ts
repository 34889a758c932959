import type { Message } from '../../core/model.ts';
import { timeOf } from './fields.ts';
import type { JsonRecord } from './jsonl.ts';

/** A message and the records, rows or entries that hold it, results included: from `start` to before `end`. */
export interface Placed<M extends Message = Message> {
  readonly message: M;
  readonly start: number;
  readonly end: number;
}

export const messagesOf = (placed: readonly Placed[]): readonly Message[] =>
  placed.map(({ message }) => message);

/** Whether the message is the one that a cut found there; a cut that names none takes any. */
export const isSame = (placed: Placed | undefined, wanted: string | undefined): boolean =>
  wanted === undefined || placed?.message.id === wanted;

/** The time of a message's first record, and the lines from its first to its last one. */
export function timeAndLines(records: readonly [RecordLine, ...RecordLine[]]): Pick<Message, 'at' | 'lines'> {
  const at = timeOf(records[0].json.timestamp);
  const lines = records.map(({ line }) => line);
  return {
    ...(at === undefined ? {} : { at }),
    lines: { first: Math.min(...lines), last: Math.max(...lines) },
  };
}

interface RecordLine {
  readonly json: JsonRecord;
  readonly line: number;
}
