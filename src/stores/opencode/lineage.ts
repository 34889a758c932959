import { inferLineage } from '../../core/lineage.ts';
import {
  type AgentId,
  type Lineage,
  type SessionKey,
  type SessionRef,
  sessionId,
  sessionKey,
} from '../../core/model.ts';
import { recordOf, textOf } from '../common/fields.ts';
import type { JsonRecord } from '../common/jsonl.ts';
import { startedBy } from '../common/subagents.ts';
import type { MessageRow, SessionRow } from './rows.ts';

/** A session with its standing messages. */
export interface SessionRows {
  readonly session: SessionRow;
  readonly rows: readonly MessageRow[];
}

/** What a fork keeps of a message (1.18.33). */
export const fingerprintOf = ({ role, created }: MessageRow): string => `${role} ${created}`;

/** Put into a child's metadata. OpenCode copies metadata into later forks, so `session` says whose it is. */
export const forkMetadata = (child: string, parent: string, message: string | undefined): JsonRecord => ({
  forkedFrom: { session: child, parent, ...(message === undefined ? {} : { message }) },
});

/**
 * Where each session came from: by its own metadata, else by what it has in common with older ones, since OpenCode
 * records no parent of a fork (1.18.33). A native fork keeps the times of the messages, so they are older than itself.
 * A subagent's run is recorded, and nobody was forked from it.
 */
export function lineages(agent: AgentId, sessions: readonly SessionRows[]): ReadonlyMap<SessionKey, Lineage> {
  const refOf = (id: string): SessionRef => ({ agent, id: sessionId(id) });
  const inferred = inferLineage(
    sessions
      .filter(({ session }) => session.startedBy === undefined)
      .map(({ session, rows }) => ({
        ref: refOf(session.id),
        created: session.created,
        fingerprints: rows.map(fingerprintOf),
      })),
  );
  return new Map(
    sessions.flatMap((rows): readonly [SessionKey, Lineage][] => {
      const key = sessionKey(refOf(rows.session.id));
      if (rows.session.startedBy !== undefined) {
        return [[key, startedBy(refOf(rows.session.startedBy))]];
      }
      const own = recordedParent(rows.session);
      const guessed = copiedCount(rows) > 0 ? inferred.get(key) : undefined;
      const lineage: Lineage | undefined =
        own === undefined
          ? guessed
          : { parent: refOf(own), kind: 'fork', messages: copiedCount(rows), how: 'recorded' };
      return lineage ? [[key, lineage]] : [];
    }),
  );
}

function recordedParent({ id, metadata }: SessionRow): string | undefined {
  const own = recordOf(metadata?.forkedFrom);
  const parent = textOf(own?.parent);
  return own?.session === id && parent !== id ? parent : undefined;
}

/** How many messages the session began with. */
function copiedCount({ session, rows }: SessionRows): number {
  const index = rows.findIndex((row) => row.created >= session.created);
  return index === -1 ? rows.length : index;
}
