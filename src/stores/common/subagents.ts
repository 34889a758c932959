import type { Lineage, SessionRef } from '../../core/model.ts';

/** The lineage of a run that the agent of `parent` started; `messages`: of its history the run began with so many. */
export const startedBy = (parent: SessionRef, messages = 0): Lineage => ({
  parent,
  kind: 'subagent',
  messages,
  how: 'recorded',
});
