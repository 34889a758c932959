import { agentId, type SessionInfo, sessionId } from '../../../src/core/model.ts';

/** A listed session of agent `a`, called after its id unless `more` says otherwise. */
export const infoOf = (id: string, more: Partial<SessionInfo> = {}): SessionInfo => ({
  ref: { agent: agentId('a'), id: sessionId(id) },
  title: id,
  titled: true,
  preview: '',
  created: 0,
  updated: 0,
  messageCount: 1,
  size: 1,
  ...more,
});
