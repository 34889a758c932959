import {
  type AgentId,
  agentId,
  type Lineage,
  type SessionInfo,
  type SessionRef,
  sessionId,
} from '../../../src/core/model.ts';
import { filler } from '../../bench/support/sessions.ts';

export const refOf = (id: string): SessionRef => ({ agent: agentId('goose'), id: sessionId(id) });

export const recordOf = (messages: number): Lineage => ({
  parent: refOf('parent'),
  kind: 'fork',
  messages,
  how: 'recorded',
});

/** A list of about 1 MB for the agent of this number; `mark` stands in all of it. */
export function listFor(
  number: number,
  mark: number,
): { readonly agent: AgentId; readonly sessions: readonly SessionInfo[] } {
  const agent = agentId(`agent-${number}`);
  const sessions = Array.from({ length: 1_000 }, (_, index) => ({
    ref: { agent, id: sessionId(`${mark}-${index}`) },
    title: filler(1_000),
    titled: false,
    preview: '',
    created: 1,
    updated: 2,
    messageCount: 3,
    size: 4,
  }));
  return { agent, sessions };
}
