import { numberOf, recordOf, textOf } from '../common/fields.ts';
import type { JsonRecord } from '../common/jsonl.ts';
import { isPrompt, saidByPerson, turnOf } from './prompts.ts';
import type { CodexRecord } from './records.ts';
import { callId, isCall, isOutput, type ToolResult } from './tools.ts';

/** The items of one prompt or one reply, from the record at `start` to before the one at `end`, outputs included. */
export interface Draft {
  readonly kind: 'prompt' | 'reply';
  /** Response items: one message of the person, or all that the model said in one response. */
  readonly items: JsonRecord[];
  readonly start: number;
  end: number;
  readonly turn: Turn;
  readonly model?: string;
  readonly afterCompaction: boolean;
  usage?: JsonRecord;
  /** The model has said all of it. */
  whole: boolean;
}

export interface Turn {
  id?: string;
  /** Codex wrote where this turn begins, and so will write where it ends. */
  readonly announced: boolean;
  over: boolean;
}

/** What the records of a session say: its drafts in order, what became of the tool calls, and its last turn. */
export interface Reading {
  readonly drafts: readonly Draft[];
  readonly results: ReadonlyMap<string, ToolResult>;
  readonly lastTurn: Turn;
}

export const turnStarts: ReadonlySet<unknown> = new Set(['task_started', 'turn_started']);
export const turnEnds: ReadonlySet<unknown> = new Set(['task_complete', 'turn_complete', 'turn_aborted']);
const toolEvents: ReadonlySet<unknown> = new Set([
  'exec_command_end',
  'mcp_tool_call_end',
  'patch_apply_end',
]);

/**
 * Goes once through the records of a session, all files joined. A reply is one response of the model:
 * `token_usage_record` ends it (Codex 0.169.0); legacy files have none, there the next thing that the model says after
 * an output begins another reply.
 */
export function readRecords(records: readonly CodexRecord[]): Reading {
  const reader = new Reader(saidByPerson(records));
  for (const [index, record] of records.entries()) {
    reader.take(record, index);
  }
  return reader.finish();
}

class Reader {
  readonly #said: ReadonlySet<string>;
  #drafts: Draft[] = [];
  #turn: Turn = { announced: false, over: true };
  #model: string | undefined;
  #compacted = false;
  readonly #results = new Map<string, ToolResult>();
  readonly #announced = new Set<string>();

  constructor(said: ReadonlySet<string>) {
    this.#said = said;
  }

  take(record: CodexRecord, index: number): void {
    const { type, payload } = record;
    if (type === 'event_msg') {
      this.#event(payload);
    } else if (type === 'response_item') {
      this.#item(payload, record, index);
    } else if (type === 'turn_context') {
      this.#model = textOf(payload.model) ?? this.#model;
    } else if (type === 'token_usage_record') {
      this.#responseEnd(recordOf(payload.usage));
    } else if (type === 'compacted') {
      this.#compaction(record);
    }
  }

  finish(): Reading {
    const last = this.#drafts.at(-1);
    // Without turn events an answer that calls nothing was the last one of its turn.
    if (!this.#turn.announced && last?.kind === 'reply' && !last.items.some(isCall)) {
      this.#turn.over = true;
    }
    return { drafts: this.#drafts, results: this.#results, lastTurn: this.#turn };
  }

  #event(payload: JsonRecord): void {
    if (turnStarts.has(payload.type)) {
      this.#beginTurn(textOf(payload.turn_id), true);
    } else if (turnEnds.has(payload.type)) {
      this.#turn.over = true;
    } else if (payload.type === 'item_completed') {
      this.#completed(recordOf(payload.item) ?? {});
    } else if (toolEvents.has(payload.type)) {
      this.#result(callId(payload), { event: payload });
    } else if (payload.type === 'token_count') {
      this.#legacyUsage(recordOf(recordOf(payload.info)?.last_token_usage));
    } else if (payload.type === 'thread_rolled_back') {
      this.#rollBack(numberOf(payload.num_turns) ?? 0);
    }
  }

