import { SessionForksError } from './errors.ts';
import type { ForkPoint, Message, MessageId, Prompt, Reply } from './model.ts';
import type { Capabilities, ForkCut } from './store.ts';

/** A fork point found in a fresh read: the cut, the prompt to edit, and what a running source leaves out. */
export interface ResolvedPoint {
  readonly cut: ForkCut;
  /** The prompt before which the fork is cut: its text goes to the composer, unsent. */
  readonly draft?: Prompt;
  /** Message numbers (from 1, inclusive) that the person might expect in the fork but that are not in it. */
  readonly leftOut?: { readonly from: number; readonly to: number };
}

/**
 * Finds `point` among `messages` (all of them, as just read). Throws `fork_point_invalid` when the message is gone
 * or no fork can be cut there, `nothing_to_fork` when no message would be kept and the agent cannot resume that.
 */
export function resolvePoint(
  messages: readonly Message[],
  point: ForkPoint,
  capabilities: Pick<Capabilities, 'forkAt' | 'emptyFork'>,
): ResolvedPoint {
  if (point === 'end') {
    return atEnd(messages);
  }
  return 'after' in point
    ? afterReply(messages, point.after, capabilities)
    : beforePrompt(messages, point.before, capabilities);
}

/** The cut after the last finished turn, whatever is open behind it. Throws `nothing_to_fork`. */
export function lastFinishedTurn(messages: readonly Message[]): ResolvedPoint {
  const index = messages.findLastIndex((message) => message.kind === 'reply' && message.endsTurn);
  if (index === -1) {
    throw new SessionForksError(
      'nothing_to_fork',
      'This session has no finished turn yet. Nothing was forked.',
    );
  }
  return keepThrough(messages, index);
}

function atEnd(messages: readonly Message[]): ResolvedPoint {
  if (messages.some((message) => message.kind === 'reply' && message.endsTurn)) {
    return lastFinishedTurn(messages);
  }
  const index = messages.findLastIndex(isFinished);
  if (index === -1) {
    throw new SessionForksError(
      'nothing_to_fork',
      'This session has no finished reply yet. Nothing was forked.',
    );
  }
  return keepThrough(messages, index);
}

function afterReply(
  messages: readonly Message[],
  id: MessageId,
  capabilities: Pick<Capabilities, 'forkAt'>,
): ResolvedPoint {
  const index = indexOf(messages, id);
  const message = messages[index];
  if (message?.kind === 'prompt') {
    throw invalid(`Message ${index + 1} is a prompt: a fork keeps what is before it. Nothing was forked.`);
  }
  if (message && !isFinished(message)) {
    throw invalid(`Reply ${index + 1} is not finished yet. Nothing was forked.`);
  }
  if (capabilities.forkAt === 'turn' && !(message?.kind === 'reply' && message.endsTurn)) {
    throw invalid(`This agent forks only where a turn ends; message ${index + 1} does not end one.`);
  }
  return { cut: cutThrough(messages, index) };
}

function beforePrompt(
  messages: readonly Message[],
  id: MessageId,
  capabilities: Pick<Capabilities, 'emptyFork'>,
): ResolvedPoint {
  const index = indexOf(messages, id);
  const draft = messages[index];
  if (draft?.kind !== 'prompt') {
    throw invalid(`Message ${index + 1} is a reply: a fork keeps it. Nothing was forked.`);
  }
  // A prompt that never got an answer cannot end a fork: the agent would merge it into the next prompt.
  const last = messages.slice(0, index).findLastIndex(isFinished);
  if (last === -1 && !capabilities.emptyFork) {
    throw new SessionForksError(
      'nothing_to_fork',
      'Nothing stands before this prompt: start a new session with it instead.',
    );
  }
  const cut = last === -1 ? emptyCut(messages) : cutThrough(messages, last);
  const leftOut = last + 1 < index ? { leftOut: { from: last + 2, to: index } } : {};
  return { cut, draft, ...leftOut };
}

function indexOf(messages: readonly Message[], id: MessageId): number {
  const index = messages.findIndex((message) => message.id === id);
  if (index === -1) {
    throw invalid('This message is no longer in the session. Nothing was forked.');
  }
  return index;
}

const isFinished = (message: Message): message is Reply => message.kind === 'reply' && message.finished;

function keepThrough(messages: readonly Message[], index: number): ResolvedPoint {
  const cut = cutThrough(messages, index);
  return cut.keep < messages.length ? { cut, leftOut: { from: cut.keep + 1, to: messages.length } } : { cut };
}

function cutThrough(messages: readonly Message[], index: number): ForkCut {
  const last = messages[index]?.id;
  const next = messages[index + 1]?.id;
  return { keep: index + 1, ...(last && { last }), ...(next && { next }) };
}

function emptyCut(messages: readonly Message[]): ForkCut {
  const next = messages[0]?.id;
  return { keep: 0, ...(next && { next }) };
}

const invalid = (text: string): SessionForksError => new SessionForksError('fork_point_invalid', text);
