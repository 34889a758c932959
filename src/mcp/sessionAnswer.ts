import { isSubagentRun, type SessionInfo, type SessionRef, sessionKey } from '../core/model.ts';
import { sanitizeTitle } from '../core/titles.ts';
import type { Answer } from './toolContext.ts';

/** A session's names in every answer. */
export const refAnswer = (ref: SessionRef): Answer => ({
  sessionKey: sessionKey(ref),
  agent: ref.agent,
  session: ref.id,
});

/** What list_sessions tells of one session; times are ISO 8601. */
export const sessionAnswer = (info: SessionInfo): Answer => ({
  ...refAnswer(info.ref),
  title: sanitizeTitle(info.title),
  preview: sanitizeTitle(info.preview),
  ...(info.cwd !== undefined && { cwd: info.cwd }),
  created: new Date(info.created).toISOString(),
  updated: new Date(info.updated).toISOString(),
  messageCount: info.messageCount,
  ...(info.live && { live: info.live }),
  ...(info.archived && { archived: true }),
  ...(info.problem && { problem: info.problem.text }),
  ...(info.lineage && {
    parent: refAnswer(info.lineage.parent),
    kind: info.lineage.kind,
    ...(!isSubagentRun(info) && { forkPoint: info.lineage.messages }),
    how: info.lineage.how,
  }),
});

/** The link that opens a session in the editor. */
export const sessionLink = (linkBase: string, ref: SessionRef): string =>
  `${linkBase}/open?${new URLSearchParams({ agent: ref.agent, session: ref.id })}`;
