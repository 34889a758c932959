import type { Lineage, SessionRef } from '../../core/model.ts';

/** The lineage of a run that the agent of `parent` started. */
export const startedBy = (parent: SessionRef): Lineage => ({
  parent,
  kind: 'subagent',
  messages: 0,
  how: 'recorded',
});
