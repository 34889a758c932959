import { SessionForksError } from './errors.ts';
import type { ForkPoint, Message } from './model.ts';

/** A fork point as doors for programs name it. Neither `keep` nor `message`: all finished turns. */
export interface NamedPoint {
  /** How many messages the fork keeps: the N of "fork@N". */
  readonly keep?: number;
  /** A message's id; not together with `keep`. */
  readonly message?: string;
  /** After a reply or before a prompt; when it is absent, whichever suits the message. */
  readonly side?: 'after' | 'before';
}

/**
 * The fork point that a program means, among all `messages` of the session. Throws `fork_point_invalid` when there
 * is no such message, `bad_request` when the names contradict each other.
 */
export function pointNamed(messages: readonly Message[], named: NamedPoint): ForkPoint {
  if (named.keep !== undefined && named.message !== undefined) {
    throw new SessionForksError('bad_request', 'Name how many messages to keep or a message, not both.');
  }
  if (named.keep !== undefined) {
    return keeping(messages, named.keep, named.side);
  }
  if (named.message !== undefined) {
    return at(find(messages, named.message), named.side);
  }
  if (named.side !== undefined) {
    throw new SessionForksError('bad_request', 'A side needs a message: name one, or how many to keep.');
  }
  return 'end';
}

function keeping(
  messages: readonly Message[],
  keep: number,
  side: NamedPoint['side'] = keep === 0 ? 'before' : 'after',
): ForkPoint {
  const message = messages[side === 'after' ? keep - 1 : keep];
  if (!message) {
    const count = messages.length === 1 ? '1 message' : `${messages.length} messages`;
    throw invalid(`No fork can keep ${keep} with a cut ${side} a message: the session has ${count}.`);
  }
  return at(message, side);
}

const at = (
  message: Message,
  side: NamedPoint['side'] = message.kind === 'reply' ? 'after' : 'before',
): ForkPoint => (side === 'after' ? { after: message.id } : { before: message.id });

function find(messages: readonly Message[], id: string): Message {
  const message = messages.find((candidate) => candidate.id === id);
  if (!message) {
    throw invalid('This message is not in the session. Nothing was forked.');
  }
  return message;
}

const invalid = (text: string): SessionForksError => new SessionForksError('fork_point_invalid', text);
