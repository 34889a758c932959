import { type Lineage, type SessionKey, type SessionRef, sessionKey } from './model.ts';

/** A session as a sequence of fingerprints, one a message: what a copy keeps equal, such as message ids or times. */
export interface FingerprintedSession {
  readonly ref: SessionRef;
  readonly created: number;
  readonly fingerprints: readonly string[];
}

interface PrefixNode {
  readonly number: number;
  /** The oldest session that has this prefix. */
  readonly owner: SessionRef;
}

/**
 * Infers parents for agents that record none: the parent is the older session with the longest common prefix, the
 * fork point the last common message. Among equally long ones the oldest wins. Sessions that share nothing with an
 * older one get no entry. Time grows with the total number of fingerprints.
 */
export function inferLineage(sessions: readonly FingerprintedSession[]): ReadonlyMap<SessionKey, Lineage> {
  const nodes = new Map<string, PrefixNode>();
  const found = new Map<SessionKey, Lineage>();
  const oldestFirst = sessions.toSorted((a, b) => a.created - b.created || a.ref.id.localeCompare(b.ref.id));
  for (const session of oldestFirst) {
    const { owner, messages } = insert(nodes, session);
    if (owner) {
      found.set(sessionKey(session.ref), { parent: owner, kind: 'fork', messages, how: 'inferred' });
    }
  }
  return found;
}

/** Adds a session's prefixes; answers who owned the longest one that was there already, and its length. */
function insert(
  nodes: Map<string, PrefixNode>,
  session: FingerprintedSession,
): { readonly owner?: SessionRef; readonly messages: number } {
  let at = 0;
  let owner: SessionRef | undefined;
  let messages = 0;
  for (const fingerprint of session.fingerprints) {
    const key = `${at} ${fingerprint}`;
    const known = nodes.get(key);
    if (known) {
      owner = known.owner;
      messages++;
    } else {
      nodes.set(key, { number: nodes.size + 1, owner: session.ref });
    }
    at = known?.number ?? nodes.size;
  }
  return owner ? { owner, messages } : { messages };
}

/** Forks that were made here, kept for agents that record no parent. */
export interface LineageRecords {
  get(child: SessionRef): Lineage | undefined;
  /** Adds one, for good: an earlier record of the same child is replaced. */
  add(child: SessionRef, lineage: Lineage): Promise<void>;
  /** Takes in what other processes have added; whether there was any. */
  refresh?(): Promise<boolean>;
}
