import type { LiveToolCall, LiveUpdate, PlanEntry, PromptInput } from './liveAgent.ts';
import {
  type Message,
  messageId,
  type Prompt,
  type Reply,
  type ReplyPart,
  type TokenUsage,
  type ToolCall,
} from './model.ts';

/**
 * The turn that runs now, in the same words as a stored transcript. Its messages have ids of their own (`live-…`)
 * until the store is read again: nothing can be forked by them.
 */
export interface LiveTurn {
  readonly prompt: Prompt;
  /** At least one. A reply ends when all its tool calls have results and the model goes on. */
  readonly replies: readonly Reply[];
  readonly plan: readonly PlanEntry[];
  readonly running: boolean;
}

/** The turn at the moment its prompt is sent. `at` is ms since 1970. */
export function beginTurn(input: PromptInput, at: number): LiveTurn {
  return {
    prompt: {
      kind: 'prompt',
      id: messageId('live-prompt'),
      at,
      text: input.text,
      attachments: input.attachments,
    },
    replies: [blankReply(1)],
    plan: [],
    running: true,
  };
}

/** The turn after one update. Updates that do not concern messages leave it as it is. */
export function applyUpdate(turn: LiveTurn, update: LiveUpdate): LiveTurn {
  switch (update.kind) {
    case 'text':
    case 'thinking':
      return withText(turn, update.kind, update.text);
    case 'tool':
      return withTool(turn, update.call);
    case 'plan':
      return { ...turn, plan: update.entries };
    case 'tokens':
      return withUsage(turn, update.usage);
    case 'usage':
    case 'options':
    case 'lowered':
    case 'note':
      return turn;
  }
}

/** The turn once it is over: what still ran is marked stopped. */
export function endTurn(turn: LiveTurn): LiveTurn {
  return { ...turn, running: false, replies: turn.replies.map(withoutRunning) };
}

/** Prompt and replies as they stand in a transcript; a reply without any part yet is left out. */
export function messagesOf(turn: LiveTurn): readonly Message[] {
  return [turn.prompt, ...turn.replies.filter((reply) => reply.parts.length > 0)];
}

function blankReply(number: number): Reply {
  return {
    kind: 'reply',
    id: messageId(`live-reply-${number}`),
    parts: [],
    finished: false,
    endsTurn: false,
  };
}

function withText(turn: LiveTurn, kind: 'text' | 'thinking', text: string): LiveTurn {
  const open = openReply(turn);
  return withLast(open, appendText(lastReply(open).parts, kind, text));
}

function withTool(turn: LiveTurn, call: LiveToolCall): LiveTurn {
  const index = turn.replies.findIndex((reply) => reply.parts.some((part) => isCall(part, call.id)));
  const known = turn.replies[index];
  if (!known) {
    const open = openReply(turn);
    return withLast(open, [...lastReply(open).parts, mergeTool(blankTool(call.id), call)]);
  }
  const parts = known.parts.map((part) => (isCall(part, call.id) ? mergeTool(part, call) : part));
  return { ...turn, replies: turn.replies.with(index, { ...known, parts }) };
}

function withUsage(turn: LiveTurn, usage: TokenUsage): LiveTurn {
  return { ...turn, replies: turn.replies.with(-1, { ...lastReply(turn), usage }) };
}

const isCall = (part: ReplyPart, id: string): part is ToolCall => part.kind === 'tool' && part.id === id;

const lastReply = (turn: LiveTurn): Reply => turn.replies.at(-1) ?? blankReply(1);

// No agent says where one answer of the model ends. But once every call has its result, what comes is the next.
function openReply(turn: LiveTurn): LiveTurn {
  const calls = lastReply(turn).parts.filter((part) => part.kind === 'tool');
  const over = calls.length > 0 && calls.every((call) => call.status !== 'running');
  return over ? { ...turn, replies: [...turn.replies, blankReply(turn.replies.length + 1)] } : turn;
}

function withLast(turn: LiveTurn, parts: readonly ReplyPart[]): LiveTurn {
  return { ...turn, replies: turn.replies.with(-1, { ...lastReply(turn), parts }) };
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

function withoutRunning(reply: Reply): Reply {
  if (!reply.parts.some((part) => part.kind === 'tool' && part.status === 'running')) {
    return reply;
  }
  const parts = reply.parts.map((part) =>
    part.kind === 'tool' && part.status === 'running' ? { ...part, status: 'stopped' as const } : part,
  );
  return { ...reply, parts };
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
