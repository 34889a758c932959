import { SessionForksError } from '../../core/errors.ts';
import { agentId, type SessionRef, sessionId } from '../../core/model.ts';
import type { NamedPoint } from '../../core/namedPoint.ts';

/** What a link asks for, checked as far as it can be without reading the session. */
export interface LinkRequest {
  readonly verb: 'fork' | 'open';
  readonly session: SessionRef;
  readonly point: NamedPoint;
  readonly label?: string;
}

const names: Readonly<Record<LinkRequest['verb'], readonly string[]>> = {
  fork: ['agent', 'session', 'at', 'message', 'side', 'label'],
  open: ['agent', 'session', 'at', 'message'],
};

/** The most characters of one value. */
const valueLimit = 500;

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it finds
const control = /[\u0000-\u001F\u007F-\u009F]/u;

/**
 * Reads `…/fork|open?agent=&session=&at=&message=&side=&label=`. Throws `bad_request` for what it does not know, for
 * a name given twice, and for values that no door takes; `no_source` when no session is named.
 */
export function readLink(path: string, query: string): LinkRequest {
  const verb = verbOf(path);
  const values = valuesOf(verb, new URLSearchParams(query));
  const agent = values.get('agent');
  const session = values.get('session');
  if (!agent || !session) {
    throw new SessionForksError('no_source', 'The link names no session: agent and session are needed.');
  }
  const label = values.get('label');
  return {
    verb,
    session: { agent: agentId(agent), id: sessionId(session) },
    point: pointOf(values),
    ...(label && { label }),
  };
}

function verbOf(path: string): LinkRequest['verb'] {
  if (path === '/fork' || path === '/open') {
    return path === '/fork' ? 'fork' : 'open';
  }
  throw bad('it can only fork or open a session');
}

function valuesOf(verb: LinkRequest['verb'], query: URLSearchParams): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const [name, value] of query) {
    if (!names[verb].includes(name)) {
      throw bad('it has a part that is not known');
    }
    if (values.has(name)) {
      throw bad(`it gives ${name} twice`);
    }
    if (value.length > valueLimit || control.test(value)) {
      throw bad(`its ${name} is too long or not readable`);
    }
    values.set(name, value);
  }
  return values;
}

function pointOf(values: ReadonlyMap<string, string>): NamedPoint {
  const at = values.get('at');
  const message = values.get('message');
  const side = values.get('side');
  if (at !== undefined && !/^\d{1,7}$/u.test(at)) {
    throw bad('at is a number of messages');
  }
  if (side !== undefined && side !== 'after' && side !== 'before') {
    throw bad('side is after or before');
  }
  return {
    ...(at !== undefined && { keep: Number(at) }),
    ...(message && { message }),
    ...(side && { side }),
  };
}

const bad = (why: string): SessionForksError =>
  new SessionForksError('bad_request', `This link cannot be followed: ${why}. Nothing was done.`);