  #beginTurn(id: string | undefined, announced: boolean): void {
    this.#turn.over = true;
    this.#turn = { ...(id ? { id } : {}), announced, over: false };
  }

  #completed(item: JsonRecord): void {
    const id = textOf(item.id) ?? '';
    this.#announced.add(id);
    this.#result(id, { event: item });
  }

  #result(id: string, result: ToolResult): void {
    this.#results.set(id, { ...this.#results.get(id), ...result });
  }

  #item(item: JsonRecord, record: CodexRecord, index: number): void {
    if (isOutput(item)) {
      this.#output(item, index);
    } else if (item.type === 'message' && item.role === 'user') {
      this.#fromPerson(item, index);
    } else if (isCall(item) || item.type === 'reasoning' || item.role === 'assistant') {
      this.#fromModel(item, record, index);
    }
  }

  #fromPerson(item: JsonRecord, index: number): void {
    if (!isPrompt(item, this.#said)) {
      return;
    }
    // A second prompt inside a turn steers it; without turn events each prompt begins one.
    if (!this.#turn.announced || this.#turn.over) {
      this.#beginTurn(turnOf(item), false);
    }
    this.#draft('prompt', item, index);
  }

  #fromModel(item: JsonRecord, record: CodexRecord, index: number): void {
    const last = this.#drafts.at(-1);
    if (last?.kind === 'reply' && last.turn === this.#turn && !this.#isPast(last, record)) {
      last.items.push(item);
      last.end = index + 1;
    } else {
      this.#draft('reply', item, index);
    }
  }

  #isPast(reply: Draft, record: CodexRecord): boolean {
    const hasOutput = (item: JsonRecord): boolean =>
      isCall(item) && this.#results.get(callId(item))?.output !== undefined;
    return reply.whole || (record.ordinal === undefined && reply.items.some(hasOutput));
  }

  #draft(kind: Draft['kind'], item: JsonRecord, index: number): void {
    const before = this.#drafts.at(-1);
    if (before) {
      before.whole = true;
    }
    this.#drafts.push({
      kind,
      items: [item],
      start: index,
      end: index + 1,
      turn: this.#turn,
      ...(this.#model && kind === 'reply' ? { model: this.#model } : {}),
      afterCompaction: this.#compacted,
      whole: false,
    });
    this.#compacted = false;
  }

  #output(item: JsonRecord, index: number): void {
    const id = callId(item);
    const owner = this.#drafts.findLast(({ items }) =>
      items.some((call) => isCall(call) && callId(call) === id),
    );
    if (owner) {
      owner.end = index + 1;
      this.#result(id, { output: item });
    }
  }

  #responseEnd(usage: JsonRecord | undefined): void {
    const last = this.#drafts.at(-1);
    if (last?.kind === 'reply' && !last.whole) {
      last.whole = true;
      Object.assign(last, usage && { usage });
    }
  }

  #legacyUsage(usage: JsonRecord | undefined): void {
    const last = this.#drafts.at(-1);
    if (last?.kind === 'reply' && usage) {
      last.usage ??= usage;
    }
  }

  /** The summary is a response like any other, but no `item_completed` shows it to the person. */
  #compaction(record: CodexRecord): void {
    const last = this.#drafts.at(-1);
    const isSummary =
      record.ordinal !== undefined &&
      last?.kind === 'reply' &&
      last.turn === this.#turn &&
      !last.items.some((item) => isCall(item) || this.#announced.has(textOf(item.id) ?? ''));
    if (isSummary) {
      this.#drafts.pop();
    }
    this.#compacted = true;
  }

  #rollBack(turns: number): void {
    const known = [...new Set(this.#drafts.map(({ turn }) => turn))];
    const gone = new Set(turns > 0 ? known.slice(-turns) : []);
    this.#drafts = this.#drafts.filter(({ turn }) => !gone.has(turn));
  }
}
