import { SessionForksError } from '../core/errors.ts';
import {
  agentId,
  type SessionInfo,
  type SessionRef,
  sessionId,
  sessionKey,
  standsAlone,
} from '../core/model.ts';
import type { SessionStore } from '../core/store.ts';
import type { Self, ToolContext } from './toolContext.ts';

/** How a caller names a session; without any, “this” one. */
export interface SessionName {
  readonly agent?: string | undefined;
  readonly session?: string | undefined;
}

export interface FoundSession {
  readonly info: SessionInfo;
  readonly store: SessionStore;
}

/** What an agent calls the session that it runs in. */
const selfNames: readonly string[] = ['this', 'this session'];

/**
 * Finds the session in a fresh list: only what an agent lists is ever read or forked, so that a path is no id.
 * Throws `no_source` when none is named, `bad_request` when several agents have one of that id, `no_such_session`.
 */
export async function findSession(context: ToolContext, name: SessionName): Promise<FoundSession> {
  const { agent } = name;
  if (agent !== undefined && !context.catalog.store(agentId(agent))) {
    throw new SessionForksError(
      'no_such_session',
      `No agent “${agent}” is known here. ${knownAgents(context)}`,
    );
  }
  await context.catalog.refresh(agent === undefined ? undefined : agentId(agent));
  const info =
    name.session === undefined || selfNames.includes(name.session)
      ? findSelf(context, agent)
      : findNamed(context, name.session, agent);
  const store = context.catalog.store(info.ref.agent);
  if (!store) {
    throw gone(info.ref.id);
  }
  return { info, store };
}

export const knownAgents = ({ catalog }: ToolContext): string =>
  `Known agents: ${catalog
    .agents()
    .map(({ id }) => id)
    .join(', ')}.`;

function findNamed({ catalog, self }: ToolContext, session: string, agent: string | undefined): SessionInfo {
  const matches = catalog
    .sessions()
    .filter(({ ref }) => (ref.id === session || sessionKey(ref) === session) && isOf(ref, agent));
  const own = matches.find(({ ref }) => ref.agent === self?.agent);
  const only = own ?? matches[0];
  if (!only) {
    throw gone(session);
  }
  if (!own && matches.length > 1) {
    const agents = matches.map(({ ref }) => ref.agent).join(', ');
    throw new SessionForksError(
      'bad_request',
      `Several agents have a session of this id; name one of: ${agents}.`,
    );
  }
  return only;
}

const isOf = (ref: SessionRef, agent: string | undefined): boolean =>
  agent === undefined || ref.agent === agent;

function findSelf({ catalog, self }: ToolContext, agent: string | undefined): SessionInfo {
  if (!self || (agent !== undefined && agent !== self.agent)) {
    throw new SessionForksError('no_source', 'Say which session: list_sessions gives their ids.');
  }
  const info =
    self.session === undefined
      ? newestOf(catalog.sessions(), self)
      : catalog.get({ agent: agentId(self.agent), id: sessionId(self.session) });
  if (!info) {
    throw new SessionForksError('no_such_session', 'This session is not stored yet. Nothing was forked.');
  }
  return info;
}

// An agent that began its session after we were started told us no id: it is the last one that grew in its folder.
const newestOf = (sessions: readonly SessionInfo[], { agent, folder }: Self): SessionInfo | undefined =>
  sessions
    .filter((info) => info.ref.agent === agent && info.cwd === folder && standsAlone(info))
    .toSorted((a, b) => b.updated - a.updated)[0];

const gone = (session: string): SessionForksError =>
  new SessionForksError('no_such_session', `No agent lists a session “${shown(session)}”.`);

const shown = (text: string): string => (text.length > 80 ? `${text.slice(0, 80)}…` : text);
