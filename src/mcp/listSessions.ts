import { sep } from 'node:path';
import { SessionForksError } from '../core/errors.ts';
import { agentId, type SessionInfo } from '../core/model.ts';
import { knownAgents } from './findSession.ts';
import type { ListInput } from './schemas.ts';
import { sessionAnswer } from './sessionAnswer.ts';
import type { Answer, ToolContext } from './toolContext.ts';

const usualLimit = 50;

/** The sessions that match, newest first. Throws `no_such_session` for an unknown agent. */
export async function listSessions(context: ToolContext, input: ListInput): Promise<Answer> {
  const { catalog } = context;
  const agent = input.agent === undefined ? undefined : agentId(input.agent);
  if (agent !== undefined && !catalog.store(agent)) {
    throw new SessionForksError(
      'no_such_session',
      `No agent “${agent}” is known here. ${knownAgents(context)}`,
    );
  }
  await catalog.refresh(agent);
  const found = catalog
    .sessions()
    .filter((info) => matches(info, input))
    .toSorted((a, b) => b.updated - a.updated);
  return {
    sessions: found.slice(0, input.limit ?? usualLimit).map(sessionAnswer),
    total: found.length,
    problems: catalog.problems().map(({ agent: { id }, problem }) => ({ agent: id, text: problem.text })),
  };
}

const matches = (info: SessionInfo, { agent, cwd, query }: ListInput): boolean =>
  (agent === undefined || info.ref.agent === agent) &&
  (cwd === undefined || isBelow(info.cwd, cwd)) &&
  (query === undefined || hasText(info, query.toLocaleLowerCase()));

function isBelow(folder: string | undefined, root: string): boolean {
  const plain = root.length > 1 && root.endsWith(sep) ? root.slice(0, -1) : root;
  return folder === plain || (folder?.startsWith(plain === sep ? sep : plain + sep) ?? false);
}

const hasText = ({ title, preview, ref }: SessionInfo, query: string): boolean =>
  [title, preview, ref.id].some((text) => text.toLocaleLowerCase().includes(query));
