import type { LiveToolCall, LiveUpdate, PlanEntry, PromptInput } from './liveAgent.ts';
import { type Message, messageId, type Reply, type ReplyPart, type ToolCall } from './model.ts';

/**
 * The turn that runs now, in the same words as a stored transcript. Its messages have ids of their own (`live-…`)
 * until the store is read again: nothing can be forked by them.
 */
export interface LiveTurn {
  readonly prompt: Message;
  readonly reply: Reply;
  readonly plan: readonly PlanEntry[];
  readonly running: boolean;
}

/** The turn at the moment its prompt is sent. */
export function beginTurn(input: PromptInput, at: number): LiveTurn {
  return {
    prompt: {
      kind: 'prompt',
      id: messageId('live-prompt'),
      at,
      text: input.text,
      attachments: input.attachments,
    },
    reply: { kind: 'reply', id: messageId('live-reply'), at, parts: [], finished: false, endsTurn: false },
    plan: [],
    running: true,
  };
}

/** The turn after one update. Updates that do not concern messages leave it as it is. */
export function applyUpdate(turn: LiveTurn, update: LiveUpdate): LiveTurn {
  switch (update.kind) {
    case 'text':
    case 'thinking':
      return withParts(turn, appendText(turn.reply.parts, update.kind, update.text));
    case 'tool':
      return withParts(turn, upsertTool(turn.reply.parts, update.call));
    case 'plan':
      return { ...turn, plan: update.entries };
    case 'tokens':
      return { ...turn, reply: { ...turn.reply, usage: update.usage } };
    case 'usage':
    case 'options':
      return turn;
  }
}

/** The turn once it is over: what still ran is marked stopped. */
export function endTurn(turn: LiveTurn): LiveTurn {
  const parts = turn.reply.parts.map((part) =>
    part.kind === 'tool' && part.status === 'running' ? { ...part, status: 'stopped' as const } : part,
  );
  return { ...turn, running: false, reply: { ...turn.reply, parts } };
}

function withParts(turn: LiveTurn, parts: readonly ReplyPart[]): LiveTurn {
  return { ...turn, reply: { ...turn.reply, parts } };
}

function appendText(
  parts: readonly ReplyPart[],
  kind: 'text' | 'thinking',
  text: string,
): readonly ReplyPart[] {
  const last = parts.at(-1);
  if (last?.kind === kind) {
    return [...parts.slice(0, -1), { ...last, text: last.text + text }];
  }
  return [...parts, { kind, text }];
}

function upsertTool(parts: readonly ReplyPart[], call: LiveToolCall): readonly ReplyPart[] {
  const index = parts.findIndex((part) => part.kind === 'tool' && part.id === call.id);
  const known = parts[index];
  if (known?.kind !== 'tool') {
    return [...parts, mergeTool(blankTool(call.id), call)];
  }
  return parts.with(index, mergeTool(known, call));
}

function blankTool(id: string): ToolCall {
  return {
    kind: 'tool',
    id,
    name: '',
    action: 'other',
    target: '',
    input: '',
    output: '',
    status: 'running',
  };
}

function mergeTool(known: ToolCall, call: LiveToolCall): ToolCall {
  return {
    ...known,
    name: call.name ?? known.name,
    action: call.action ?? known.action,
    target: call.target ?? known.target,
    input: call.input ?? known.input,
    output: call.output ?? known.output,
    status: call.status ?? known.status,
    ...(call.edits ? { edits: call.edits } : {}),
  };
}
