import type { Message } from '../../core/model.ts';

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
