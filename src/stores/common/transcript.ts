import type { Message, MessageRange, ReplyPart, SessionInfo, Transcript } from '../../core/model.ts';
import { oneLine } from './fields.ts';
import { rewritten } from './files.ts';
import type { Placed } from './placed.ts';

/** The stretch of `messages` that `range` asks for, cut to what there is. */
export function transcriptOf(
  info: SessionInfo,
  messages: readonly Message[],
  range: MessageRange | undefined,
): Transcript {
  const total = messages.length;
  const { from, to } = stretchOf(range, total);
  return { info, messages: messages.slice(from, to), first: from, total };
}

/** The messages that a range asks for of `total`: from `from` to before `to`. */
export function stretchOf(
  range: MessageRange | undefined,
  total: number,
): { readonly from: number; readonly to: number } {
  if (range === undefined) {
    return { from: 0, to: total };
  }
  if ('last' in range) {
    return { from: Math.max(0, total - range.last), to: total };
  }
  const from = Math.min(Math.max(0, range.from), total);
  return { from, to: Math.min(Math.max(from, range.to), total) };
}

/**
 * The messages of a branch with those of a stretch read anew, from their own records (by `whole`) and those of the message
 * before and after alone. Throws `fork_point_invalid` when the records hold other messages now.
 */
export function withStretch<Kept>(
  range: MessageRange,
  records: readonly Kept[],
  messages: readonly Placed[],
  whole: (record: Kept) => Kept,
  read: (records: readonly Kept[]) => readonly Placed[],
): readonly Placed[] {
  const { from, to } = stretchOf(range, messages.length);
  const [first, next] = [messages[from], messages[to]];
  if (!first || to <= from) {
    return messages;
  }
  const begin = messages[from - 1]?.start ?? 0;
  const end = next?.start ?? records.length;
  const wanted = records.slice(first.start, end).map(whole);
  const around = [...records.slice(begin, first.start), ...wanted, ...records.slice(end, end + 1)];
  const found = read(around).slice(from > 0 ? 1 : 0, next ? -1 : undefined);
  if (found.length !== to - from) {
    throw rewritten();
  }
  const placed = found.map((one) => ({ ...one, start: one.start + begin, end: one.end + begin }));
  return messages.toSpliced(from, placed.length, ...placed);
}

/** One line of the first prompt from index `from` (from 0) on; empty when there is none. */
export function promptFrom(messages: readonly Message[], from: number): string {
  const found = messages.slice(from).find((message) => message.kind === 'prompt');
  return found?.kind === 'prompt' ? oneLine(found.text) : '';
}

/** Whether the last turn has no end yet. */
export function isTurnOpen(messages: readonly Message[]): boolean {
  const last = messages.at(-1);
  return last !== undefined && !(last.kind === 'reply' && last.endsTurn);
}

/** Pieces of one text that stand in several parts read as one. */
export function joinTexts(parts: readonly ReplyPart[]): readonly ReplyPart[] {
  const joined: ReplyPart[] = [];
  for (const part of parts) {
    const last = joined.at(-1);
    if (last && last.kind !== 'tool' && part.kind === last.kind) {
      joined[joined.length - 1] = { ...last, text: last.text + part.text };
    } else {
      joined.push(part);
    }
  }
  return joined;
}
