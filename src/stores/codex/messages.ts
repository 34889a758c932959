import { type Message, messageId, type Prompt, type Reply, type ReplyPart } from '../../core/model.ts';
import { recordsOf, textOf } from '../common/fields.ts';
import type { JsonRecord } from '../common/jsonl.ts';
import { MadeOf } from '../common/keptScans.ts';
import type { Placed } from '../common/placed.ts';
import { wholeUsage } from '../common/usage.ts';
import { attachmentsOf, promptText } from './prompts.ts';
import { type Draft, type Reading, readRecords } from './reader.ts';
import type { CodexRecord, Rollout } from './records.ts';
import { callId, isAnswered, isCall, type ToolResult, toolCall } from './tools.ts';

/** A message and its place among the records of its session. `turn` is Codex's own id of its turn. */
export interface PlacedInTurn extends Placed {
  readonly turn?: string;
}

/** All messages of a session, and whether its last turn has no end yet. */
export interface Conversation {
  readonly messages: readonly PlacedInTurn[];
  readonly openTurn: boolean;
}

type MessageBase = Pick<Message, 'id' | 'at' | 'afterCompaction'>;

const conversations = new MadeOf<Rollout, Conversation>();

/** What one file says by itself; of one that is kept it is read once. */
export const conversationIn = (rollout: Rollout): Conversation =>
  conversations.get(rollout, 'conversation', () => readMessages(rollout.records));

/** Reads the messages of a session from its records, all files joined. */
export function readMessages(records: readonly CodexRecord[]): Conversation {
  const reading = readRecords(records);
  const used = new Set<string>();
  const messages = reading.drafts.map((draft, index): PlacedInTurn => {
    const base = baseOf(draft, index, records[draft.start]?.at, used);
    const isLast = reading.drafts[index + 1]?.turn !== draft.turn;
    const { id } = draft.turn;
    return {
      message: draft.kind === 'prompt' ? promptOf(draft, base) : replyOf(draft, base, reading, isLast),
      start: draft.start,
      end: draft.end,
      ...(id === undefined ? {} : { turn: id }),
    };
  });
  return { messages, openTurn: messages.length > 0 && !reading.lastTurn.over };
}

/** The id of the first item; earlier versions wrote none, there the place in the session has to do. */
function baseOf(draft: Draft, index: number, at: number | undefined, used: Set<string>): MessageBase {
  const own = textOf(draft.items[0]?.id) || `${draft.turn.id ?? 'message'}:${index}`;
  const id = used.has(own) ? `${own}~${index}` : own;
  used.add(id);
  return {
    id: messageId(id),
    ...(at === undefined ? {} : { at }),
    ...(draft.afterCompaction ? { afterCompaction: true } : {}),
  };
}

function promptOf({ items }: Draft, base: MessageBase): Prompt {
  const item = items[0] ?? {};
  return { kind: 'prompt', ...base, text: promptText(item), attachments: attachmentsOf(item) };
}

function replyOf(draft: Draft, base: MessageBase, { results }: Reading, isLast: boolean): Reply {
  const { turn, model } = draft;
  const resultOf = (item: JsonRecord): ToolResult => results.get(callId(item)) ?? {};
  const answered = draft.items.every((item) => !isCall(item) || isAnswered(item, resultOf(item)));
  const finished = answered && (draft.whole || turn.over || !turn.announced);
  const usage = usageOf(draft.usage);
  return {
    kind: 'reply',
    ...base,
    parts: draft.items.flatMap((item) => partsOf(item, resultOf(item), turn.over)),
    ...(model === undefined ? {} : { model }),
    ...(usage ? { usage } : {}),
    finished,
    endsTurn: finished && turn.over && isLast,
  };
}

function partsOf(item: JsonRecord, result: ToolResult, isOver: boolean): readonly ReplyPart[] {
  if (isCall(item)) {
    return [toolCall(item, result, isOver)];
  }
  const isThinking = item.type === 'reasoning';
  const pieces = isThinking
    ? [...recordsOf(item.summary), ...recordsOf(item.content)]
    : recordsOf(item.content);
  const text = pieces.flatMap((piece) => textOf(piece.text) ?? []).join(isThinking ? '\n\n' : '');
  return text === '' ? [] : [{ kind: isThinking ? 'thinking' : 'text', text }];
}

const usageOf = (usage: JsonRecord | undefined): Reply['usage'] =>
  wholeUsage({
    input: usage?.input_tokens,
    output: usage?.output_tokens,
    cacheRead: usage?.cached_input_tokens,
  });
