import type { Message, ReplyPart, ToolCall } from '../core/model.ts';
import { type Capabilities, sessionCapabilities } from '../core/store.ts';
import { findSession } from './findSession.ts';
import type { ReadInput } from './schemas.ts';
import { sessionAnswer } from './sessionAnswer.ts';
import type { Answer, ToolContext } from './toolContext.ts';

const usualLimit = 50;

/** The most characters of a text, and of a tool's input or output. */
const textLimit = 20_000;
const toolLimit = 4_000;

/** A stretch of a session's messages, numbered from 1. Throws as `findSession` does, and what its store throws. */
export async function readSession(context: ToolContext, input: ReadInput): Promise<Answer> {
  const { info, store } = await findSession(context, input);
  const from = (input.from ?? 1) - 1;
  const range = { from, to: from + (input.limit ?? usualLimit) };
  const transcript = await store.read(info.ref.id, range);
  const { messages, first, total } = transcript;
  const next = first + messages.length + 1;
  const capabilities = sessionCapabilities(store.capabilities, info);
  return {
    ...sessionAnswer(info),
    total,
    messages: messages.map((message, index) => messageAnswer(message, first + index + 1, capabilities)),
    ...(next <= total && { next }),
  };
}

function messageAnswer(message: Message, number: number, capabilities: Capabilities): Answer {
  return {
    number,
    id: message.id,
    role: message.kind,
    ...(message.at !== undefined && { at: new Date(message.at).toISOString() }),
    ...(message.kind === 'prompt' ? promptAnswer(message) : replyAnswer(message)),
    forkable: isForkable(message, number, capabilities),
  };
}

const promptAnswer = ({ text, attachments }: Message & { kind: 'prompt' }): Answer => ({
  text: cut(text, textLimit),
  ...(attachments.length > 0 && { attachments: attachments.map(({ name }) => name) }),
});

function replyAnswer({ parts, model, finished, endsTurn }: Message & { kind: 'reply' }): Answer {
  const tools = parts.filter((part) => part.kind === 'tool');
  return {
    text: cut(parts.map(spoken).join(''), textLimit),
    ...(tools.length > 0 && { tools: tools.map(toolAnswer) }),
    ...(model !== undefined && { model }),
    finished,
    endsTurn,
  };
}

const spoken = (part: ReplyPart): string => (part.kind === 'text' ? part.text : '');

const toolAnswer = ({ name, target, status, input, output }: ToolCall): Answer => ({
  name,
  target: cut(target, toolLimit),
  status,
  input: cut(input, toolLimit),
  output: cut(output, toolLimit),
});

function isForkable(message: Message, number: number, { forkAt, emptyFork }: Capabilities): boolean {
  if (message.kind === 'prompt') {
    return forkAt !== 'none' && (number > 1 || emptyFork);
  }
  return message.finished && (forkAt === 'reply' || (forkAt === 'turn' && message.endsTurn));
}

const cut = (text: string, limit: number): string =>
  text.length <= limit ? text : `${text.slice(0, limit)}… (${text.length - limit} more characters)`;
