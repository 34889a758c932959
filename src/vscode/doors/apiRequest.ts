import { SessionForksError } from '../../core/errors.ts';
import type { WhenBusy } from '../../core/forkService.ts';
import { agentId, type ForkPoint, messageId, type SessionRef, sessionId } from '../../core/model.ts';

/** A fork as other extensions may ask for it, checked. */
export interface CheckedFork {
  readonly source: SessionRef;
  readonly point: ForkPoint | { readonly keep: number };
  readonly title?: string;
  readonly whenBusy?: WhenBusy;
  readonly signal?: AbortSignal;
}

/** The most characters of an id, and of a title before it is cut. */
const idLimit = 500;
const titleLimit = 2000;

/** Checks what another extension asks. Throws `no_source` without a source, `bad_request` for anything else. */
export function checkFork(request: unknown): CheckedFork {
  const source = memberOf(request, 'source');
  if (source === undefined) {
    throw new SessionForksError('no_source', 'Say which session: source is missing. Nothing was forked.');
  }
  const title = memberOf(request, 'title');
  const whenBusy = memberOf(request, 'whenBusy');
  const signal = memberOf(request, 'signal');
  return {
    source: checkSession(source),
    point: checkPoint(memberOf(request, 'point')),
    ...(title !== undefined && { title: textOf(title, 'title', titleLimit) }),
    ...(whenBusy !== undefined && { whenBusy: checkWhenBusy(whenBusy) }),
    ...(signal !== undefined && { signal: checkSignal(signal) }),
  };
}

/** Checks a session's name. Throws `bad_request`. */
export const checkSession = (session: unknown): SessionRef => ({
  agent: agentId(textOf(memberOf(session, 'agent'), 'agent', idLimit)),
  id: sessionId(textOf(memberOf(session, 'id'), 'id', idLimit)),
});

/** An optional member of an optional object. Throws `bad_request`. */
export function optionalText(value: unknown, name: string): string | undefined {
  if (value !== undefined && (typeof value !== 'object' || value === null)) {
    throw bad('options are an object');
  }
  const member = memberOf(value, name);
  return member === undefined ? undefined : textOf(member, name, 4096);
}

function checkPoint(point: unknown): CheckedFork['point'] {
  if (point === undefined || point === 'end') {
    return 'end';
  }
  const [name, ...more] = typeof point === 'object' && point !== null ? Object.keys(point) : [];
  const value = name && memberOf(point, name);
  if (more.length > 0) {
    throw bad('a point has one member');
  }
  switch (name) {
    case 'after':
      return { after: messageId(textOf(value, name, idLimit)) };
    case 'before':
      return { before: messageId(textOf(value, name, idLimit)) };
    case 'keep':
      return { keep: countOf(value) };
    default:
      throw bad('a point is after, before, keep or end');
  }
}

function countOf(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw bad('keep is a number of messages');
  }
  return value;
}

function checkWhenBusy(value: unknown): WhenBusy {
  if (value === 'lastFinishedTurn' || value === 'wait' || value === 'refuse') {
    return value;
  }
  throw bad('whenBusy is lastFinishedTurn, wait or refuse');
}

function checkSignal(value: unknown): AbortSignal {
  if (value instanceof AbortSignal) {
    return value;
  }
  throw bad('signal is no AbortSignal');
}

function textOf(value: unknown, name: string, limit: number): string {
  if (typeof value !== 'string' || value === '' || value.length > limit) {
    throw bad(`${name} is a text of 1 to ${limit} characters`);
  }
  return value;
}

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;

const bad = (why: string): SessionForksError =>
  new SessionForksError('bad_request', `The request cannot be met: ${why}. Nothing was done.`);
